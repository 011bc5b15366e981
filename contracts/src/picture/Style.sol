// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IStyle} from "../interfaces/IStyle.sol";
import {Traits} from "../lib/Traits.sol";
import {store} from "../network/Memory.sol";
import {COLOUR_SIZE, Cut, POINT_SIZE, batch, start} from "../types/Stages.sol";
import {Palettes} from "./style/Palettes.sol";
import {Texture} from "./style/Texture.sol";

/// @title Style
/// @notice Version 1 of the style: a palette, and a texture laid over it.
contract Style is IStyle {
    /// @inheritdoc IStyle
    function paint(Cut calldata cut, bytes calldata points, bytes calldata fields)
        external
        pure
        returns (bytes memory colours, bytes9 inks)
    {
        unchecked {
            uint256[6] memory palette = Palettes.palette(Traits.valueOf(cut.traits, Traits.PALETTE));
            uint256 texture = Traits.valueOf(cut.traits, Traits.TEXTURE);
            colours = batch(fields.length);
            inks = Palettes.inks(palette);
            uint256 to = start(colours);
            uint256 point = 0;
            for (uint256 i = 0; i != fields.length; i += COLOUR_SIZE) {
                store(to, _colour(palette, texture, _word(points, point), _word(fields, i)) << 232);
                point += POINT_SIZE;
                to += COLOUR_SIZE;
            }
        }
    }

    /// @param point a word that begins with the point
    /// @param field a word that begins with its fields
    function _colour(uint256[6] memory palette, uint256 texture, uint256 point, uint256 field)
        private
        pure
        returns (uint256)
    {
        unchecked {
            // Coordinates in two's complement become columns and rows.
            uint256 x = ((point >> 240) + 2048) & 0xffff;
            uint256 y = (((point >> 224) & 0xffff) + 2048) & 0xffff;
            uint256 edge = (field >> 232) & 0xff;
            (uint256 tone, uint256 gain) = Texture.over(texture, x, y, field >> 248, 128 + edge);
            return Palettes.colour(palette, tone, (field >> 240) & 0xff, gain);
        }
    }

    /// @dev The word that begins at a byte.
    function _word(bytes calldata items, uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(items.offset, at))
        }
    }
}
