// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {allocate, load, store} from "./Memory.sol";
import {Vector} from "./Vector.sol";

/// @notice A step of a loaded network: the address of twelve words.
///
/// | offset | word                                                                                              |
/// |--------|---------------------------------------------------------------------------------------------------|
/// | 0x00   | `kind`: how it is computed                                                                        |
/// | 0x20   | `next`: the step after it, 0 if it is the last                                                    |
/// | 0x40   | `source`: the vector that it reads                                                                |
/// | 0x60   | `target`: the vector that it writes                                                               |
/// | 0x80   | `rows`: address of the weights; for COPY, the first element of the target that is written         |
/// | 0xa0   | `shift`: how many bits of a sum are dropped                                                       |
/// | 0xc0   | `table`: 31 below the address of the table, where the activation is a phase                       |
/// | 0xe0   | `activation`: its code in the canonical form                                                      |
/// | 0x100  | `latentRows`: address of the latents' weights, 0 if there are none                                |
/// | 0x120  | `biases`: address of the biases, one word each, in which the latents are folded                   |
/// | 0x140  | `sums`: address of as many words, which become the sums (WIDE only)                               |
/// | 0x160  | `blocks`: address of room for the source in lanes (WIDE only)                                     |
type Layer is uint256;

using LayerLibrary for Layer global;

uint256 constant KIND_PHASE = 0;
uint256 constant KIND_CLIP = 1;
uint256 constant KIND_WIDE = 2;
uint256 constant KIND_COPY = 3;

/// @title LayerLibrary
/// @notice Makes layers, reads and sets their words.
library LayerLibrary {
    uint256 private constant SIZE = 0x180;

    function make(uint256 kind_, Vector source_, Vector target_) internal pure returns (Layer layer) {
        layer = Layer.wrap(allocate(SIZE));
        layer._set(0x00, kind_);
        layer._set(0x40, Vector.unwrap(source_));
        layer._set(0x60, Vector.unwrap(target_));
    }

    function kind(Layer layer) internal pure returns (uint256) {
        return layer._get(0x00);
    }

    function next(Layer layer) internal pure returns (Layer) {
        return Layer.wrap(layer._get(0x20));
    }

    function source(Layer layer) internal pure returns (Vector) {
        return Vector.wrap(layer._get(0x40));
    }

    function target(Layer layer) internal pure returns (Vector) {
        return Vector.wrap(layer._get(0x60));
    }

    function rows(Layer layer) internal pure returns (uint256) {
        return layer._get(0x80);
    }

    function shift(Layer layer) internal pure returns (uint256) {
        return layer._get(0xa0);
    }

    function table(Layer layer) internal pure returns (uint256) {
        return layer._get(0xc0);
    }

    function activation(Layer layer) internal pure returns (uint256) {
        return layer._get(0xe0);
    }

    function latentRows(Layer layer) internal pure returns (uint256) {
        return layer._get(0x100);
    }

    function biases(Layer layer) internal pure returns (uint256) {
        return layer._get(0x120);
    }

    function sums(Layer layer) internal pure returns (uint256) {
        return layer._get(0x140);
    }

    function blocks(Layer layer) internal pure returns (uint256) {
        return layer._get(0x160);
    }

    function setNext(Layer layer, Layer next_) internal pure {
        layer._set(0x20, Layer.unwrap(next_));
    }

    function setWeights(Layer layer, uint256 rows_, uint256 latentRows_) internal pure {
        layer._set(0x80, rows_);
        layer._set(0x100, latentRows_);
    }

    function setActivation(Layer layer, uint256 activation_, uint256 shift_, uint256 table_) internal pure {
        layer._set(0xa0, shift_);
        layer._set(0xc0, table_);
        layer._set(0xe0, activation_);
    }

    function setBiases(Layer layer, uint256 biases_) internal pure {
        layer._set(0x120, biases_);
    }

    /// @dev The weights lie in lanes now.
    function setLaidOut(Layer layer, uint256 kind_, uint256 rows_) internal pure {
        layer._set(0x00, kind_);
        layer._set(0x80, rows_);
    }

    function setRoom(Layer layer, uint256 sums_, uint256 blocks_) internal pure {
        layer._set(0x140, sums_);
        layer._set(0x160, blocks_);
    }

    function _get(Layer layer, uint256 offset) internal pure returns (uint256) {
        unchecked {
            return load(Layer.unwrap(layer) + offset);
        }
    }

    function _set(Layer layer, uint256 offset, uint256 word) internal pure {
        unchecked {
            store(Layer.unwrap(layer) + offset, word);
        }
    }
}
