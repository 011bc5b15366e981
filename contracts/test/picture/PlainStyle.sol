// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PlainComposition} from "./PlainComposition.sol";

/// @title PlainStyle
/// @notice Style 1 for one pixel, line by line after docs/protocol.md, section 2; slow, and without any trick.
library PlainStyle {
    /// @dev Five stops and an accent, a palette a line, as they are published.
    string internal constant PALETTES = "0b1f24 155e5b 3fa796 a8dcc4 f4efe0 c8703a 160b14 5a1226 c0361f f29345 ffe9b8 2f8f9d "
        "071a2b 0e4d64 188a8d 74c7a5 f6f0d8 ff6f59 1a0b2e 55256b a6489b e79bc4 fbeaf0 f2c14e "
        "20120a 7a3a0c d9820f f6c24a fff5d6 1f6f78 0a1626 23486b 5b8fb9 b4d7e8 f7fbfc e8505b "
        "0f1a12 2f4a2b 6b8546 b9c27c f3f1da e07a5f 1c0a10 5b1a2b 9d3c4a db8f86 f9e7dc 4f9d8b "
        "05060f 141c44 36408f 8a8fd0 e9e6f7 f7c85c 2a0e1b 8c2f45 f0655a ffb199 fff1e6 2a9d8f "
        "16201d 46574b 8a9a72 cbd09a f7f4e3 e3b23c 0b0a24 2a2372 4f56c5 97a9ee f2f4ff ff8c61 "
        "22140f 6b3b2a b87350 e2b594 faf0e4 3a6b7e 0a1033 1b4b72 1fa187 8fe388 f6f9c9 e45dbf "
        "1d2b4f 4568a8 a3bedd e3eaf0 fdfbf7 c9a24b 08080a 26262c 55555f a0a0a8 f1efea d7263d "
        "0a0f2e 1d2f8a 3f6fd8 9cc4f2 f8f3e3 e8a33d 2b1220 7a3352 d9799b f5bccb fff6f2 5b8c7b "
        "0d0b08 3a2f1b 8c6f2f d9b65a fbf1d3 8f2d2d 101424 3b2b58 a2436b f08a4b ffe39a 3fb8af ";

    /// @dev Colour `i` of a palette; the last is the accent.
    function colourOf(uint256 palette, uint256 i) internal pure returns (uint256 rgb) {
        bytes memory text = bytes(PALETTES);
        for (uint256 at = 7 * (6 * palette + i); text[at] != " "; ++at) {
            uint256 digit = uint8(text[at]);
            rgb = 16 * rgb + (digit < 58 ? digit - 48 : digit - 87);
        }
    }

    function inks(bytes32 traits) internal pure returns (PlainComposition.Inks memory) {
        uint256 palette = uint8(traits[31]);
        return PlainComposition.Inks(colourOf(palette, 0), colourOf(palette, 4), colourOf(palette, 5));
    }

    function colour(bytes32 traits, PlainComposition.Pixel memory at, uint256 tone, uint256 accent, uint256 edge)
        internal
        pure
        returns (uint256 rgb)
    {
        (int256 t, int256 g) = texture(uint8(traits[27]), at, int256(tone), int256(128 + edge));
        int256 w = PlainComposition.min(PlainComposition.max(((5 * int256(accent)) >> 2) - 32, 0), 256);
        for (uint256 shift = 0; shift < 24; shift += 8) {
            int256 c = channel(uint8(traits[31]), shift, t, w);
            rgb |= uint256(PlainComposition.min(255, (c * PlainComposition.max(g, 0)) >> 8)) << shift;
        }
    }

    function channel(uint256 palette, uint256 shift, int256 t, int256 w) internal pure returns (int256 c) {
        uint256 i = uint256(t >> 6);
        int256 f = t & 63;
        int256 low = int256((colourOf(palette, i) >> shift) & 0xff);
        int256 high = int256((colourOf(palette, i + 1) >> shift) & 0xff);
        c = (low * (64 - f) + high * f + 32) >> 6;
        c = (c * (256 - w) + int256((colourOf(palette, 5) >> shift) & 0xff) * w + 128) >> 8;
    }

    /// @dev Tone and gain.
    function texture(uint256 kind, PlainComposition.Pixel memory at, int256 t, int256 g)
        internal
        pure
        returns (int256, int256)
    {
        int256 x = at.p + 2048;
        int256 y = at.q + 2048;
        if (kind == 1) return (t, g + ((noise(uint256(x), uint256(y)) - 128) >> 1));
        if (kind == 2) {
            int256 d = t & 31;
            d = PlainComposition.min(d, 32 - d);
            return (t, g - 36 * PlainComposition.max(0, 3 - d));
        }
        if (kind == 3) {
            int256 b = (t * 5) >> 8;
            int256 f = (t * 5) & 255;
            return (51 * b + ((51 * PlainComposition.max(0, f - 192)) >> 6), g);
        }
        if (kind == 4) {
            int256 width = (208 - t) >> 2 > 6 ? (208 - t) >> 2 : int256(6);
            if (PlainComposition.abs(((x + y) & 127) - 64) < width) g -= 64;
            if (PlainComposition.abs(((x - y) & 127) - 64) < (96 - t) >> 1) g -= 48;
            return (t, g);
        }
        if (kind == 5) {
            int256 dx = (x & 127) - 64;
            int256 dy = (y & 127) - 64;
            return (t, dx * dx + dy * dy > 256 + 24 * t ? (g * 100) >> 8 : g);
        }
        return (t, g);
    }

    function noise(uint256 x, uint256 y) internal pure returns (int256) {
        unchecked {
            // Casts cut numbers down to 32 bits, as the text says.
            uint32 n = uint32((x >> 3) * 0x9e3779b1) ^ uint32((y >> 3) * 0x85ebca77);
            n = (n ^ (n >> 15)) * 0x2c1b3c6d;
            return int256(uint256(n >> 24));
        }
    }
}
