// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vector} from "./Layer.sol";
import {allocate, load, storeByte} from "./Memory.sol";

/// @title Vectors
/// @notice Makes vectors, copies them, reads their elements.
library Vectors {
    /// @notice A vector of zeros; `lifted` if each byte is to stand for its value plus 128.
    function make(uint256 length, bool lifted) internal pure returns (Vector memory vector) {
        vector.length = length;
        vector.first = _room(length);
        if (!lifted) return vector;
        vector.zeros = _room(length);
        unchecked {
            for (uint256 i = 0; i != length; ++i) {
                storeByte(vector.zeros - i, 128);
            }
        }
    }

    /// @notice Element `i`, in two's complement.
    function at(Vector memory vector, uint256 i) internal pure returns (uint256 value) {
        unchecked {
            value = load(vector.first - i - 31) & 255;
            if (vector.zeros != 0) value -= load(vector.zeros - i - 31) & 255;
        }
    }

    /// @notice Copies a vector's bytes to the `length` addresses from `first` - `offset` down.
    function copyTo(Vector memory vector, uint256 first, uint256 offset) internal pure {
        _copy(vector.first, first - offset, vector.length);
    }

    /// @notice Copies what a vector's bytes stand for to the elements from `offset` on of another one.
    function copyZerosTo(Vector memory vector, Vector memory target, uint256 offset) internal pure {
        if (vector.zeros == 0) return;
        if (target.zeros == 0) target.zeros = _room(target.length);
        _copy(vector.zeros, target.zeros - offset, vector.length);
    }

    /// @dev Room for a vector, all zero. A word more lies below it: layers write eight elements with a word of 32, the
    /// others of which are zero.
    function _room(uint256 length) private pure returns (uint256 first) {
        unchecked {
            uint256 size = (length + 63) & ~uint256(31);
            first = allocate(size) + size - 1;
        }
    }

    function _copy(uint256 from, uint256 to, uint256 length) private pure {
        assembly ("memory-safe") {
            mcopy(add(sub(to, length), 1), add(sub(from, length), 1), length)
        }
    }
}
