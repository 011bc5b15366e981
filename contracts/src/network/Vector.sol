// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SIGN_BITS} from "./Lanes.sol";
import {allocate, load, reserve, store} from "./Memory.sol";

/// @notice A vector of small integers in memory: the address of three words.
///
/// | offset | word                                                                                                  |
/// |--------|-------------------------------------------------------------------------------------------------------|
/// | 0x00   | `first`, the address of element 0                                                                     |
/// | 0x20   | `length`, the number of elements                                                                      |
/// | 0x40   | `zeros`, the address of the first of as many bytes that say which byte stands for 0; 0 if that is 0 for all |
///
/// Element i is the byte at `first` - i: descending order. Zeros follow the last, up to a multiple of 32. Values from -128
/// on are kept with 128 added.
type Vector is uint256;

using VectorLibrary for Vector global;

/// @title VectorLibrary
/// @notice Makes vectors, copies them, reads their elements.
library VectorLibrary {
    /// @notice A vector of zeros; `lifted` if each byte is to stand for its value plus 128.
    function make(uint256 length_, bool lifted) internal pure returns (Vector vector) {
        unchecked {
            uint256 at = reserve(0x60);
            store(at, _room(length_));
            store(at + 0x20, length_);
            store(at + 0x40, 0);
            vector = Vector.wrap(at);
            if (!lifted) return vector;
            uint256 to = _room(length_);
            store(at + 0x40, to);
            to -= 31;
            for (; length_ > 32; length_ -= 32) {
                store(to, SIGN_BITS);
                to -= 32;
            }
            store(to, SIGN_BITS >> (256 - 8 * length_));
        }
    }

    /// @notice A vector of the `length` words, ascending, from `first` on, instead of bytes.
    function ofWords(uint256 first_, uint256 length_) internal pure returns (Vector) {
        unchecked {
            uint256 at = reserve(0x60);
            store(at, first_);
            store(at + 0x20, length_);
            store(at + 0x40, 0);
            return Vector.wrap(at);
        }
    }

    function first(Vector vector) internal pure returns (uint256) {
        return load(Vector.unwrap(vector));
    }

    function length(Vector vector) internal pure returns (uint256) {
        unchecked {
            return load(Vector.unwrap(vector) + 0x20);
        }
    }

    function zeros(Vector vector) internal pure returns (uint256) {
        unchecked {
            return load(Vector.unwrap(vector) + 0x40);
        }
    }

    /// @notice Value `i`, in two's complement.
    function valueAt(Vector vector, uint256 i) internal pure returns (uint256 value) {
        unchecked {
            value = load(vector.first() - i - 31) & 255;
            if (vector.zeros() != 0) value -= load(vector.zeros() - i - 31) & 255;
        }
    }

    /// @notice Copies a vector to the elements from `offset` on of another one.
    function copyTo(Vector vector, Vector target, uint256 offset) internal pure {
        unchecked {
            _copy(vector.first(), target.first() - offset, vector.length());
        }
    }

    /// @notice Copies what a vector's bytes stand for to the elements from `offset` on of another one.
    function copyZerosTo(Vector vector, Vector target, uint256 offset) internal pure {
        unchecked {
            if (vector.zeros() == 0) return;
            if (target.zeros() == 0) store(Vector.unwrap(target) + 0x40, _room(target.length()));
            _copy(vector.zeros(), target.zeros() - offset, vector.length());
        }
    }

    /// @dev Room for elements, all zero. A word more lies below it: layers write eight elements with a word of 32, the
    /// others of which are zero.
    function _room(uint256 length_) private pure returns (uint256) {
        unchecked {
            uint256 size = (length_ + 63) & ~uint256(31);
            return allocate(size) + size - 1;
        }
    }

    function _copy(uint256 from, uint256 to, uint256 length_) private pure {
        assembly ("memory-safe") {
            mcopy(add(sub(to, length_), 1), add(sub(from, length_), 1), length_)
        }
    }
}
