// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// What a picture model is asked and what it answers (docs/protocol.md, section 3). Both travel as `abi.encode(struct)`.

/// @dev Width and height of the picture that a collection draws in the contract for its metadata, in pixels.
uint16 constant THUMBNAIL_SIZE = 32;

/// @notice The question: which picture.
/// @param rendererVersion which rules turn the network's fields into colours
/// @param size width and height in pixels
/// @param seed the token's randomness
/// @param traits packed traits, one byte each, the first in the least significant byte
/// @param title the picture's name, at most 64 bytes
struct PictureInput {
    uint16 rendererVersion;
    uint16 size;
    bytes32 seed;
    bytes32 traits;
    string title;
}

/// @notice The answer: the picture that was drawn and pinned.
/// @param pixelRoot Merkle root over the picture's 8×8 tiles
/// @param imageCid binary CIDv1 of the PNG
struct PictureOutput {
    bytes32 pixelRoot;
    bytes imageCid;
}
