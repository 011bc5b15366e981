// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Wave
/// @notice Sines and cosines of 64ths of a turn, rounded: `round(1024·sin(2π·angle/64))`.
library Wave {
    /// @dev The first quarter turn, both ends included: twelve bits each, angle 0 in the lowest.
    uint256 private constant QUARTER = 0x4003fb3ec3d43b23873533182d428a2391e31881290c8064000;

    function sine(uint256 angle) internal pure returns (int256 value) {
        unchecked {
            uint256 at = angle & 31;
            if (at > 16) at = 32 - at;
            value = int256((QUARTER >> (12 * at)) & 0xfff);
            if (angle & 32 != 0) value = -value;
        }
    }

    function cosine(uint256 angle) internal pure returns (int256) {
        unchecked {
            return sine(angle + 16);
        }
    }
}
