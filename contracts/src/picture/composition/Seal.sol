// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Choices} from "./Choices.sol";
import {Ink} from "./Ink.sol";

/// @title Seal
/// @notice A square of 7 × 7 cells near the lower right corner: a rim around 5 × 5, whose left half the seed chooses and
/// whose right half mirrors it.
library Seal {
    using Choices for bytes32;

    int256 private constant CORNER = 1140;
    int256 private constant CELL = 48;
    /// @dev Cells on a side within the rim.
    uint256 private constant INSIDE = 5;

    /// @notice The fifteen bits that a seed chooses, three a row, the first in the lowest.
    function bits(bytes32 choices) internal pure returns (uint256) {
        return choices.at(3) | (choices.at(4) << 8);
    }

    /// @notice The colour at a point, with the seal over it: a cell is all or nothing.
    function lay(uint256 seal, uint256 colour, bytes9 inks, int256 p, int256 q) internal pure returns (uint256) {
        unchecked {
            p -= CORNER;
            q -= CORNER;
            if (p < 0 || q < 0 || p >= 7 * CELL || q >= 7 * CELL) return colour;
            return Ink.pick(inks, _isLight(seal, uint256(p / CELL), uint256(q / CELL)) ? Ink.LIGHT : Ink.ACCENT);
        }
    }

    function _isLight(uint256 seal, uint256 column, uint256 row) private pure returns (bool) {
        unchecked {
            // The place within the rim; what lies on its left or upper side becomes a large number.
            (--column, --row);
            if (column >= INSIDE || row >= INSIDE) return false;
            uint256 mirrored = INSIDE - 1 - column;
            return (seal >> (3 * row + (column < mirrored ? column : mirrored))) & 1 == 1;
        }
    }
}
