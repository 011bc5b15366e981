// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// Words of memory by their address: what the loops over weights are written with, at the price of the bare instruction.
// An address comes from `allocate` or `reserve`, lies within something that Solidity allocated, or is one of the 64 bytes
// from 0x00 on that Solidity leaves as scratch space: nothing stays there from one statement of Solidity's own to the next.

/// @dev The word at an address.
function load(uint256 at) pure returns (uint256 word) {
    assembly ("memory-safe") {
        word := mload(at)
    }
}

/// @dev Writes the word at an address.
function store(uint256 at, uint256 word) pure {
    assembly ("memory-safe") {
        mstore(at, word)
    }
}

/// @dev Writes a word's lowest byte at an address.
function storeByte(uint256 at, uint256 word) pure {
    assembly ("memory-safe") {
        mstore8(at, word)
    }
}

/// @dev Takes `length` bytes of memory, whatever they hold, and gives the address of the first.
function reserve(uint256 length) pure returns (uint256 at) {
    assembly ("memory-safe") {
        at := mload(0x40)
        mstore(0x40, add(at, length))
    }
}

/// @dev Takes `length` bytes of memory, all zero, and gives the address of the first.
function allocate(uint256 length) pure returns (uint256 at) {
    assembly ("memory-safe") {
        at := mload(0x40)
        calldatacopy(at, calldatasize(), length)
        mstore(0x40, add(at, length))
    }
}
