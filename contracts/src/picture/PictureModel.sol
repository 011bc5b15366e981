// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Traits} from "../lib/Traits.sol";
import {Header, VECTOR} from "../network/CanonicalForm.sol";
import {ExactNetwork, Network} from "../network/ExactNetwork.sol";
import {SIGN_BITS} from "../network/Lanes.sol";
import {load, store} from "../network/Memory.sol";
import {Vector, VectorLibrary} from "../network/Vector.sol";
import {COLOUR_SIZE, HIDDEN, POINT_SIZE, batch, start, unpack} from "../types/Stages.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @title PictureModel
/// @notice Version 1 of the concept: a small network gives the fields of each place, turned by the token's seed and
/// epoch (docs/protocol.md, section 2).
library PictureModel {
    uint256 internal constant MAX_SIZE = 4096;

    uint256 private constant FEATURES = 6;
    uint256 private constant LATENTS = 32;
    uint256 private constant FIELDS = 3;
    /// @dev Latents that the seed determines; the others are the families' switches.
    uint256 private constant FREE = 20;
    /// @dev The value of a family's switch: 127.
    uint256 private constant FAMILY_ON = 0x7f;
    /// @dev 128 in each of six bytes, which makes features from -128 on positive.
    uint256 private constant LIFT = 0x808080808080;
    /// @dev Every other byte of a word.
    uint256 private constant EVEN = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// @dev 1 in every other byte.
    uint256 private constant ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;

    /// @notice Whether a certified network takes what a picture model takes and gives what it gives.
    /// @param outputs number of outputs, if they are a vector
    function fits(Header memory header, uint256 outputs, bool isRaw) internal pure returns (bool) {
        return header.input.length == FEATURES && header.sides == VECTOR && header.input.lo <= -128
            && header.input.hi >= 127 && header.latent.length == LATENTS && header.latent.lo <= -128
            && header.latent.hi >= 127 && outputs == FIELDS && !isRaw;
    }

    /// @notice A token's network, its latents folded in.
    /// @param once that one pixel only will be drawn
    function motif(Header memory header, bytes32 seed, bytes32 traits, bool once)
        internal
        pure
        returns (Network memory)
    {
        return ExactNetwork.load(header, VectorLibrary.make(FEATURES, true), _latent(seed, traits), once);
    }

    /// @notice The fields of places.
    function fieldsOf(Network memory network, bytes memory places) internal pure returns (bytes memory fields) {
        unchecked {
            uint256 count = places.length / POINT_SIZE;
            fields = batch(COLOUR_SIZE * count);
            uint256 from = start(places);
            uint256 to = start(fields);
            for (uint256 end = from + POINT_SIZE * count; from != end; from += POINT_SIZE) {
                uint256 place = load(from) >> 224;
                store(to, place == HIDDEN ? 0 : _fields(network, place) << 232);
                to += COLOUR_SIZE;
            }
        }
    }

    /// @dev Tone, accent and edge in the lowest 24 bits.
    function _fields(Network memory network, uint256 place) private pure returns (uint256) {
        unchecked {
            (int256 u, int256 v) = unpack(place);
            store(network.input.first() - 31, _features(u, v));
            ExactNetwork.run(network);
            Vector output = network.output;
            if (output.zeros() != 0) {
                return ((output.valueAt(0) & 255) << 16) | ((output.valueAt(1) & 255) << 8) | (output.valueAt(2) & 255);
            }
            uint256 fields = load(output.first() - 31);
            return ((fields & 255) << 16) | (fields & 0xff00) | ((fields >> 16) & 255);
        }
    }

    /// @dev `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`, each plus 128, as bytes from the lowest on.
    function _features(int256 u, int256 v) private pure returns (uint256) {
        unchecked {
            int256 r = int256(FixedPointMathLib.sqrt(uint256(u * u + v * v))) - 1024;
            return (_pair(u) | (_pair(v) << 16) | (_pair(r) << 32)) ^ LIFT;
        }
    }

    /// @dev A coordinate's sixteenth and the rest.
    function _pair(int256 at) private pure returns (uint256) {
        return (uint256(at >> 4) & 255) | ((uint256(at) & 15) << 8);
    }

    /// @dev Twenty angles that the seed determines and each epoch turns, then the family as one of twelve switches.
    function _latent(bytes32 seed, bytes32 traits) private pure returns (Vector latent) {
        unchecked {
            latent = VectorLibrary.make(LATENTS, true);
            uint256 angles = LibBit.reverseBytes(uint256(keccak256(abi.encodePacked("verdigris/latent/2", seed))));
            uint256 epoch = Traits.epochOf(traits);
            if (epoch != 0) angles = _turned(angles, _steps(seed), epoch & 255);
            angles &= (1 << (8 * FREE)) - 1;
            uint256 family = FAMILY_ON << (8 * (FREE + Traits.valueOf(traits, Traits.FAMILY)));
            store(latent.first() - 31, (angles | family) ^ SIGN_BITS);
        }
    }

    /// @dev By how much each angle turns with an epoch, -16 to 15, in two's complement.
    function _steps(bytes32 seed) private pure returns (uint256) {
        unchecked {
            uint256 path = LibBit.reverseBytes(uint256(keccak256(abi.encodePacked("verdigris/path/1", seed))));
            // Adding 240 makes the sign of five bits one of eight, where 16 was turned round before.
            uint256 even = (((path >> 3) & (31 * ONES)) ^ (16 * ONES)) + 240 * ONES;
            uint256 odd = (((path >> 11) & (31 * ONES)) ^ (16 * ONES)) + 240 * ONES;
            return (even & EVEN) | ((odd & EVEN) << 8);
        }
    }

    /// @dev Adds `times` the byte of `steps` to each byte of `angles`; `times` is below 256, so a sum has room in two
    /// bytes.
    function _turned(uint256 angles, uint256 steps, uint256 times) private pure returns (uint256) {
        unchecked {
            uint256 even = (angles & EVEN) + (steps & EVEN) * times;
            uint256 odd = ((angles >> 8) & EVEN) + ((steps >> 8) & EVEN) * times;
            return (even & EVEN) | ((odd & EVEN) << 8);
        }
    }
}
