// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Traits} from "../lib/Traits.sol";
import {Header, VECTOR} from "../network/CanonicalForm.sol";
import {ExactNetwork, Network} from "../network/ExactNetwork.sol";
import {SIGN_BITS} from "../network/Lanes.sol";
import {load, store} from "../network/Memory.sol";
import {Vector, VectorLibrary} from "../network/Vector.sol";
import {Coordinates} from "./Coordinates.sol";
import {Style} from "./Style.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Draws one token: a picture model with the token's latent folded in, and its grid and palette.
struct Painter {
    Network network;
    Coordinates.Grid grid;
    uint256[6] palette;
}

/// @title PictureModel
/// @notice Pictures: a seed, a few traits and a small network become pixels, the same ones as everywhere else (renderer
/// version 1 of docs/protocol.md, section 2).
library PictureModel {
    using Coordinates for Coordinates.Grid;

    uint256 internal constant MAX_SIZE = 4096;

    uint256 private constant FEATURES = 6;
    uint256 private constant LATENTS = 24;
    uint256 private constant FIELDS = 3;
    /// @dev The value of a family's switch: 127.
    uint256 private constant FAMILY_ON = 0x7f;

    /// @notice Whether a certified network takes what a picture model takes and gives what it gives.
    /// @param outputs number of outputs, if they are a vector
    function fits(Header memory header, uint256 outputs, bool isRaw) internal pure returns (bool) {
        return header.input.length == FEATURES && header.sides == VECTOR && header.input.lo <= -128
            && header.input.hi >= 127 && header.latent.length == LATENTS && header.latent.lo <= -128
            && header.latent.hi >= 127 && outputs == FIELDS && !isRaw;
    }

    /// @notice Whether every byte of a traits word holds a trait's value.
    function areTraits(bytes32 traits) internal pure returns (bool) {
        return uint256(traits) & ~uint256(0x0303030f) == 0;
    }

    /// @notice Prepares a token's picture.
    /// @param once that one pixel only will be drawn
    function painter(Header memory header, bytes32 seed, bytes32 traits, uint256 size, bool once)
        internal
        pure
        returns (Painter memory p)
    {
        p.network = ExactNetwork.load(
            header, VectorLibrary.make(FEATURES, true), _latent(seed, Traits.valueOf(traits, Traits.FAMILY)), once
        );
        p.grid = Coordinates.grid(size, traits);
        p.palette = Style.palette(Traits.valueOf(traits, Traits.PALETTE));
    }

    /// @notice Rows `y0` to `y1` - 1, three bytes (RGB) a pixel.
    function rows(Painter memory p, uint256 size, uint256 y0, uint256 y1) internal pure returns (bytes memory rgb) {
        unchecked {
            int256[] memory columns = new int256[](size);
            for (uint256 x = 0; x != size; ++x) {
                columns[x] = p.grid.column(x);
            }
            rgb = new bytes(3 * size * (y1 - y0));
            uint256 to;
            assembly ("memory-safe") {
                // Three bytes are written as the last of a word, whose others are the length or pixels written before.
                to := add(rgb, 3)
            }
            for (uint256 y = y0; y != y1; ++y) {
                int256 v = p.grid.row(y);
                for (uint256 x = 0; x != size; ++x) {
                    uint256 colour = paint(p, columns[x], v);
                    store(to, (load(to) & ~uint256(0xffffff)) | colour);
                    to += 3;
                }
            }
        }
    }

    /// @notice The colour at coordinates: RGB in the lowest 24 bits.
    function paint(Painter memory p, int256 u, int256 v) internal pure returns (uint256) {
        unchecked {
            Network memory network = p.network;
            store(network.input.first() - 31, Coordinates.features(p.grid, u, v));
            ExactNetwork.run(network);
            Vector output = network.output;
            uint256 fields = load(output.first() - 31);
            if (output.zeros() != 0) {
                fields = (output.valueAt(0) & 255) | ((output.valueAt(1) & 255) << 8) | (output.valueAt(2) << 16);
            }
            return Style.colour(p.palette, fields);
        }
    }

    /// @dev 20 bytes of the seed's hash, then the family as one of four switches.
    function _latent(bytes32 seed, uint256 family) private pure returns (Vector latent) {
        unchecked {
            latent = VectorLibrary.make(LATENTS, true);
            uint256 switches = 0x80808080 | (FAMILY_ON << (8 * family));
            uint256 drawn =
                LibBit.reverseBytes(uint256(keccak256(abi.encodePacked("verdigris/latent/1", seed)))) ^ SIGN_BITS;
            store(latent.first() - 31, (drawn & type(uint160).max) | (switches << 160));
        }
    }
}
