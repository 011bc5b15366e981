// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {load} from "../../network/Memory.sol";
import {start} from "../../types/Stages.sol";

/// @title Palettes
/// @notice The twenty palettes of style 1, and how a tone and an accent become a colour.
/// @dev The rule, in integers, for each of red, green and blue; `stops` and the accent colour belong to the palette:
///
/// 1. `i = tone >> 6`, `f = tone & 63`: `c = (stops[i]·(64 - f) + stops[i + 1]·f + 32) >> 6`.
/// 2. `w = clamp((5·accent >> 2) - 32, 0, 256)`: `c = (c·(256 - w) + accentColour·w + 128) >> 8`.
/// 3. `c = min(255, c·gain >> 8)`.
///
/// A colour is a word with its channels in lanes of 32 bits, so that each step is done for all three at once.
library Palettes {
    /// @dev Five stops from darkest to lightest, then the accent colour, RGB each, by the palette trait's number.
    bytes private constant PALETTES = hex"0b1f24155e5b3fa796a8dcc4f4efe0c8703a" // Verdigris
        hex"160b145a1226c0361ff29345ffe9b82f8f9d" // Ember
        hex"071a2b0e4d64188a8d74c7a5f6f0d8ff6f59" // Tidepool
        hex"1a0b2e55256ba6489be79bc4fbeaf0f2c14e" // Orchid
        hex"20120a7a3a0cd9820ff6c24afff5d61f6f78" // Saffron
        hex"0a162623486b5b8fb9b4d7e8f7fbfce8505b" // Glacier
        hex"0f1a122f4a2b6b8546b9c27cf3f1dae07a5f" // Moss
        hex"1c0a105b1a2b9d3c4adb8f86f9e7dc4f9d8b" // Rosewood
        hex"05060f141c4436408f8a8fd0e9e6f7f7c85c" // Nocturne
        hex"2a0e1b8c2f45f0655affb199fff1e62a9d8f" // Coral
        hex"16201d46574b8a9a72cbd09af7f4e3e3b23c" // Lichen
        hex"0b0a242a23724f56c597a9eef2f4ffff8c61" // Indigo
        hex"22140f6b3b2ab87350e2b594faf0e43a6b7e" // Clay
        hex"0a10331b4b721fa1878fe388f6f9c9e45dbf" // Aurora
        hex"1d2b4f4568a8a3bedde3eaf0fdfbf7c9a24b" // Porcelain
        hex"08080a26262c55555fa0a0a8f1efead7263d" // Obsidian
        hex"0a0f2e1d2f8a3f6fd89cc4f2f8f3e3e8a33d" // Ultramarine
        hex"2b12207a3352d9799bf5bccbfff6f25b8c7b" // Sakura
        hex"0d0b083a2f1b8c6f2fd9b65afbf1d38f2d2d" // Gilt
        hex"1014243b2b58a2436bf08a4bffe39a3fb8af"; // Solstice
    /// @dev Bytes of a palette.
    uint256 private constant PALETTE_SIZE = 18;
    /// @dev 1 in each lane.
    uint256 private constant ONES = 0x10000000100000001;

    /// @notice A palette: its stops, then its accent colour.
    function palette(uint256 number) internal pure returns (uint256[6] memory colours) {
        unchecked {
            uint256 all = load(start(PALETTES) + PALETTE_SIZE * number);
            for (uint256 i = 0; i != 6; ++i) {
                uint256 rgb = all >> 232;
                colours[i] = ((rgb & 0xff0000) << 48) | ((rgb & 0xff00) << 24) | (rgb & 0xff);
                all <<= 24;
            }
        }
    }

    /// @notice What marks and frames are drawn with: the darkest stop, the lightest, and the accent colour.
    function inks(uint256[6] memory colours) internal pure returns (bytes9) {
        // Three bytes each.
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes9(uint72((_rgb(colours[0]) << 48) | (_rgb(colours[4]) << 24) | _rgb(colours[5])));
    }

    /// @notice The colour of a pixel: RGB in the lowest 24 bits.
    /// @param gain at most 511, of which 256 leaves the colour as it is
    function colour(uint256[6] memory colours, uint256 tone, uint256 accent, uint256 gain)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            uint256 i = tone >> 6;
            uint256 f = tone & 63;
            uint256 c = ((colours[i] * (64 - f) + colours[i + 1] * f + 32 * ONES) >> 6) & (255 * ONES);
            uint256 w = (5 * accent) >> 2;
            if (w > 32) {
                w = w < 288 ? w - 32 : 256;
                c = ((c * (256 - w) + colours[5] * w + 128 * ONES) >> 8) & (255 * ONES);
            }
            c = (c * gain >> 8) & (511 * ONES);
            // A ninth bit says that a channel is above 255.
            c = (c | ((c >> 8) & ONES) * 255) & (255 * ONES);
            return _rgb(c);
        }
    }

    /// @dev From lanes to three bytes.
    function _rgb(uint256 lanes) private pure returns (uint256) {
        return (lanes | (lanes >> 24) | (lanes >> 48)) & 0xffffff;
    }
}
