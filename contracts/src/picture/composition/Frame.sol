// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

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

    /// @notice The colour at a point, with the frame over it.
    function lay(uint256 frame, uint256 colour, bytes9 inks, int256 size, int256 p, int256 q)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            if (frame == KEYLINE) {
                int256 m = _fromMiddle(p, q);
                return _lay(colour, Ink.pick(inks, Ink.LIGHT), size, KEYLINE_HALF - _abs(m - KEYLINE_AT));
            }
            if (frame == MAT) {
                int256 m = _fromMiddle(p, q);
                colour = _lay(colour, Ink.pick(inks, Ink.LIGHT), size, m - MAT_AT);
                return _lay(colour, Ink.pick(inks, Ink.DARK), size, MAT_LINE_HALF - _abs(m - MAT_LINE_AT));
            }
            int256 radius = int256(FixedPointMathLib.sqrt(uint256(p * p + q * q)));
            colour = _lay(colour, Ink.pick(inks, Ink.DARK), size, radius - TONDO_AT);
            return _lay(colour, Ink.pick(inks, Ink.ACCENT), size, TONDO_RING_HALF - _abs(radius - TONDO_RING_AT));
        }
    }

    function _lay(uint256 colour, uint256 ink, int256 size, int256 inside) private pure returns (uint256) {
        uint256 k = Ink.coverage(size, inside);
        return k == 0 ? colour : Ink.lay(colour, ink, k);
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
