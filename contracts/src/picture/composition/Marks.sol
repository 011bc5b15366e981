// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {COLOUR_SIZE, POINT_SIZE, pointAt, start, startOf} from "../../types/Stages.sol";
import {Choices} from "./Choices.sol";
import {Ink} from "./Ink.sol";
import {Seal} from "./Seal.sol";
import {Wave} from "./Wave.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Marks
/// @notice Small exact drawings over the motif, which the seed places: a seal, orbits, or a constellation.
library Marks {
    using Choices for bytes32;

    /// @notice What marks are laid on.
    /// @param colours where the first pixel's colour lies in memory
    /// @param points where its point lies in the calldata
    /// @param end where the points end
    /// @param inks dark, light and accent
    /// @param size the picture's
    /// @param margin how far outside of its edge a mark's shade still covers something
    struct Sheet {
        uint256 colours;
        uint256 points;
        uint256 end;
        bytes9 inks;
        int256 size;
        int256 margin;
    }

    /// @dev What is needed of a ring where it is laid.
    struct Ring {
        int256 radius;
        int256 half;
        uint256 ink;
        uint256 dark;
        int256 size;
    }

    /// @dev What is needed of a bar where it is laid.
    /// @param square of its length
    /// @param length rounded down
    struct Bar {
        int256 square;
        int256 length;
        uint256 ink;
        uint256 dark;
        int256 size;
    }

    uint256 internal constant NONE = 0;
    uint256 private constant SEAL = 1;
    uint256 private constant ORBIT = 2;

    uint256 private constant ORBITS = 3;
    int256 private constant ORBIT_HALF = 6;
    /// @dev Two bytes each, the first orbit's in the lowest.
    uint256 private constant LEAST_RADII = 0x038402300104;
    int256 private constant PLANET = 40;
    uint256 private constant STARS = 7;
    int256 private constant BAR_HALF = 4;

    /// @notice Lays the marks of a trait's value over colours, one shape after another.
    function lay(uint256 value, bytes32 choices, bytes memory colours, bytes calldata points, bytes9 inks, int256 size)
        internal
        pure
    {
        if (value == SEAL) return Seal.lay(Seal.bits(choices), colours, points, inks);
        uint256 from = startOf(points);
        Sheet memory sheet = Sheet(start(colours), from, from + points.length, inks, size, Ink.margin(size) + Ink.SHADE);
        if (value == ORBIT) return _layOrbits(sheet, choices);
        _layBars(sheet, choices);
        _layStars(sheet, choices);
    }

    /* DRAWINGS */

    /// @dev Rings, each with a disc on it.
    function _layOrbits(Sheet memory sheet, bytes32 choices) private pure {
        unchecked {
            (int256 x, int256 y) = (choices.signedAt(5) * 6, choices.signedAt(6) * 6);
            for (uint256 n = 0; n != ORBITS; ++n) {
                int256 radius = int256(((LEAST_RADII >> (16 * n)) & 0xffff) + choices.at(7 + n));
                uint256 angle = choices.at(10 + n);
                _layRing(sheet, x, y, radius, ORBIT_HALF, Ink.LIGHT);
                int256 discX = x + ((Wave.cosine(angle) * radius) >> 10);
                int256 discY = y + ((Wave.sine(angle) * radius) >> 10);
                _layRing(sheet, discX, discY, 0, PLANET, Ink.ACCENT);
            }
        }
    }

    /// @dev A bar from each star to the next.
    function _layBars(Sheet memory sheet, bytes32 choices) private pure {
        unchecked {
            (int256 x, int256 y) = _star(choices, 0);
            for (uint256 n = 1; n != STARS; ++n) {
                (int256 toX, int256 toY) = _star(choices, n);
                _layBar(sheet, x, y, toX - x, toY - y);
                (x, y) = (toX, toY);
            }
        }
    }

    /// @dev A disc for each star.
    function _layStars(Sheet memory sheet, bytes32 choices) private pure {
        unchecked {
            for (uint256 n = 0; n != STARS; ++n) {
                (int256 x, int256 y) = _star(choices, n);
                uint256 ink = n == 0 ? Ink.ACCENT : Ink.LIGHT;
                _layRing(sheet, x, y, 0, int256(15 + (choices.at(19 + n) & 15)), ink);
            }
        }
    }

    function _star(bytes32 choices, uint256 n) private pure returns (int256, int256) {
        unchecked {
            return (choices.signedAt(5 + 2 * n) * 11, choices.signedAt(6 + 2 * n) * 11);
        }
    }

    /* SHAPES */

    /// @dev All within `half` of a circle; a disc is a ring without a radius.
    function _layRing(Sheet memory sheet, int256 x, int256 y, int256 radius, int256 half, uint256 ink) private pure {
        unchecked {
            Ring memory ring = Ring(radius, half, Ink.pick(sheet.inks, ink), Ink.pick(sheet.inks, Ink.DARK), sheet.size);
            int256 outer = radius + half + sheet.margin;
            outer *= outer;
            // A distance is rounded down before it is compared.
            int256 inner = radius - half - sheet.margin + 1;
            inner = inner < 0 ? int256(0) : inner * inner;
            uint256 to = sheet.colours;
            uint256 end = sheet.end;
            for (uint256 from = sheet.points; from != end; from += POINT_SIZE) {
                (int256 p, int256 q) = pointAt(from);
                p -= x;
                q -= y;
                p = p * p + q * q;
                if (p < outer && p >= inner) _touch(ring, to, p);
                to += COLOUR_SIZE;
            }
        }
    }

    /// @dev Lays a ring over the colour at an address.
    /// @param square of the distance from its centre
    function _touch(Ring memory ring, uint256 to, int256 square) private pure {
        unchecked {
            int256 off = int256(FixedPointMathLib.sqrt(uint256(square))) - ring.radius;
            Ink.markAt(to, ring.ink, ring.dark, ring.size, ring.half - (off < 0 ? -off : off));
        }
    }

    /// @dev All within half a width of a segment, between its ends.
    /// @param x its first end
    /// @param y likewise
    /// @param dx from there to its second
    /// @param dy likewise
    function _layBar(Sheet memory sheet, int256 x, int256 y, int256 dx, int256 dy) private pure {
        unchecked {
            int256 square = dx * dx + dy * dy;
            int256 length = int256(FixedPointMathLib.sqrt(uint256(square)));
            Bar memory bar =
                Bar(square, length, Ink.pick(sheet.inks, Ink.LIGHT), Ink.pick(sheet.inks, Ink.DARK), sheet.size);
            // The distance from its line from which on there is not even shade, times its length.
            int256 reach = (BAR_HALF + sheet.margin) * length;
            uint256 to = sheet.colours;
            uint256 end = sheet.end;
            for (uint256 from = sheet.points; from != end; from += POINT_SIZE) {
                (int256 p, int256 q) = pointAt(from);
                p -= x;
                q -= y;
                int256 cross = p * dy - q * dx;
                if (cross < 0) cross = -cross;
                // None where both ends are the same.
                if (cross < reach) _cross(bar, to, cross, p * dx + q * dy);
                to += COLOUR_SIZE;
            }
        }
    }

    /// @dev Lays a bar over the colour at an address.
    /// @param cross the distance from its line, times its length
    /// @param along the distance from its first end along it, times its length
    function _cross(Bar memory bar, uint256 to, int256 cross, int256 along) private pure {
        unchecked {
            if (along < 0 || along > bar.square) return;
            Ink.markAt(to, bar.ink, bar.dark, bar.size, BAR_HALF - cross / bar.length);
        }
    }
}
