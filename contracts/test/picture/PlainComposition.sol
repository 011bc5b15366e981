// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title PlainComposition
/// @notice Composition 1 for one pixel, line by line after docs/protocol.md, section 2; slow, and without any trick.
library PlainComposition {
    struct Pixel {
        int256 size;
        int256 p;
        int256 q;
    }

    /// @dev Dark, light and accent, RGB each.
    struct Inks {
        uint256 dark;
        uint256 light;
        uint256 accent;
    }

    int256 internal constant CORNER = 912;

    /* WHERE TO LOOK */

    function pixelAt(uint256 size, uint256 x, uint256 y) internal pure returns (Pixel memory) {
        int256 p = ((2 * int256(x) + 1) * 2048 / int256(size)) - 2048;
        int256 q = ((2 * int256(y) + 1) * 2048 / int256(size)) - 2048;
        return Pixel(int256(size), p, q);
    }

    function place(bytes32 seed, bytes32 traits, Pixel memory at) internal pure returns (int256 u, int256 v) {
        bytes32 c = choices(seed);
        (int256 p, int256 q) = fold(uint8(traits[29]), at.p, at.q);
        int256 z = [int256(11), 14, 18, 22][uint8(traits[28])];
        if (uint8(traits[29]) > 3) z = (z + 22) / 2;
        p = (p * z) >> 5;
        q = (q * z) >> 5;
        uint256 t = uint8(c[0]) % 64;
        int256 w = 2040 - 91 * z;
        u = ((sine(t + 16) * p - sine(t) * q) >> 10) + ((i8(c[1]) * w) >> 8);
        v = ((sine(t) * p + sine(t + 16) * q) >> 10) + ((i8(c[2]) * w) >> 8);
    }

    function fold(uint256 symmetry, int256 p, int256 q) internal pure returns (int256, int256) {
        if (symmetry == 0) return (p, q);
        if (symmetry == 1) return (abs(p), q);
        if (symmetry == 2) return (p, abs(q));
        if (symmetry == 3) return (max(p, q), min(p, q));
        if (symmetry == 4) return (abs(p), abs(q));
        return (max(abs(p), abs(q)), min(abs(p), abs(q)));
    }

    /* WHAT IS LAID OVER IT */

    function finish(bytes32 seed, bytes32 traits, Pixel memory at, uint256 colour, Inks memory inks)
        internal
        pure
        returns (uint256)
    {
        bytes32 c = choices(seed);
        uint256 marks = uint8(traits[25]);
        if (marks == 1) colour = seal(c, at, colour, inks);
        if (marks == 2) colour = orbit(c, at, colour, inks);
        if (marks == 3) colour = constellation(c, at, colour, inks);
        return frame(uint8(traits[26]), at, colour, inks);
    }

    function frame(uint256 kind, Pixel memory at, uint256 colour, Inks memory inks) internal pure returns (uint256) {
        int256 m = max(abs(at.p), abs(at.q));
        int256 rho = isqrt(at.p * at.p + at.q * at.q);
        if (kind == 1) return lay(colour, inks.light, at.size, 10 - abs(m - 1890));
        if (kind == 2) {
            colour = lay(colour, inks.light, at.size, m - 1700);
            return lay(colour, inks.dark, at.size, 5 - abs(m - 1716));
        }
        if (kind == 3) {
            colour = lay(colour, inks.dark, at.size, rho - 1780);
            return lay(colour, inks.accent, at.size, 8 - abs(rho - 1830));
        }
        return colour;
    }

    function seal(bytes32 c, Pixel memory at, uint256 colour, Inks memory inks) internal pure returns (uint256) {
        if (at.p < CORNER || at.q < CORNER || at.p >= CORNER + 7 * 48 || at.q >= CORNER + 7 * 48) return colour;
        int256 i = (at.p - CORNER) / 48;
        int256 j = (at.q - CORNER) / 48;
        if (i == 0 || i == 6 || j == 0 || j == 6) return inks.accent;
        // Within the rim they count from zero.
        i -= 1;
        j -= 1;
        uint256 k = uint256(3 * j + min(i, 4 - i));
        bool isSet = (uint8(c[3 + k / 8]) >> (k % 8)) & 1 == 1;
        return isSet ? inks.light : inks.accent;
    }

    function orbit(bytes32 c, Pixel memory at, uint256 colour, Inks memory inks) internal pure returns (uint256) {
        for (uint256 n = 0; n < 3; ++n) {
            int256 r = [int256(260), 560, 900][n] + int256(uint256(uint8(c[7 + n])));
            int256 x = i8(c[5]) * 6;
            int256 y = i8(c[6]) * 6;
            colour = mark(colour, inks, inks.light, at.size, 6 - abs(distance(at, x, y) - r));
            colour = planet(uint8(c[10 + n]) % 64, x, y, r, at, colour, inks);
        }
        return colour;
    }

    function planet(uint256 t, int256 x, int256 y, int256 r, Pixel memory at, uint256 colour, Inks memory inks)
        internal
        pure
        returns (uint256)
    {
        int256 off = distance(at, x + ((sine(t + 16) * r) >> 10), y + ((sine(t) * r) >> 10));
        return mark(colour, inks, inks.accent, at.size, 40 - off);
    }

    function constellation(bytes32 c, Pixel memory at, uint256 colour, Inks memory inks)
        internal
        pure
        returns (uint256)
    {
        for (uint256 n = 0; n < 6; ++n) {
            colour = bar(c, n, at, colour, inks);
        }
        for (uint256 n = 0; n < 7; ++n) {
            (int256 x, int256 y) = star(c, n);
            int256 r = 15 + int256(uint256(uint8(c[19 + n]) & 15));
            uint256 ink = n == 0 ? inks.accent : inks.light;
            colour = mark(colour, inks, ink, at.size, r - distance(at, x, y));
        }
        return colour;
    }

    function bar(bytes32 c, uint256 n, Pixel memory at, uint256 colour, Inks memory inks)
        internal
        pure
        returns (uint256)
    {
        (int256 ax, int256 ay) = star(c, n);
        (int256 bx, int256 by) = star(c, n + 1);
        int256 square = (bx - ax) ** 2 + (by - ay) ** 2;
        int256 length = isqrt(square);
        int256 dot = (at.p - ax) * (bx - ax) + (at.q - ay) * (by - ay);
        if (length == 0 || dot < 0 || dot > square) return colour;
        int256 cross = (at.p - ax) * (by - ay) - (at.q - ay) * (bx - ax);
        return mark(colour, inks, inks.light, at.size, 4 - abs(cross) / length);
    }

    function star(bytes32 c, uint256 n) internal pure returns (int256, int256) {
        return (i8(c[5 + 2 * n]) * 11, i8(c[6 + 2 * n]) * 11);
    }

    /// @dev Dark ink with half the coverage of a shape that reaches 8 units further, then the shape's ink.
    function mark(uint256 colour, Inks memory inks, uint256 ink, int256 size, int256 e)
        internal
        pure
        returns (uint256)
    {
        colour = blend(colour, inks.dark, coverage(size, e + 8) / 2);
        return lay(colour, ink, size, e);
    }

    /// @dev Coverage, and then laying.
    function lay(uint256 colour, uint256 ink, int256 size, int256 e) internal pure returns (uint256) {
        return blend(colour, ink, coverage(size, e));
    }

    function coverage(int256 size, int256 e) internal pure returns (int256) {
        return min(max(128 + ((e * size) >> 4), 0), 256);
    }

    function blend(uint256 colour, uint256 ink, int256 k) internal pure returns (uint256 laid) {
        for (uint256 shift = 0; shift < 24; shift += 8) {
            int256 under = int256((colour >> shift) & 0xff);
            int256 over = int256((ink >> shift) & 0xff);
            laid |= uint256((under * (256 - k) + over * k + 128) >> 8) << shift;
        }
    }

    /* NUMBERS */

    function choices(bytes32 seed) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("verdigris/composition/1", seed));
    }

    /// @dev `round(1024·sin(2πi/64))`, all 64 of them.
    function sine(uint256 i) internal pure returns (int256) {
        int16[64] memory table = [
            int16(0),
            100,
            200,
            297,
            392,
            483,
            569,
            650,
            724,
            792,
            851,
            903,
            946,
            980,
            1004,
            1019,
            1024,
            1019,
            1004,
            980,
            946,
            903,
            851,
            792,
            724,
            650,
            569,
            483,
            392,
            297,
            200,
            100,
            0,
            -100,
            -200,
            -297,
            -392,
            -483,
            -569,
            -650,
            -724,
            -792,
            -851,
            -903,
            -946,
            -980,
            -1004,
            -1019,
            -1024,
            -1019,
            -1004,
            -980,
            -946,
            -903,
            -851,
            -792,
            -724,
            -650,
            -569,
            -483,
            -392,
            -297,
            -200,
            -100
        ];
        return table[i % 64];
    }

    function distance(Pixel memory at, int256 x, int256 y) internal pure returns (int256) {
        return isqrt((at.p - x) ** 2 + (at.q - y) ** 2);
    }

    /// @dev By halving an interval.
    function isqrt(int256 n) internal pure returns (int256 low) {
        int256 high = 8192;
        while (high - low > 1) {
            int256 middle = (low + high) / 2;
            if (middle * middle <= n) low = middle;
            else high = middle;
        }
    }

    function i8(bytes1 value) internal pure returns (int256) {
        return int8(uint8(value));
    }

    function abs(int256 t) internal pure returns (int256) {
        return t < 0 ? -t : t;
    }

    function max(int256 s, int256 t) internal pure returns (int256) {
        return s > t ? s : t;
    }

    function min(int256 s, int256 t) internal pure returns (int256) {
        return s < t ? s : t;
    }
}
