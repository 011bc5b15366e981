// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Choices} from "./Choices.sol";
import {Ink} from "./Ink.sol";
import {Seal} from "./Seal.sol";
import {Wave} from "./Wave.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @notice All within `half` of a circle; a disc is a ring without a radius.
/// @param inner the square of the distance below which it covers nothing
/// @param outer the square of the distance from which on it covers nothing
/// @param ink which ink it is made of
struct Ring {
    int256 x;
    int256 y;
    int256 radius;
    int256 half;
    int256 inner;
    int256 outer;
    uint256 ink;
}

/// @notice All within half a width of a segment, between its ends.
/// @param dx from its first end to its second
/// @param dy likewise
/// @param square of its length
/// @param length rounded down
/// @param reach `length` times the distance from which on it covers nothing
struct Bar {
    int256 x;
    int256 y;
    int256 dx;
    int256 dy;
    int256 square;
    int256 length;
    int256 reach;
}

/// @notice The marks of a picture, in the order in which they are laid: bars, rings, the seal.
struct Drawing {
    Bar[] bars;
    Ring[] rings;
    bool hasSeal;
    uint256 seal;
}

/// @title Marks
/// @notice Small exact drawings over the motif, which the seed places: a seal, orbits, or a constellation.
library Marks {
    using Choices for bytes32;

    uint256 internal constant NONE = 0;
    uint256 private constant SEAL = 1;
    uint256 private constant ORBIT = 2;

    uint256 private constant ORBITS = 3;
    int256 private constant ORBIT_HALF = 5;
    int256 private constant PLANET = 34;
    uint256 private constant STARS = 7;
    int256 private constant BAR_HALF = 3;
    int256 private constant HEART = 7;

    /// @notice The marks of a trait's value.
    function drawingOf(uint256 value, bytes32 choices, int256 size) internal pure returns (Drawing memory drawing) {
        if (value == SEAL) {
            drawing.hasSeal = true;
            drawing.seal = Seal.bits(choices);
        } else if (value == ORBIT) {
            drawing.rings = _orbits(choices, Ink.margin(size));
        } else {
            drawing.bars = _bars(choices, Ink.margin(size));
            drawing.rings = _stars(choices, Ink.margin(size));
        }
    }

    /// @notice The colour at a point, with the marks over it.
    function lay(Drawing memory drawing, uint256 colour, bytes9 inks, int256 size, int256 p, int256 q)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            if (drawing.hasSeal) return Seal.lay(drawing.seal, colour, inks, p, q);
            for (uint256 i = 0; i != drawing.bars.length; ++i) {
                colour = _layBar(drawing.bars[i], colour, inks, size, p, q);
            }
            for (uint256 i = 0; i != drawing.rings.length; ++i) {
                colour = _layRing(drawing.rings[i], colour, inks, size, p, q);
            }
            return colour;
        }
    }

    /* SHAPES */

    function _layRing(Ring memory ring, uint256 colour, bytes9 inks, int256 size, int256 p, int256 q)
        private
        pure
        returns (uint256)
    {
        unchecked {
            p -= ring.x;
            q -= ring.y;
            int256 square = p * p + q * q;
            if (square >= ring.outer || square < ring.inner) return colour;
            int256 off = int256(FixedPointMathLib.sqrt(uint256(square))) - ring.radius;
            uint256 k = Ink.coverage(size, ring.half - (off < 0 ? -off : off));
            return Ink.lay(colour, Ink.pick(inks, ring.ink), k);
        }
    }

    function _layBar(Bar memory bar, uint256 colour, bytes9 inks, int256 size, int256 p, int256 q)
        private
        pure
        returns (uint256)
    {
        unchecked {
            p -= bar.x;
            q -= bar.y;
            int256 cross = p * bar.dy - q * bar.dx;
            if (cross < 0) cross = -cross;
            // Also where both ends are the same: its reach is zero then.
            if (cross >= bar.reach) return colour;
            int256 along = p * bar.dx + q * bar.dy;
            if (along < 0 || along > bar.square) return colour;
            uint256 k = Ink.coverage(size, BAR_HALF - cross / bar.length);
            return Ink.lay(colour, Ink.pick(inks, Ink.LIGHT), k);
        }
    }

    /* DRAWINGS */

    /// @dev Rings, each with a disc on it.
    function _orbits(bytes32 choices, int256 margin) private pure returns (Ring[] memory rings) {
        unchecked {
            (int256 x, int256 y) = (choices.signedAt(5) * 6, choices.signedAt(6) * 6);
            int16[ORBITS] memory least = [int16(260), 560, 900];
            rings = new Ring[](2 * ORBITS);
            for (uint256 n = 0; n != ORBITS; ++n) {
                int256 radius = least[n] + int256(choices.at(7 + n));
                uint256 angle = choices.at(10 + n);
                rings[2 * n] = _ring(x, y, radius, ORBIT_HALF, Ink.LIGHT, margin);
                int256 discX = x + ((Wave.cosine(angle) * radius) >> 10);
                int256 discY = y + ((Wave.sine(angle) * radius) >> 10);
                rings[2 * n + 1] = _ring(discX, discY, 0, PLANET, Ink.ACCENT, margin);
            }
        }
    }

    /// @dev Bars from each star to the next.
    function _bars(bytes32 choices, int256 margin) private pure returns (Bar[] memory bars) {
        unchecked {
            bars = new Bar[](STARS - 1);
            (int256 x, int256 y) = _star(choices, 0);
            for (uint256 n = 1; n != STARS; ++n) {
                (int256 toX, int256 toY) = _star(choices, n);
                (int256 dx, int256 dy) = (toX - x, toY - y);
                int256 square = dx * dx + dy * dy;
                int256 length = int256(FixedPointMathLib.sqrt(uint256(square)));
                bars[n - 1] = Bar(x, y, dx, dy, square, length, (BAR_HALF + margin) * length);
                (x, y) = (toX, toY);
            }
        }
    }

    /// @dev A disc for each star, and a heart in the first.
    function _stars(bytes32 choices, int256 margin) private pure returns (Ring[] memory rings) {
        unchecked {
            rings = new Ring[](STARS + 1);
            for (uint256 n = 0; n != STARS; ++n) {
                (int256 x, int256 y) = _star(choices, n);
                rings[n] = _ring(x, y, 0, int256(15 + (choices.at(19 + n) & 15)), Ink.LIGHT, margin);
            }
            rings[STARS] = _ring(rings[0].x, rings[0].y, 0, HEART, Ink.ACCENT, margin);
        }
    }

    function _star(bytes32 choices, uint256 n) private pure returns (int256, int256) {
        unchecked {
            return (choices.signedAt(5 + 2 * n) * 11, choices.signedAt(6 + 2 * n) * 11);
        }
    }

    function _ring(int256 x, int256 y, int256 radius, int256 half, uint256 ink, int256 margin)
        private
        pure
        returns (Ring memory)
    {
        unchecked {
            // A distance is rounded down before it is compared.
            int256 inner = radius - half - margin + 1;
            return Ring(x, y, radius, half, inner < 0 ? int256(0) : inner ** 2, (radius + half + margin) ** 2, ink);
        }
    }
}
