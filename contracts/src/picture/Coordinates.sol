// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Traits} from "../lib/Traits.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title Coordinates
/// @notice From a pixel's column and row to the six features that the network reads (docs/protocol.md, section 2).
/// @dev A coordinate runs from -2048 to 2047 over the picture's width or height. Columns and rows are mirrored and made
/// denser alone; only a kaleidoscope and the distance from the centre look at both.
library Coordinates {
    /// @notice A picture's size and the traits that bend its plane.
    /// @param size width and height in pixels
    /// @param symmetry 0 none, 1 mirror, 2 quarter, 3 kaleidoscope
    /// @param zoom sixteenths of the plane that are seen
    struct Grid {
        int256 size;
        uint256 symmetry;
        int256 zoom;
    }

    /// @dev 128 in each of six bytes, which makes features from -128 on positive.
    uint256 private constant LIFT = 0x808080808080;

    function grid(uint256 size, bytes32 traits) internal pure returns (Grid memory) {
        uint256 density = Traits.valueOf(traits, Traits.DENSITY);
        // 7, 10, 13, 16.
        return Grid(int256(size), Traits.valueOf(traits, Traits.SYMMETRY), int256(7 + 3 * density));
    }

    /// @notice The coordinate of column `x`.
    function column(Grid memory g, uint256 x) internal pure returns (int256) {
        return _seen(g, x, g.symmetry >= 1);
    }

    /// @notice The coordinate of row `y`.
    function row(Grid memory g, uint256 y) internal pure returns (int256) {
        return _seen(g, y, g.symmetry >= 2);
    }

    /// @notice `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`, each plus 128, as bytes from the lowest on.
    function features(Grid memory g, int256 u, int256 v) internal pure returns (uint256) {
        unchecked {
            // Both were made denser before; that keeps their order.
            if (g.symmetry == 3 && v > u) (u, v) = (v, u);
            int256 r = int256(FixedPointMathLib.sqrt(uint256(u * u + v * v))) - 1024;
            return (_pair(u) | (_pair(v) << 16) | (_pair(r) << 32)) ^ LIFT;
        }
    }

    /// @dev A coordinate's sixteenth and the rest.
    function _pair(int256 at) private pure returns (uint256) {
        return (uint256(at >> 4) & 255) | ((uint256(at) & 15) << 8);
    }

    function _seen(Grid memory g, uint256 at, bool mirrored) private pure returns (int256 seen) {
        unchecked {
            seen = (2 * int256(at) + 1) * 2048 / g.size - 2048;
            if (mirrored && seen < 0) seen = -1 - seen;
            seen = (seen * g.zoom) >> 4;
        }
    }
}
