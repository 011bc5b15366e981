// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {COLOUR_SIZE, POINT_SIZE, pointAt, start, startOf} from "../../types/Stages.sol";
import {Ink} from "./Ink.sol";
import {Sight} from "./Sight.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Frame
/// @notice What lies around the picture: a thin light line, paper with a window and a dark line around that, or a round
/// window in the dark with a ring of the accent around it.
library Frame {
    uint256 internal constant NONE = 0;
    uint256 private constant KEYLINE = 1;
    uint256 private constant MAT = 2;

    // Distances from the middle, and half widths of lines.
    int256 private constant KEYLINE_AT = 1890;
    int256 private constant KEYLINE_HALF = 10;
    int256 private constant MAT_AT = 1700;
    int256 private constant MAT_LINE_AT = 1716;
    int256 private constant MAT_LINE_HALF = 5;
    int256 private constant TONDO_AT = 1780;
    int256 private constant TONDO_RING_AT = 1830;
    int256 private constant TONDO_RING_HALF = 8;

    /// @notice Whether nothing of the motif is seen at a point.
    /// @param beyond how far beyond its edge a frame covers everything
    function hides(uint256 frame, int256 beyond, int256 p, int256 q) internal pure returns (bool) {
        unchecked {
            if (frame < MAT) return false;
            if (frame == MAT) return _fromMiddle(p, q) >= MAT_AT + beyond;
            return p * p + q * q >= (TONDO_AT + beyond) ** 2;
        }
    }

    /// @notice How far beyond its edge a shape covers everything, in units.
    function opaqueFrom(int256 size) internal pure returns (int256) {
        unchecked {
            return (2047 + size) / size;
        }
    }

    /// @notice Lays a frame over colours.
    function lay(uint256 frame, bytes memory colours, bytes calldata points, bytes9 inks, int256 size) internal pure {
        unchecked {
            uint256 to = start(colours);
            uint256 from = startOf(points);
            for (uint256 end = from + points.length; from != end; from += POINT_SIZE) {
                (int256 p, int256 q) = pointAt(from);
                _layAt(frame, to, inks, size, p, q);
                to += COLOUR_SIZE;
            }
        }
    }

    function _layAt(uint256 frame, uint256 to, bytes9 inks, int256 size, int256 p, int256 q) private pure {
        unchecked {
            if (frame == KEYLINE) {
                _lay(to, inks, Ink.LIGHT, size, KEYLINE_HALF - _abs(_fromMiddle(p, q) - KEYLINE_AT));
            } else if (frame == MAT) {
                int256 m = _fromMiddle(p, q);
                _lay(to, inks, Ink.LIGHT, size, m - MAT_AT);
                _lay(to, inks, Ink.DARK, size, MAT_LINE_HALF - _abs(m - MAT_LINE_AT));
            } else {
                int256 radius = int256(FixedPointMathLib.sqrt(uint256(p * p + q * q)));
                _lay(to, inks, Ink.DARK, size, radius - TONDO_AT);
                _lay(to, inks, Ink.ACCENT, size, TONDO_RING_HALF - _abs(radius - TONDO_RING_AT));
            }
        }
    }

    function _lay(uint256 to, bytes9 inks, uint256 ink, int256 size, int256 inside) private pure {
        Ink.layAt(to, Ink.pick(inks, ink), Ink.coverage(size, inside));
    }

    /// @dev The distance from the middle as a square's half width.
    function _fromMiddle(int256 p, int256 q) private pure returns (int256) {
        (p, q) = (Sight.mirrored(p), Sight.mirrored(q));
        return p > q ? p : q;
    }

    function _abs(int256 value) private pure returns (int256) {
        unchecked {
            return value < 0 ? -value : value;
        }
    }
}
