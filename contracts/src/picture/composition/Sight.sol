// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Traits} from "../../lib/Traits.sol";
import {Choices} from "./Choices.sol";
import {Wave} from "./Wave.sol";

/// @title Sight
/// @notice The part of the plane that is seen: points become places by being mirrored, made denser, turned and shifted.
library Sight {
    using Choices for bytes32;

    /// @notice How points become places.
    /// @param mirrorsP whether what is left of the middle shows what is right of it
    /// @param mirrorsQ whether what is above the middle shows what is below it
    /// @param sorts whether both sides of the diagonal show the same
    /// @param zoom 32nds of the plane that are seen
    /// @param cosine of the angle by which the plane is turned, times 1024
    /// @param sine likewise
    /// @param shiftU by how much the plane is shifted
    /// @param shiftV likewise
    struct Bearing {
        bool mirrorsP;
        bool mirrorsQ;
        bool sorts;
        int256 zoom;
        int256 cosine;
        int256 sine;
        int256 shiftU;
        int256 shiftV;
    }

    /// @dev Of each density, one byte, from the lowest.
    uint256 private constant ZOOMS = 0x16120e0b;
    // Bit n says it of symmetry n: none, mirror, horizon, diagonal, quarter, kaleidoscope.
    uint256 private constant MIRRORING_P = 0x32;
    uint256 private constant MIRRORING_Q = 0x34;
    uint256 private constant SORTING = 0x28;
    uint256 private constant FAR = 0x30;

    function bearingOf(bytes32 choices, bytes32 traits) internal pure returns (Bearing memory bearing) {
        unchecked {
            uint256 symmetry = 1 << Traits.valueOf(traits, Traits.SYMMETRY);
            bearing.mirrorsP = MIRRORING_P & symmetry != 0;
            bearing.mirrorsQ = MIRRORING_Q & symmetry != 0;
            bearing.sorts = SORTING & symmetry != 0;
            bearing.zoom = int256((ZOOMS >> (8 * Traits.valueOf(traits, Traits.DENSITY))) & 0xff);
            // What is folded twice and more shows so little of the plane that it is drawn from further away.
            if (FAR & symmetry != 0) bearing.zoom = (bearing.zoom + 22) >> 1;
            bearing.cosine = Wave.cosine(choices.at(0));
            bearing.sine = Wave.sine(choices.at(0));
            // What is left of the plane around a turned square.
            int256 room = 2040 - 91 * bearing.zoom;
            bearing.shiftU = (choices.signedAt(1) * room) >> 8;
            bearing.shiftV = (choices.signedAt(2) * room) >> 8;
        }
    }

    /// @notice The place of a point.
    function place(Bearing memory bearing, int256 p, int256 q) internal pure returns (int256 u, int256 v) {
        unchecked {
            if (bearing.mirrorsP) p = mirrored(p);
            if (bearing.mirrorsQ) q = mirrored(q);
            if (bearing.sorts && p < q) (p, q) = (q, p);
            p = (p * bearing.zoom) >> 5;
            q = (q * bearing.zoom) >> 5;
            u = ((bearing.cosine * p - bearing.sine * q) >> 10) + bearing.shiftU;
            v = ((bearing.sine * p + bearing.cosine * q) >> 10) + bearing.shiftV;
        }
    }

    /// @notice `t` or, left of zero, its mirror image.
    function mirrored(int256 t) internal pure returns (int256) {
        unchecked {
            int256 sign = t >> 255;
            return (t ^ sign) - sign;
        }
    }
}
