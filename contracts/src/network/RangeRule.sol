// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CanonicalForm, Domain} from "./CanonicalForm.sol";
import {SIGN_BITS} from "./Lanes.sol";
import {allocate, load} from "./Memory.sol";

/// @title RangeRule
/// @notice Proves that no sum of a dense layer reaches 2^23, whatever the inputs are and in whatever order its terms are
/// added (docs/protocol.md, section 1).
/// @dev Of a row's weights only two numbers count for each domain: the sum P of the positive ones and N of the others'
/// magnitudes. With inputs from lo to hi, terms reach at most P·max(hi, 0) + N·max(-lo, 0) and at least
/// -P·max(-lo, 0) - N·max(hi, 0). Both sums are taken over 32 weights at once.
library RangeRule {
    /// @notice Some subset of a channel's terms can reach these sums; they must stay strictly within ±2^23.
    error SumOutOfRange(uint256 operation, uint256 channel, int256 lo, int256 hi);

    /// @dev What a layer's sums are made of.
    /// @param inputs number of inputs
    /// @param origins address of one byte an input, 255 where it lies in the second domain; 0 if none does
    /// @param first domain of the inputs
    /// @param second domain of the other inputs
    /// @param latent domain of the latents; length 0 if they have no say
    struct Terms {
        uint256 inputs;
        uint256 origins;
        Domain first;
        Domain second;
        Domain latent;
    }

    int256 private constant BOUND = 1 << 23;

    /// @notice Reverts unless the rule holds for all rows of weights, biases and latent weights from `weights` on.
    function check(uint256 operation, Terms memory terms, uint256 weights, uint256 outputs) internal pure {
        uint256 biases = weights + terms.inputs * outputs;
        uint256 latents = biases + 4 * outputs;
        for (uint256 channel = 0; channel < outputs; ++channel) {
            int256 bias = CanonicalForm.i32(biases + 4 * channel);
            (int256 lo, int256 hi) = bias < 0 ? (bias, int256(0)) : (int256(0), bias);
            (lo, hi) = _add(lo, hi, terms.first, weights, terms.inputs, terms.origins, type(uint256).max);
            if (terms.origins != 0) (lo, hi) = _add(lo, hi, terms.second, weights, terms.inputs, terms.origins, 0);
            (lo, hi) = _add(lo, hi, terms.latent, latents, terms.latent.length, 0, 0);
            if (hi >= BOUND || lo <= -BOUND) revert SumOutOfRange(operation, channel, lo, hi);
            weights += terms.inputs;
            latents += terms.latent.length;
        }
    }

    /// @notice Room for the origins of a value's elements.
    function origins(uint256 length) internal pure returns (uint256) {
        return allocate((length + 63) & ~uint256(31));
    }

    /// @notice Writes the origins of `length` elements: a copy of those at `from`, or the same one for all.
    function copyOrigins(uint256 to, uint256 from, bool fromInput, uint256 length) internal pure {
        assembly ("memory-safe") {
            switch from
            case 0 {
                for { let end := add(to, length) } lt(to, end) { to := add(to, 1) } {
                    mstore8(to, sub(0, fromInput))
                }
            }
            default { mcopy(to, from, length) }
        }
    }

    /// @dev Widens a sum's range by a row's terms with one domain. Where there are origins, only weights count whose
    /// origin's byte differs from `except`'s.
    function _add(
        int256 lo,
        int256 hi,
        Domain memory domain,
        uint256 weights,
        uint256 length,
        uint256 origins_,
        uint256 except
    ) private pure returns (int256, int256) {
        unchecked {
            (int256 positive, int256 negative) = (0, 0);
            for (uint256 i = 0; i < length; i += 32) {
                uint256 v = load(weights + i);
                if (origins_ != 0) v &= load(origins_ + i) ^ except;
                // What follows the row in memory is no part of it.
                if (length - i < 32) v &= ~(type(uint256).max >> (8 * (length - i)));
                uint256 signs = (v & SIGN_BITS) >> 7;
                uint256 negatives = signs * 255;
                positive += int256(_sumOfBytes(v & ~negatives));
                // A negative weight w is kept as 256 + w; the magnitude is what is missing to 255, and one.
                negative += int256(_sumOfBytes(~v & negatives) + _sumOfBytes(signs));
            }
            int256 up = domain.hi > 0 ? domain.hi : int256(0);
            int256 down = domain.lo < 0 ? -domain.lo : int256(0);
            return (lo - positive * down - negative * up, hi + positive * up + negative * down);
        }
    }

    /// @dev The sum of a word's 32 bytes: in pairs, then all pairs at once in the topmost 16 bits of a product.
    function _sumOfBytes(uint256 v) private pure returns (uint256) {
        unchecked {
            uint256 even = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            uint256 ones = 0x0001000100010001000100010001000100010001000100010001000100010001;
            return (((v & even) + ((v >> 8) & even)) * ones) >> 240;
        }
    }
}
