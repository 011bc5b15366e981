// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {load} from "./Memory.sol";

// Reads a network's canonical form (docs/protocol.md, section 1). Integers are little-endian.

uint256 constant ACTIVATION_RAW = 0;
uint256 constant ACTIVATION_CLIP = 1;
uint256 constant ACTIVATION_PHASE = 2;

uint256 constant LINEAR = 0;
uint256 constant RESIZE = 1;
uint256 constant CONCAT = 2;
uint256 constant RESHAPE = 3;

/// @dev Height and width of a vector.
uint256 constant VECTOR = 0x10001;

/// @notice How many values there are, and from where to where each may lie.
struct Domain {
    uint256 length;
    int256 lo;
    int256 hi;
}

/// @notice What stands before the operations.
/// @param input the input's domain
/// @param sides height << 16 | width of the input
/// @param latent the latent's domain; length 0 if there is none
/// @param tables address of the first table
/// @param tableCount number of tables
/// @param operations address of the first operation
/// @param operationCount number of operations
struct Header {
    Domain input;
    uint256 sides;
    Domain latent;
    uint256 tables;
    uint256 tableCount;
    uint256 operations;
    uint256 operationCount;
}

/// @notice A linear operation.
/// @param source number of the value that it reads
/// @param outputs number of outputs
/// @param kernel height and width of the kernel
/// @param stride step of the kernel
/// @param activation code of the activation
/// @param shift how many bits of the sum are dropped
/// @param table number of the table
/// @param latent whether there are latent weights, 0 or 1
/// @param weights address of the weights
struct Linear {
    uint256 source;
    uint256 outputs;
    uint256 kernel;
    uint256 stride;
    uint256 activation;
    uint256 shift;
    uint256 table;
    uint256 latent;
    uint256 weights;
}

/// @title CanonicalForm
/// @notice Reads the parts of a form by their address. It checks nothing: Certificate does.
library CanonicalForm {
    /// @dev Bytes before the tables.
    uint256 internal constant HEADER_SIZE = 22;
    /// @dev Bytes of a linear operation before its weights.
    uint256 internal constant LINEAR_SIZE = 11;
    /// @dev Bytes of a reshape.
    uint256 internal constant RESHAPE_SIZE = 9;

    /// @notice What stands before the operations.
    function header(bytes memory form) internal pure returns (Header memory h) {
        unchecked {
            uint256 at;
            assembly ("memory-safe") {
                at := add(form, 0x20)
            }
            h.input = Domain(u16(at + 5) * u16(at + 7) * u16(at + 9), i16(at + 11), i16(at + 13));
            h.sides = (u16(at + 7) << 16) | u16(at + 9);
            h.latent = Domain(u16(at + 15), i16(at + 17), i16(at + 19));
            h.tableCount = u8(at + 21);
            h.tables = at + HEADER_SIZE;
            at = h.tables + 256 * h.tableCount;
            h.operationCount = u16(at);
            h.operations = at + 2;
        }
    }

    /// @notice The linear operation at an address.
    function linear(uint256 at) internal pure returns (Linear memory l) {
        unchecked {
            l.source = u16(at + 1);
            l.outputs = u16(at + 3);
            // Six bytes, which are the next.
            uint256 word = load(at + 5);
            l.kernel = word >> 248;
            l.stride = (word >> 240) & 255;
            l.activation = (word >> 232) & 255;
            l.shift = (word >> 224) & 255;
            l.table = (word >> 216) & 255;
            l.latent = (word >> 208) & 255;
            l.weights = at + LINEAR_SIZE;
        }
    }

    function u8(uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(at))
        }
    }

    function u16(uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            let word := mload(at)
            value := or(byte(0, word), shl(8, byte(1, word)))
        }
    }

    function i16(uint256 at) internal pure returns (int256 value) {
        uint256 raw = u16(at);
        assembly ("memory-safe") {
            value := signextend(1, raw)
        }
    }

    function i32(uint256 at) internal pure returns (int256 value) {
        uint256 raw = u16(at) | (u16(at + 2) << 16);
        assembly ("memory-safe") {
            value := signextend(3, raw)
        }
    }

    /// @notice Writes `count` i32 from `at` on as words from `to` on, eight at a time: up to seven more than asked for.
    function i32s(uint256 at, uint256 count, uint256 to) internal pure {
        assembly ("memory-safe") {
            let bytes_ := 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff
            let pairs := 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff
            for { let end := add(to, shl(5, count)) } lt(to, end) { to := add(to, 0x100) } {
                let word := mload(at)
                word := or(and(shr(8, word), bytes_), shl(8, and(word, bytes_)))
                word := or(and(shr(16, word), pairs), shl(16, and(word, pairs)))
                mstore(to, sar(224, word))
                mstore(add(to, 0x20), sar(224, shl(32, word)))
                mstore(add(to, 0x40), sar(224, shl(64, word)))
                mstore(add(to, 0x60), sar(224, shl(96, word)))
                mstore(add(to, 0x80), sar(224, shl(128, word)))
                mstore(add(to, 0xa0), sar(224, shl(160, word)))
                mstore(add(to, 0xc0), sar(224, shl(192, word)))
                mstore(add(to, 0xe0), sar(224, shl(224, word)))
                at := add(at, 0x20)
            }
        }
    }
}
