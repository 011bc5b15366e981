// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ACTIVATION_CLIP, ACTIVATION_RAW} from "./CanonicalForm.sol";
import {EIGHT, EIGHT_TIMES_128, SIGN_BITS} from "./Lanes.sol";
import {Layer, Vector, Wide} from "./Layer.sol";
import {load, reserve, store, storeByte} from "./Memory.sol";

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
    /// @dev What is kept of a block: four words of lanes and the constant.
    uint256 private constant BLOCK_SIZE = 0xa0;
    /// @dev Sums that are taken at once; room for them is a multiple of it.
    uint256 private constant AT_ONCE = 4;

    /// @notice Room for a vector of `length` in lanes.
    function room(uint256 length) internal pure returns (uint256 blocks) {
        unchecked {
            return reserve((length + 31) / 32 * BLOCK_SIZE);
        }
    }

    /// @notice Lays a vector into lanes.
    function fill(uint256 blocks, Vector memory vector) internal pure {
        unchecked {
            uint256 from = vector.first - 31;
            uint256 zeros = vector.zeros;
            for (uint256 i = 0; i < vector.length; i += 32) {
                (uint256 a0, uint256 a1, uint256 a2, uint256 a3) = _lanes(load(from - i));
                if (zeros != 0) {
                    (uint256 z0, uint256 z1, uint256 z2, uint256 z3) = _lanes(load(zeros - 31 - i));
                    (a0, a1, a2, a3) = (a0 - z0, a1 - z1, a2 - z2, a3 - z3);
                }
                store(blocks, a0);
                store(blocks + 0x20, a1);
                store(blocks + 0x40, a2);
                store(blocks + 0x60, a3);
                store(blocks + 0x80, (1 << 223) - EIGHT_TIMES_128 * (a0 + a1 + a2 + a3));
                blocks += BLOCK_SIZE;
            }
        }
    }

    /// @notice Adds to each of `count` words from `sums` on the products of a row of weights with a vector in lanes, of
    /// `length` elements. May write up to three words more.
    function addProducts(uint256 sums, uint256 count, uint256 weights, uint256 blocks, uint256 length) internal pure {
        unchecked {
            for (uint256 end = weights + length; weights < end; weights += 32) {
                _addBlock(sums, sums + 32 * count, weights, length, blocks);
                blocks += BLOCK_SIZE;
            }
        }
    }

    /// @notice Computes the layer.
    function run(Layer memory layer) internal pure {
        unchecked {
            Wide memory wide = layer.wide;
            uint256 sums = wide.sums;
            fill(wide.blocks, layer.source);
            _copy(wide.biases, sums, 32 * layer.outputs);
            addProducts(sums, layer.outputs, layer.rows, wide.blocks, layer.source.length);
            if (wide.activation != ACTIVATION_RAW) _activate(layer, wide);
        }
    }

    function _activate(Layer memory layer, Wide memory wide) private pure {
        unchecked {
            uint256 to = layer.first;
            uint256 shift = layer.shift;
            uint256 table = layer.table;
            uint256 at = wide.sums;
            uint256 end = at + 32 * layer.outputs;
            if (wide.activation == ACTIVATION_CLIP) {
                for (; at != end; at += 32) {
                    int256 value = int256(load(at)) >> shift;
                    storeByte(to--, value < 0 ? 0 : value > 255 ? 255 : uint256(value));
                }
            } else {
                for (; at != end; at += 32) {
                    storeByte(to--, load(table + ((load(at) >> shift) & 255)));
                }
            }
        }
    }

    function _lanes(uint256 x) private pure returns (uint256, uint256, uint256, uint256) {
        return ((x >> 24) & EIGHT, (x >> 16) & EIGHT, (x >> 8) & EIGHT, x & EIGHT);
    }

    /// @dev Adds the products of one block to the sums, whose rows are `length` bytes apart, four at a time.
    function _addBlock(uint256 sums, uint256 end, uint256 weights, uint256 length, uint256 at) private pure {
        unchecked {
            uint256 a0 = load(at);
            uint256 a1 = load(at + 0x20);
            uint256 a2 = load(at + 0x40);
            uint256 a3 = load(at + 0x60);
            uint256 k = load(at + 0x80);
            for (; sums < end; sums += 32 * AT_ONCE) {
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

    function _copy(uint256 from, uint256 to, uint256 length) private pure {
        assembly ("memory-safe") {
            mcopy(to, from, length)
        }
    }
}
