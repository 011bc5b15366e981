// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PlainComposition} from "./PlainComposition.sol";

/// @title PlainConcept
/// @notice What concept 1 gives its network, line by line after docs/protocol.md, section 2.
library PlainConcept {
    function features(int256 u, int256 v) internal pure returns (int256[] memory input) {
        int256 r = PlainComposition.isqrt(u * u + v * v) - 1024;
        input = new int256[](6);
        (input[0], input[1], input[2]) = (u >> 4, u & 15, v >> 4);
        (input[3], input[4], input[5]) = (v & 15, r >> 4, r & 15);
    }

    function latents(bytes32 seed, bytes32 traits) internal pure returns (int256[] memory latent) {
        bytes32 h = keccak256(abi.encodePacked("verdigris/latent/2", seed));
        bytes32 d = keccak256(abi.encodePacked("verdigris/path/1", seed));
        int256 epoch = int256(256 * uint256(uint8(traits[22])) + uint8(traits[23]));
        latent = new int256[](32);
        for (uint256 i = 0; i < 20; ++i) {
            int256 turned = int256(uint256(uint8(h[i]))) + epoch * (PlainComposition.i8(d[i]) >> 3);
            latent[i] = int8(uint8(uint256(turned)));
        }
        latent[20 + uint8(traits[30])] = 127;
    }
}
