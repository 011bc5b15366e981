// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ACTIVATION_CLIP, ACTIVATION_RAW} from "./CanonicalForm.sol";
import {ClipLayer} from "./ClipLayer.sol";
import {EIGHT, EIGHT_TIMES_128, SIGN_BITS} from "./Lanes.sol";
import {Layer} from "./Layer.sol";
import {load, reserve, store, storeByte} from "./Memory.sol";
import {Vector} from "./Vector.sol";

/// @title WideLayer
/// @notice Dense layers of any width, activation and shift, straight from the weights as they stand in the canonical form;
/// and what the latents add to any layer's biases.
/// @dev Inputs are taken in blocks of 32: four words of eight lanes of 32 bits. With V the word of a block's weights
/// (weight j in bits 248 - 8j and up) and X that of its activations (activation j in bits 8j and up), both sides of input j
/// meet in bit 224:
///
///     Bm = V >> 8m & EIGHT      Am = X >> (24 - 8m) & EIGHT      j = 3 - m, 7 - m, … 31 - m
///
/// A weight is used as weight + 128, which is a byte. Each block has a constant that takes back 128 times its activations,
/// and adds the half unit that rounds. A block's sum is read off before the next, so no number of blocks is too many.
library WideLayer {
    /// @dev Half of a sum's unit.
    uint256 private constant HALF = 1 << 223;
    /// @dev What is kept of a block: four words of lanes and the constant.
    uint256 private constant BLOCK_SIZE = 0xa0;

    /// @notice Bytes for `count` sums: whole eights of words, as many as are read or written at once.
    function sizeOfSums(uint256 count) internal pure returns (uint256) {
        unchecked {
            return 32 * ((count + 7) & ~uint256(7));
        }
    }

    /// @notice Room for a vector of `length` in lanes.
    function room(uint256 length) internal pure returns (uint256 blocks) {
        unchecked {
            return reserve((length + 31) / 32 * BLOCK_SIZE);
        }
    }

    /// @notice Lays a vector into lanes.
    function fill(uint256 blocks, Vector vector) internal pure {
        unchecked {
            uint256 from = vector.first() - 31;
            uint256 zeros = vector.zeros();
            for (uint256 last = from - vector.length(); from > last; from -= 32) {
                (uint256 a0, uint256 a1, uint256 a2, uint256 a3) = _lanes(load(from));
                if (zeros != 0) {
                    (uint256 z0, uint256 z1, uint256 z2, uint256 z3) = _lanes(load(zeros - 31));
                    (a0, a1, a2, a3) = (a0 - z0, a1 - z1, a2 - z2, a3 - z3);
                    zeros -= 32;
                }
                store(blocks, a0);
                store(blocks + 0x20, a1);
                store(blocks + 0x40, a2);
                store(blocks + 0x60, a3);
                store(blocks + 0x80, HALF - EIGHT_TIMES_128 * (a0 + a1 + a2 + a3));
                blocks += BLOCK_SIZE;
            }
        }
    }

    /// @notice Adds to each of `count` words from `sums` on the products of a row of `length` weights with what was laid
    /// into lanes.
    function addProducts(uint256 sums, uint256 count, uint256 weights, uint256 length, uint256 blocks) internal pure {
        unchecked {
            for (uint256 end = weights + length; weights < end; weights += 32) {
                _addBlock(sums, sums + 32 * count, weights, length, blocks);
                blocks += BLOCK_SIZE;
            }
        }
    }

    /// @notice Makes a layer ready to run. If it will be run once only, its biases become the sums.
    function prepare(Layer layer, bool once) internal pure {
        unchecked {
            uint256 sums = layer.biases();
            if (layer.activation() == ACTIVATION_RAW) sums = layer.target().first();
            else if (!once) sums = reserve(sizeOfSums(layer.target().length()));
            layer.setRoom(sums, room(layer.source().length()));
        }
    }

    /// @notice Computes the layer.
    function run(Layer layer) internal pure {
        unchecked {
            uint256 sums = layer.sums();
            uint256 outputs = layer.target().length();
            fill(layer.blocks(), layer.source());
            _copy(layer.biases(), sums, 32 * outputs);
            addProducts(sums, outputs, layer.rows(), layer.source().length(), layer.blocks());
            if (layer.activation() != ACTIVATION_RAW) _activate(layer, sums, outputs);
        }
    }

    function _lanes(uint256 x) private pure returns (uint256, uint256, uint256, uint256) {
        return ((x >> 24) & EIGHT, (x >> 16) & EIGHT, (x >> 8) & EIGHT, x & EIGHT);
    }

    /// @dev Adds the products of one block to the sums up to `end`, whose rows are `length` bytes apart; four at a time.
    function _addBlock(uint256 sums, uint256 end, uint256 weights, uint256 length, uint256 at) private pure {
        unchecked {
            uint256 a0 = load(at);
            uint256 a1 = load(at + 0x20);
            uint256 a2 = load(at + 0x40);
            uint256 a3 = load(at + 0x60);
            uint256 k = load(at + 0x80);
            for (; sums < end; sums += 0x80) {
                uint256 v = load(weights) ^ SIGN_BITS;
                uint256 s =
                    a0 * (v & EIGHT) + a1 * ((v >> 8) & EIGHT) + a2 * ((v >> 16) & EIGHT) + a3 * ((v >> 24) & EIGHT);
                store(sums, load(sums) + _top(s + k));
                weights += length;
                v = load(weights) ^ SIGN_BITS;
                s = a0 * (v & EIGHT) + a1 * ((v >> 8) & EIGHT) + a2 * ((v >> 16) & EIGHT) + a3 * ((v >> 24) & EIGHT);
                store(sums + 0x20, load(sums + 0x20) + _top(s + k));
                weights += length;
                v = load(weights) ^ SIGN_BITS;
                s = a0 * (v & EIGHT) + a1 * ((v >> 8) & EIGHT) + a2 * ((v >> 16) & EIGHT) + a3 * ((v >> 24) & EIGHT);
                store(sums + 0x40, load(sums + 0x40) + _top(s + k));
                weights += length;
                v = load(weights) ^ SIGN_BITS;
                s = a0 * (v & EIGHT) + a1 * ((v >> 8) & EIGHT) + a2 * ((v >> 16) & EIGHT) + a3 * ((v >> 24) & EIGHT);
                store(sums + 0x60, load(sums + 0x60) + _top(s + k));
                weights += length;
            }
        }
    }

    /// @dev The topmost lane, with its sign.
    function _top(uint256 word) private pure returns (uint256) {
        return uint256(int256(word) >> 224);
    }

    /// @dev From sums to bytes, eight at a time.
    function _activate(Layer layer, uint256 at, uint256 left) private pure {
        unchecked {
            uint256 shift = layer.shift();
            uint256 table = layer.table();
            bool clips = layer.activation() == ACTIVATION_CLIP;
            uint256 all = type(uint64).max;
            store(0x00, 0);
            for (uint256 to = layer.target().first() - 31;; to -= 8) {
                uint256 eight = clips ? ClipLayer.clipSums(at, shift) : _lookUp(at, shift, table);
                if (left <= 8) {
                    // Zeros follow the last element.
                    store(to, eight & (all >> (64 - 8 * left)));
                    return;
                }
                store(to, eight);
                at += 0x100;
                left -= 8;
            }
        }
    }

    /// @dev The table's entries for eight sums, side by side from bit 0 on.
    function _lookUp(uint256 at, uint256 shift, uint256 table) private pure returns (uint256) {
        unchecked {
            storeByte(0x1f, load(table + ((load(at) >> shift) & 255)));
            storeByte(0x1e, load(table + ((load(at + 0x20) >> shift) & 255)));
            storeByte(0x1d, load(table + ((load(at + 0x40) >> shift) & 255)));
            storeByte(0x1c, load(table + ((load(at + 0x60) >> shift) & 255)));
            storeByte(0x1b, load(table + ((load(at + 0x80) >> shift) & 255)));
            storeByte(0x1a, load(table + ((load(at + 0xa0) >> shift) & 255)));
            storeByte(0x19, load(table + ((load(at + 0xc0) >> shift) & 255)));
            storeByte(0x18, load(table + ((load(at + 0xe0) >> shift) & 255)));
            return load(0x00) & type(uint64).max;
        }
    }

    function _copy(uint256 from, uint256 to, uint256 length) private pure {
        assembly ("memory-safe") {
            mcopy(to, from, length)
        }
    }
}
