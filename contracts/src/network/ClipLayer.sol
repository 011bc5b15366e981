// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {EIGHT, SIGN_BITS, TEN, TEN_HIGH, TEN_TIMES_128, fourApart} from "./Lanes.sol";
import {KIND_CLIP, Layer} from "./Layer.sol";
import {load, reserve, store, storeByte} from "./Memory.sol";
import {Vector} from "./Vector.sol";

/// @title ClipLayer
/// @notice Dense layers that clip: `clamp(acc >> shift, 0, 255)`, up to 64 inputs, shift up to 14.
/// @dev Here the whole sum counts, so ten lanes of 24 bits are all that a word holds. A row is one or two blocks of 30
/// inputs, three words each, and one word for what is left: the bias and up to four inputs, which come first.
///
/// With V the word of a block's weights (weight j in bits 248 - 8j and up) and X that of its activations (activation j in
/// bits 8j and up), both sides of input j meet in bit 232:
///
///     B0 = V >> 16 & TEN      A0 = X & TEN_HIGH            j = 2, 5, … 29
///     B1 = V >> 24 & TEN      A1 = X << 8 & TEN_HIGH       j = 1, 4, … 28
///     B2 = V >> 32 & TEN      A2 = X << 16 & TEN_HIGH      j = 0, 3, … 27
///
/// In the last word the activations begin at bit 48: the constant 1 is in bit 0, and the lane above it stays empty, so
/// that what stands against it may have one more bit below the bias: the half unit that rounds.
library ClipLayer {
    uint256 private constant MAX_INPUTS = 64;
    uint256 private constant MAX_SHIFT = 14;

    /// @dev Inputs of a block.
    uint256 private constant BLOCK = 30;
    /// @dev Inputs beside the bias, at most.
    uint256 private constant BESIDE = 4;
    /// @dev What makes a sum positive: 2^23.
    uint256 private constant LIFT = 1 << 255;
    /// @dev The same, and the half unit.
    uint256 private constant LIFT_AND_HALF = LIFT + (1 << 231);
    /// @dev 128 in each lane of the weights beside the bias.
    uint256 private constant FOUR_TIMES_128 = 0x80000080000080000080 << 112;
    /// @dev 1 in each of eight lanes of 32 bits.
    uint256 private constant ONES = EIGHT / 255;

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
            uint256 blocks = _blocks(inputs);
            uint256 beside = _beside(inputs, blocks);
            uint256 to = reserve((end - biases) * (1 + 3 * blocks));
            layer.setLaidOut(KIND_CLIP, to);
            for (; biases != end; biases += 32) {
                // Weights that also stand in a block do no harm beside the bias: their activations are zero there.
                uint256 few = fourApart((load(weights) ^ SIGN_BITS) >> 224) << 112;
                store(to, few - FOUR_TIMES_128 + (load(biases) << 232) + LIFT_AND_HALF);
                to = _spreadBlock(to + 0x20, weights + beside);
                if (blocks == 2) to = _spreadBlock(to, weights + beside + BLOCK);
                weights += inputs;
            }
        }
    }

    /// @notice Computes the layer.
    function run(Layer layer) internal pure {
        unchecked {
            Vector source = layer.source();
            uint256 blocks = _blocks(source.length());
            uint256 beside = _beside(source.length(), blocks);
            uint256 e = _besideLanes(source, beside);
            (uint256 a0, uint256 a1, uint256 a2) = _lanes(source, beside);
            if (blocks == 1) {
                _four(layer, e, a0, a1, a2);
            } else {
                (uint256 a3, uint256 a4, uint256 a5) = _lanes(source, beside + BLOCK);
                _seven(layer, e, a0, a1, a2, a3, a4, a5);
            }
        }
    }

    /// @notice Clips eight sums, each a word from `at` on: bytes side by side from bit 0 on.
    function clipSums(uint256 at, uint256 shift) internal pure returns (uint256) {
        unchecked {
            // As run's sums are: lifted, in the topmost 24 bits. Of a larger shift a part is done before.
            uint256 before = shift > MAX_SHIFT ? shift - MAX_SHIFT : 0;
            store(0x00, _lifted(at + 0xe0, before));
            store(0x04, _lifted(at + 0xc0, before));
            store(0x08, _lifted(at + 0xa0, before));
            store(0x0c, _lifted(at + 0x80, before));
            store(0x10, _lifted(at + 0x60, before));
            store(0x14, _lifted(at + 0x40, before));
            store(0x18, _lifted(at + 0x20, before));
            store(0x1c, _lifted(at, before));
            return _clipEight(shift - before);
        }
    }

    /* LANES */

    function _blocks(uint256 inputs) private pure returns (uint256) {
        return inputs > BLOCK + BESIDE ? 2 : 1;
    }

    /// @dev How many inputs stand beside the bias.
    function _beside(uint256 inputs, uint256 blocks) private pure returns (uint256) {
        unchecked {
            uint256 room = blocks * BLOCK;
            return inputs > room ? inputs - room : 0;
        }
    }

    function _spreadBlock(uint256 to, uint256 from) private pure returns (uint256) {
        unchecked {
            uint256 v = load(from) ^ SIGN_BITS;
            store(to, ((v >> 16) & TEN) - TEN_TIMES_128);
            store(to + 0x20, ((v >> 24) & TEN) - TEN_TIMES_128);
            store(to + 0x40, ((v >> 32) & TEN) - TEN_TIMES_128);
            return to + 0x60;
        }
    }

    /// @dev The constant 1 and the inputs that stand beside the bias.
    function _besideLanes(Vector source, uint256 beside) private pure returns (uint256 lanes) {
        unchecked {
            uint256 all = type(uint32).max;
            uint256 mask = all >> (32 - 8 * beside);
            lanes = fourApart(load(source.first() - 31) & mask) << 48;
            if (source.zeros() != 0) lanes -= fourApart(load(source.zeros() - 31) & mask) << 48;
            ++lanes;
        }
    }

    /// @dev Inputs `from` to `from` + 29.
    function _lanes(Vector source, uint256 from) private pure returns (uint256 a0, uint256 a1, uint256 a2) {
        unchecked {
            uint256 x = load(source.first() - 31 - from);
            (a0, a1, a2) = (x & TEN_HIGH, (x << 8) & TEN_HIGH, (x << 16) & TEN_HIGH);
            if (source.zeros() != 0) {
                x = load(source.zeros() - 31 - from);
                (a0, a1, a2) = (a0 - (x & TEN_HIGH), a1 - ((x << 8) & TEN_HIGH), a2 - ((x << 16) & TEN_HIGH));
            }
        }
    }

    /* SUMS */

    /// @dev Rows of one block, eight at a time. Their sums are written into the scratch space, four bytes apart, so that of
    /// each the topmost 32 bits are left; then they are clipped all at once.
    function _four(Layer layer, uint256 e, uint256 a0, uint256 a1, uint256 a2) private pure {
        unchecked {
            uint256 p = layer.rows();
            uint256 shift = layer.shift();
            uint256 to = layer.target().first() - 31;
            uint256 last = to - layer.target().length();
            for (uint256 end = to - (layer.target().length() & ~uint256(7)); to != end; to -= 8) {
                store(0x00, e * load(p + 0x380) + a0 * load(p + 0x3a0) + a1 * load(p + 0x3c0) + a2 * load(p + 0x3e0));
                store(0x04, e * load(p + 0x300) + a0 * load(p + 0x320) + a1 * load(p + 0x340) + a2 * load(p + 0x360));
                store(0x08, e * load(p + 0x280) + a0 * load(p + 0x2a0) + a1 * load(p + 0x2c0) + a2 * load(p + 0x2e0));
                store(0x0c, e * load(p + 0x200) + a0 * load(p + 0x220) + a1 * load(p + 0x240) + a2 * load(p + 0x260));
                store(0x10, e * load(p + 0x180) + a0 * load(p + 0x1a0) + a1 * load(p + 0x1c0) + a2 * load(p + 0x1e0));
                store(0x14, e * load(p + 0x100) + a0 * load(p + 0x120) + a1 * load(p + 0x140) + a2 * load(p + 0x160));
                store(0x18, e * load(p + 0x80) + a0 * load(p + 0xa0) + a1 * load(p + 0xc0) + a2 * load(p + 0xe0));
                store(0x1c, e * load(p) + a0 * load(p + 0x20) + a1 * load(p + 0x40) + a2 * load(p + 0x60));
                store(to, _clipEight(shift));
                p += 0x400;
            }
            for (; to != last; --to) {
                storeByte(
                    to + 31, _clip(e * load(p) + a0 * load(p + 0x20) + a1 * load(p + 0x40) + a2 * load(p + 0x60), shift)
                );
                p += 0x80;
            }
        }
    }

    /// @dev Rows of two blocks.
    function _seven(Layer layer, uint256 e, uint256 a0, uint256 a1, uint256 a2, uint256 a3, uint256 a4, uint256 a5)
        private
        pure
    {
        unchecked {
            uint256 p = layer.rows();
            uint256 shift = layer.shift();
            uint256 to = layer.target().first() - 31;
            uint256 last = to - layer.target().length();
            uint256 sum;
            for (uint256 end = to - (layer.target().length() & ~uint256(7)); to != end; to -= 8) {
                sum = e * load(p + 0x620) + a0 * load(p + 0x640) + a1 * load(p + 0x660) + a2 * load(p + 0x680);
                store(0x00, sum + a3 * load(p + 0x6a0) + a4 * load(p + 0x6c0) + a5 * load(p + 0x6e0));
                sum = e * load(p + 0x540) + a0 * load(p + 0x560) + a1 * load(p + 0x580) + a2 * load(p + 0x5a0);
                store(0x04, sum + a3 * load(p + 0x5c0) + a4 * load(p + 0x5e0) + a5 * load(p + 0x600));
                sum = e * load(p + 0x460) + a0 * load(p + 0x480) + a1 * load(p + 0x4a0) + a2 * load(p + 0x4c0);
                store(0x08, sum + a3 * load(p + 0x4e0) + a4 * load(p + 0x500) + a5 * load(p + 0x520));
                sum = e * load(p + 0x380) + a0 * load(p + 0x3a0) + a1 * load(p + 0x3c0) + a2 * load(p + 0x3e0);
                store(0x0c, sum + a3 * load(p + 0x400) + a4 * load(p + 0x420) + a5 * load(p + 0x440));
                sum = e * load(p + 0x2a0) + a0 * load(p + 0x2c0) + a1 * load(p + 0x2e0) + a2 * load(p + 0x300);
                store(0x10, sum + a3 * load(p + 0x320) + a4 * load(p + 0x340) + a5 * load(p + 0x360));
                sum = e * load(p + 0x1c0) + a0 * load(p + 0x1e0) + a1 * load(p + 0x200) + a2 * load(p + 0x220);
                store(0x14, sum + a3 * load(p + 0x240) + a4 * load(p + 0x260) + a5 * load(p + 0x280));
                sum = e * load(p + 0xe0) + a0 * load(p + 0x100) + a1 * load(p + 0x120) + a2 * load(p + 0x140);
                store(0x18, sum + a3 * load(p + 0x160) + a4 * load(p + 0x180) + a5 * load(p + 0x1a0));
                sum = e * load(p) + a0 * load(p + 0x20) + a1 * load(p + 0x40) + a2 * load(p + 0x60);
                store(0x1c, sum + a3 * load(p + 0x80) + a4 * load(p + 0xa0) + a5 * load(p + 0xc0));
                store(to, _clipEight(shift));
                p += 0x700;
            }
            for (; to != last; --to) {
                sum = e * load(p) + a0 * load(p + 0x20) + a1 * load(p + 0x40) + a2 * load(p + 0x60);
                storeByte(to + 31, _clip(sum + a3 * load(p + 0x80) + a4 * load(p + 0xa0) + a5 * load(p + 0xc0), shift));
                p += 0xe0;
            }
        }
    }

    /* CLIPPING */

    /// @dev Clips eight sums, the topmost 24 bits of each lane of the scratch space's first word and lifted by 2^23. The
    /// result is eight bytes side by side, from bit 0 on.
    function _clipEight(uint256 shift) private pure returns (uint256) {
        unchecked {
            // The lift's bit in each lane: it is 0 where the sum is negative.
            uint256 s = 23 - shift;
            uint256 lifts = ONES << s;
            uint256 x = load(0x00) >> (8 + shift);
            uint256 positive = x & lifts;
            x &= positive - (positive >> s);
            // Adding 2^s - 256 sets that bit where a value is 256 or more.
            uint256 large = ((x + (lifts - (ONES << 8))) & lifts) >> s;
            x = (x | (large * 255)) & EIGHT;
            // The lower of two neighbours is moved up to the higher one: bytes, then pairs, then fours.
            x = (x * (1 + (1 << 24))) & 0x000000ffff000000000000ffff000000000000ffff000000000000ffff000000;
            x = (x * (1 + (1 << 48))) & 0x000000ffffffff000000000000000000000000ffffffff000000000000000000;
            return (x * (1 + (1 << 96))) >> 168;
        }
    }

    /// @dev A sum, lifted, in the topmost 24 bits.
    function _lifted(uint256 at, uint256 shift) private pure returns (uint256) {
        return (uint256(int256(load(at)) >> shift) << 232) ^ LIFT;
    }

    /// @dev Clips one such sum, the topmost 24 bits of a word.
    function _clip(uint256 sum, uint256 shift) private pure returns (uint256) {
        unchecked {
            int256 x = int256(sum ^ LIFT) >> (232 + shift);
            return x < 0 ? 0 : x > 255 ? 255 : uint256(x);
        }
    }
}
