// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ELEVEN, ELEVEN_TIMES_128, SIGN_BITS, TEN, TEN_TIMES_128, eightApart} from "./Lanes.sol";
import {KIND_PHASE, Layer} from "./Layer.sol";
import {load, reserve, store, storeByte} from "./Memory.sol";
import {Vector} from "./Vector.sol";

/// @title PhaseLayer
/// @notice Dense layers with a periodic activation: `table[(acc >> shift) mod 256]`, up to 64 inputs, shift up to 8.
/// @dev Only where in its turn a sum is counts, and a turn is 256 << shift ≤ 2^16. So 16 bits of the sum are enough, and
/// eleven lanes fit in a word (lane 10 begins at bit 240): three words take 32 inputs and the bias.
///
/// With V the word of a row's 32 weights (weight j in bits 248 - 8j and up) and X that of 32 activations (activation j in
/// bits 8j and up), both sides of input j meet in bit 240:
///
///     B0 = V & ELEVEN           A0 = X >> 8 & ELEVEN          j = 1, 4, … 31
///     B1 = V >> 8 & ELEVEN      A1 = X & ELEVEN               j = 0, 3, … 30
///     B2 = V >> 16 & TEN        A2 = X << 8 & ELEVEN          j = 2, 5, … 29
///
/// A2's lowest lane is free and holds the constant 1, against which B2's highest lane holds the bias. The half unit that
/// rounds rides with it as the bit below: what both make with A2's other lanes falls off the top.
///
/// Up to eight inputs, as of a picture model's first layer, need one word only: A = 1 + Σ aj·2^(24j + 24) stands against
/// B = Σ bj·2^(216 - 24j) and the bias.
library PhaseLayer {
    uint256 private constant MAX_INPUTS = 64;
    uint256 private constant MAX_SHIFT = 8;
    /// @dev As many inputs as take one word.
    uint256 private constant FEW = 8;
    /// @dev 128 in each of the lanes of few weights.
    uint256 private constant EIGHT_TIMES_128 = (TEN_TIMES_128 >> 48) << 48;

    /// @dev What the bias stands against.
    uint256 private constant ONE = 1;
    /// @dev Half of a sum's unit.
    uint256 private constant HALF = 1 << 239;

    /// @notice Whether a layer can be computed in this way.
    function fits(uint256 inputs, uint256 shift) internal pure returns (bool) {
        return inputs <= MAX_INPUTS && shift <= MAX_SHIFT;
    }

    /// @notice Lays a layer's weights and biases into lanes.
    function spread(Layer layer) internal pure {
        unchecked {
            uint256 inputs = layer.source().length();
            uint256 weights = layer.rows();
            uint256 biases = layer.biases();
            uint256 end = biases + 32 * layer.target().length();
            uint256 words = inputs <= FEW ? 1 : inputs <= 32 ? 3 : 6;
            uint256 to = reserve((end - biases) * words);
            layer.setLaidOut(KIND_PHASE, to);
            if (words == 3) {
                _spreadThree(weights, inputs, biases, end, to);
                return;
            }
            for (; biases != end; biases += 32) {
                uint256 bias = (load(biases) << 240) + HALF;
                uint256 v = load(weights) ^ SIGN_BITS;
                if (words == 1) {
                    store(to, (eightApart(v >> 192) << 48) - EIGHT_TIMES_128 + bias);
                    to += 0x20;
                } else {
                    to = _spreadBlock(to, v, bias);
                    to = _spreadBlock(to, load(weights + 32) ^ SIGN_BITS, 0);
                }
                weights += inputs;
            }
        }
    }

    /// @dev Rows of up to 32 inputs, which most are: as `_spreadBlock` does it, but in assembly, which saves a third.
    function _spreadThree(uint256 weights, uint256 inputs, uint256 biases, uint256 end, uint256 to) private pure {
        uint256 eleven = ELEVEN;
        uint256 lift = ELEVEN_TIMES_128;
        uint256 ten = TEN;
        uint256 rest = HALF - TEN_TIMES_128;
        assembly ("memory-safe") {
            for {} lt(biases, end) {} {
                let v := xor(mload(weights), SIGN_BITS)
                mstore(to, sub(and(v, eleven), lift))
                mstore(add(to, 0x20), sub(and(shr(8, v), eleven), lift))
                mstore(add(to, 0x40), add(add(and(shr(16, v), ten), shl(240, mload(biases))), rest))
                weights := add(weights, inputs)
                biases := add(biases, 0x20)
                to := add(to, 0x60)
            }
        }
    }

    /// @notice Computes the layer.
    function run(Layer layer) internal pure {
        unchecked {
            Vector source = layer.source();
            uint256 inputs = source.length();
            // The eight bits that count are to be the topmost of the word.
            uint256 up = MAX_SHIFT - layer.shift();
            if (inputs <= FEW) {
                uint256 a = eightApart(load(source.first() - 31));
                if (source.zeros() != 0) a -= eightApart(load(source.zeros() - 31));
                _one(layer, ((a << 24) + ONE) << up);
                return;
            }
            (uint256 a0, uint256 a1, uint256 a2) = _lanes(source, 0, up);
            a2 += ONE << up;
            if (inputs <= 32) {
                _three(layer, a0, a1, a2);
            } else {
                (uint256 a3, uint256 a4, uint256 a5) = _lanes(source, 32, up);
                _six(layer, a0, a1, a2, a3, a4, a5);
            }
        }
    }

    function _spreadBlock(uint256 to, uint256 v, uint256 bias) private pure returns (uint256) {
        unchecked {
            store(to, (v & ELEVEN) - ELEVEN_TIMES_128);
            store(to + 0x20, ((v >> 8) & ELEVEN) - ELEVEN_TIMES_128);
            store(to + 0x40, ((v >> 16) & TEN) - TEN_TIMES_128 + bias);
            return to + 0x60;
        }
    }

    /// @dev Inputs `from` to `from` + 31 in lanes, `up` bits higher than in the table above.
    function _lanes(Vector source, uint256 from, uint256 up) private pure returns (uint256 a0, uint256 a1, uint256 a2) {
        unchecked {
            uint256 x = load(source.first() - 31 - from);
            (a0, a1, a2) = ((x >> 8) & ELEVEN, x & ELEVEN, (x << 8) & ELEVEN);
            if (source.zeros() != 0) {
                x = load(source.zeros() - 31 - from);
                (a0, a1, a2) = (a0 - ((x >> 8) & ELEVEN), a1 - (x & ELEVEN), a2 - ((x << 8) & ELEVEN));
            }
            (a0, a1, a2) = (a0 << up, a1 << up, a2 << up);
        }
    }

    /// @dev Rows of one word, eight at a time: their bytes are gathered at the end of the scratch space, whose others are
    /// zero, and written at once.
    function _one(Layer layer, uint256 a) private pure {
        unchecked {
            uint256 p = layer.rows();
            uint256 table = layer.table();
            uint256 to = layer.target().first() - 31;
            uint256 last = to - layer.target().length();
            store(0x00, 0);
            for (uint256 end = to - (layer.target().length() & ~uint256(7)); to != end; to -= 8) {
                storeByte(0x1f, _look(table, a * load(p)));
                storeByte(0x1e, _look(table, a * load(p + 0x20)));
                storeByte(0x1d, _look(table, a * load(p + 0x40)));
                storeByte(0x1c, _look(table, a * load(p + 0x60)));
                storeByte(0x1b, _look(table, a * load(p + 0x80)));
                storeByte(0x1a, _look(table, a * load(p + 0xa0)));
                storeByte(0x19, _look(table, a * load(p + 0xc0)));
                storeByte(0x18, _look(table, a * load(p + 0xe0)));
                store(to, load(0x00));
                p += 0x100;
            }
            for (; to != last; --to) {
                storeByte(to + 31, _look(table, a * load(p)));
                p += 0x20;
            }
        }
    }

    /// @dev Rows of 32 inputs.
    function _three(Layer layer, uint256 a0, uint256 a1, uint256 a2) private pure {
        unchecked {
            uint256 p = layer.rows();
            uint256 table = layer.table();
            uint256 to = layer.target().first() - 31;
            uint256 last = to - layer.target().length();
            store(0x00, 0);
            for (uint256 end = to - (layer.target().length() & ~uint256(7)); to != end; to -= 8) {
                storeByte(0x1f, _look(table, a0 * load(p) + a1 * load(p + 0x20) + a2 * load(p + 0x40)));
                storeByte(0x1e, _look(table, a0 * load(p + 0x60) + a1 * load(p + 0x80) + a2 * load(p + 0xa0)));
                storeByte(0x1d, _look(table, a0 * load(p + 0xc0) + a1 * load(p + 0xe0) + a2 * load(p + 0x100)));
                storeByte(0x1c, _look(table, a0 * load(p + 0x120) + a1 * load(p + 0x140) + a2 * load(p + 0x160)));
                storeByte(0x1b, _look(table, a0 * load(p + 0x180) + a1 * load(p + 0x1a0) + a2 * load(p + 0x1c0)));
                storeByte(0x1a, _look(table, a0 * load(p + 0x1e0) + a1 * load(p + 0x200) + a2 * load(p + 0x220)));
                storeByte(0x19, _look(table, a0 * load(p + 0x240) + a1 * load(p + 0x260) + a2 * load(p + 0x280)));
                storeByte(0x18, _look(table, a0 * load(p + 0x2a0) + a1 * load(p + 0x2c0) + a2 * load(p + 0x2e0)));
                store(to, load(0x00));
                p += 0x300;
            }
            for (; to != last; --to) {
                storeByte(to + 31, _look(table, a0 * load(p) + a1 * load(p + 0x20) + a2 * load(p + 0x40)));
                p += 0x60;
            }
        }
    }

    /// @dev Rows of 64 inputs.
    function _six(Layer layer, uint256 a0, uint256 a1, uint256 a2, uint256 a3, uint256 a4, uint256 a5) private pure {
        unchecked {
            uint256 p = layer.rows();
            uint256 table = layer.table();
            uint256 to = layer.target().first() - 31;
            uint256 last = to - layer.target().length();
            uint256 sum;
            store(0x00, 0);
            for (uint256 end = to - (layer.target().length() & ~uint256(7)); to != end; to -= 8) {
                sum = a0 * load(p) + a1 * load(p + 0x20) + a2 * load(p + 0x40);
                storeByte(0x1f, _look(table, sum + a3 * load(p + 0x60) + a4 * load(p + 0x80) + a5 * load(p + 0xa0)));
                sum = a0 * load(p + 0xc0) + a1 * load(p + 0xe0) + a2 * load(p + 0x100);
                storeByte(0x1e, _look(table, sum + a3 * load(p + 0x120) + a4 * load(p + 0x140) + a5 * load(p + 0x160)));
                sum = a0 * load(p + 0x180) + a1 * load(p + 0x1a0) + a2 * load(p + 0x1c0);
                storeByte(0x1d, _look(table, sum + a3 * load(p + 0x1e0) + a4 * load(p + 0x200) + a5 * load(p + 0x220)));
                sum = a0 * load(p + 0x240) + a1 * load(p + 0x260) + a2 * load(p + 0x280);
                storeByte(0x1c, _look(table, sum + a3 * load(p + 0x2a0) + a4 * load(p + 0x2c0) + a5 * load(p + 0x2e0)));
                sum = a0 * load(p + 0x300) + a1 * load(p + 0x320) + a2 * load(p + 0x340);
                storeByte(0x1b, _look(table, sum + a3 * load(p + 0x360) + a4 * load(p + 0x380) + a5 * load(p + 0x3a0)));
                sum = a0 * load(p + 0x3c0) + a1 * load(p + 0x3e0) + a2 * load(p + 0x400);
                storeByte(0x1a, _look(table, sum + a3 * load(p + 0x420) + a4 * load(p + 0x440) + a5 * load(p + 0x460)));
                sum = a0 * load(p + 0x480) + a1 * load(p + 0x4a0) + a2 * load(p + 0x4c0);
                storeByte(0x19, _look(table, sum + a3 * load(p + 0x4e0) + a4 * load(p + 0x500) + a5 * load(p + 0x520)));
                sum = a0 * load(p + 0x540) + a1 * load(p + 0x560) + a2 * load(p + 0x580);
                storeByte(0x18, _look(table, sum + a3 * load(p + 0x5a0) + a4 * load(p + 0x5c0) + a5 * load(p + 0x5e0)));
                store(to, load(0x00));
                p += 0x600;
            }
            for (; to != last; --to) {
                sum = a0 * load(p) + a1 * load(p + 0x20) + a2 * load(p + 0x40);
                storeByte(to + 31, _look(table, sum + a3 * load(p + 0x60) + a4 * load(p + 0x80) + a5 * load(p + 0xa0)));
                p += 0xc0;
            }
        }
    }

    /// @dev The table's entry, as the lowest byte, that the topmost eight bits of a sum name.
    function _look(uint256 table, uint256 sum) private pure returns (uint256) {
        unchecked {
            return load(table + (sum >> 248));
        }
    }
}
