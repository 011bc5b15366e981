// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// What a picture model is asked and what it answers (docs/protocol.md, section 3). Both travel as `abi.encode(struct)`.

/// @dev Width and height of the picture that a collection draws in the contract for its metadata, in pixels.
uint16 constant THUMBNAIL_SIZE = 32;

/// @notice The question: which picture.
/// @param stages which versions of concept, style and composition make it: concept · 65536 + style · 256 + composition
/// @param size width and height in pixels
/// @param seed the token's randomness
/// @param traits packed traits, one byte each, the first in the least significant byte; the epoch in bits 64 to 79
/// @param title the picture's name, at most 64 bytes
struct PictureInput {
    uint32 stages;
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
