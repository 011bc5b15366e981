// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Texture
/// @notice How a picture's surface is worked: grain, lines and dots that lie in the picture, not on the plane.
library Texture {
    uint256 private constant SMOOTH = 0;
    uint256 private constant GRAIN = 1;
    uint256 private constant CONTOUR = 2;
    uint256 private constant POSTER = 3;
    uint256 private constant HATCH = 4;

    /// @notice A pixel's tone and gain with the texture over them. Gains begin at 128 at least, and none becomes
    /// negative.
    /// @param x column of the point in the picture, 0 to 4095
    /// @param y its row
    function over(uint256 texture, uint256 x, uint256 y, uint256 tone, uint256 gain)
        internal
        pure
        returns (uint256, uint256)
    {
        unchecked {
            if (texture == SMOOTH) return (tone, gain);
            if (texture == GRAIN) return (tone, gain + (_noise(x >> 3, y >> 3) >> 1) - 64);
            if (texture == CONTOUR) return (tone, gain - _contour(tone));
            if (texture == POSTER) return (_poster(tone), gain);
            if (texture == HATCH) return (tone, gain - _hatch(x, y, tone));
            return (tone, _isDot(x & 127, y & 127, tone) ? gain : (gain * 100) >> 8);
        }
    }

    /// @dev What a dark line at every 32nd tone takes, as on a map.
    function _contour(uint256 tone) private pure returns (uint256) {
        unchecked {
            uint256 off = tone & 31;
            if (off > 16) off = 32 - off;
            return off < 3 ? 36 * (3 - off) : 0;
        }
    }

    /// @dev Five flat tones with short slopes between them, as in a screen print.
    function _poster(uint256 tone) private pure returns (uint256) {
        unchecked {
            uint256 within = (5 * tone) & 255;
            return 51 * ((5 * tone) >> 8) + (within > 192 ? (51 * (within - 192)) >> 6 : 0);
        }
    }

    /// @dev What slanted lines take, which are hair-thin in the light, thicken where it is dark and are crossed where it
    /// is darkest.
    function _hatch(uint256 x, uint256 y, uint256 tone) private pure returns (uint256 taken) {
        unchecked {
            int256 from = _fromLine(x + y);
            if (from < 6 || from < (int256(208) - int256(tone)) >> 2) taken = 64;
            // A width of zero or less is no line.
            if (_fromLine(x - y) < (int256(96) - int256(tone)) >> 1) taken += 48;
        }
    }

    /// @dev The distance from the middle of one of the lines that lie 128 units apart.
    function _fromLine(uint256 at) private pure returns (int256 off) {
        unchecked {
            off = int256(at & 127) - 64;
            if (off < 0) off = -off;
        }
    }

    /// @dev Whether a point lies in one of the dots that grow with the tone, as in newsprint.
    function _isDot(uint256 x, uint256 y, uint256 tone) private pure returns (bool) {
        unchecked {
            // Squares are the same for differences below zero.
            return (x - 64) * (x - 64) + (y - 64) * (y - 64) <= 256 + 24 * tone;
        }
    }

    /// @dev A hash of two numbers, 0 to 255.
    function _noise(uint256 x, uint256 y) private pure returns (uint256) {
        unchecked {
            uint256 mixed = ((x * 0x9e3779b1) ^ (y * 0x85ebca77)) & 0xffffffff;
            return (((mixed ^ (mixed >> 15)) * 0x2c1b3c6d) >> 24) & 0xff;
        }
    }
}
