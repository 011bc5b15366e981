// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// What the stages of a picture hand each other (docs/protocol.md, section 2). They work on batches: one item a pixel,
// packed one after another, row by row.
//
// | batch   | an item                                                                                       |
// |---------|-----------------------------------------------------------------------------------------------|
// | points  | 4 bytes: P, Q (int16, big-endian), where the pixel lies in the picture                          |
// | places  | 4 bytes: u, v (int16, big-endian), where its motif lies on the plane; or `HIDDEN`               |
// | fields  | 3 bytes: tone, accent, edge; of a hidden place, zero                                           |
// | colours | 3 bytes: red, green, blue                                                                     |

/// @dev Bytes of a point or a place.
uint256 constant POINT_SIZE = 4;
/// @dev Bytes of a pixel's fields or colour.
uint256 constant COLOUR_SIZE = 3;
/// @dev Stands for the place of a pixel that an opaque frame covers: whatever lies there, nothing of it is seen.
uint256 constant HIDDEN = 0x80000000;

/// @notice A rectangle of a picture.
/// @param seed the token's randomness
/// @param traits packed traits, all within their ranges
/// @param size the picture's width and height in pixels
/// @param x its first column
/// @param y its first row
/// @param width its columns
/// @param height its rows
struct Cut {
    bytes32 seed;
    bytes32 traits;
    uint256 size;
    uint256 x;
    uint256 y;
    uint256 width;
    uint256 height;
}

/// @dev Packs coordinates into a point or a place.
function pack(int256 first, int256 second) pure returns (uint256) {
    unchecked {
        return ((uint256(first) & 0xffff) << 16) | (uint256(second) & 0xffff);
    }
}

/// @dev Takes a point or a place apart.
function unpack(uint256 item) pure returns (int256 first, int256 second) {
    assembly ("memory-safe") {
        first := signextend(1, shr(16, item))
        second := signextend(1, item)
    }
}

/// @dev Room for a batch of `length` bytes, whatever they hold, and for a word that begins with its last byte: so an
/// item is written as the first bytes of a word, whose others the next item overwrites.
function batch(uint256 length) pure returns (bytes memory items) {
    assembly ("memory-safe") {
        items := mload(0x40)
        mstore(items, length)
        mstore(0x40, add(items, and(add(length, 0x5f), not(0x1f))))
    }
}

/// @dev Where a batch's first item lies.
function start(bytes memory items) pure returns (uint256 at) {
    assembly ("memory-safe") {
        at := add(items, 0x20)
    }
}

/// @dev Where a batch's first item lies in the calldata.
function startOf(bytes calldata items) pure returns (uint256 at) {
    assembly ("memory-safe") {
        at := items.offset
    }
}

/// @dev The point that begins at a byte of the calldata.
function pointAt(uint256 at) pure returns (int256 p, int256 q) {
    assembly ("memory-safe") {
        let word := calldataload(at)
        p := sar(240, word)
        q := signextend(1, shr(224, word))
    }
}
