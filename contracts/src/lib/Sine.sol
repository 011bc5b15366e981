// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Sine
/// @notice Sine and cosine in integers, good to two parts in a thousand; for drawings, not for arithmetic that counts.
library Sine {
    /// @notice A full turn.
    int256 internal constant TURN = 1024;
    /// @notice What stands for 1.
    int256 internal constant ONE = 1024;

    /// @notice `ONE` times the sine of `angle` 1024ths of a turn, by Bhaskara's formula.
    function sin(int256 angle) internal pure returns (int256) {
        unchecked {
            int256 t = ((angle % TURN) + TURN) % TURN;
            bool negative = t >= 512;
            if (negative) t -= 512;
            int256 p = t * (512 - t);
            int256 s = (16 * p * ONE) / (5 * 512 * 512 - 4 * p);
            return negative ? -s : s;
        }
    }

    /// @notice `ONE` times the cosine of `angle` 1024ths of a turn.
    function cos(int256 angle) internal pure returns (int256) {
        return sin(angle + 256);
    }
}
