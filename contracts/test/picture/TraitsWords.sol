// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title TraitsWords
/// @notice Traits words for tests.
library TraitsWords {
    /// @notice The highest value of trait `i`.
    function most(uint256 i) internal pure returns (uint256) {
        return [uint256(19), 11, 5, 3, 5, 3, 3][i];
    }

    /// @notice A word whose bytes are all in range, out of any word.
    function valid(uint256 noise) internal pure returns (bytes32) {
        uint256 word = noise & (0xffff << 64);
        for (uint256 i = 0; i < 7; ++i) {
            word |= (((noise >> (8 * i)) & 0xff) % (most(i) + 1)) << (8 * i);
        }
        return bytes32(word);
    }
}
