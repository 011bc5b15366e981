// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Choices
/// @notice What a seed chooses of a composition: 32 bytes.
library Choices {
    /// @notice A seed's choices.
    function ofSeed(bytes32 seed) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("verdigris/composition/1", seed));
    }

    /// @notice Choice `i`, 0 to 255.
    function at(bytes32 choices, uint256 i) internal pure returns (uint256 choice) {
        assembly ("memory-safe") {
            choice := byte(i, choices)
        }
    }

    /// @notice Choice `i`, -128 to 127.
    function signedAt(bytes32 choices, uint256 i) internal pure returns (int256 choice) {
        assembly ("memory-safe") {
            choice := signextend(0, byte(i, choices))
        }
    }
}
