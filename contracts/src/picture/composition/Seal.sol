// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {COLOUR_SIZE, POINT_SIZE, pointAt, start, startOf} from "../../types/Stages.sol";
import {Choices} from "./Choices.sol";
import {Ink} from "./Ink.sol";

/// @title Seal
/// @notice A square of 7 × 7 cells towards the lower right corner: a rim around 5 × 5, whose left half the seed chooses
/// and whose right half mirrors it.
library Seal {
    using Choices for bytes32;

    int256 private constant CORNER = 912;
    uint256 private constant CELL = 48;
    /// @dev Cells on a side.
    uint256 private constant CELLS = 7;
    /// @dev Cells on a side within the rim.
    uint256 private constant INSIDE = 5;

    /// @notice The fifteen bits that a seed chooses, three a row, the first in the lowest.
    function bits(bytes32 choices) internal pure returns (uint256) {
        return choices.at(3) | (choices.at(4) << 8);
    }

    /// @notice Lays the seal over colours: a cell is all or nothing.
    function lay(uint256 seal, bytes memory colours, bytes calldata points, bytes9 inks) internal pure {
        unchecked {
            (uint256 light, uint256 accent) = (Ink.pick(inks, Ink.LIGHT), Ink.pick(inks, Ink.ACCENT));
            uint256 to = start(colours);
            uint256 from = startOf(points);
            for (uint256 end = from + points.length; from != end; from += POINT_SIZE) {
                (int256 p, int256 q) = pointAt(from);
                // What lies on its left or upper side becomes a large number.
                uint256 column = uint256(p - CORNER) / CELL;
                uint256 row = uint256(q - CORNER) / CELL;
                if (column < CELLS && row < CELLS) Ink.layAt(to, _isLight(seal, column, row) ? light : accent, 256);
                to += COLOUR_SIZE;
            }
        }
    }

    function _isLight(uint256 seal, uint256 column, uint256 row) private pure returns (bool) {
        unchecked {
            // The place within the rim; on its left or upper side a large number.
            (--column, --row);
            if (column >= INSIDE || row >= INSIDE) return false;
            uint256 mirrored = INSIDE - 1 - column;
            return (seal >> (3 * row + (column < mirrored ? column : mirrored))) & 1 == 1;
        }
    }
}
