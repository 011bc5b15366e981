// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {STAGES} from "../Stages.sol";

/// @notice An executor whose "network" is a hash: a pixel is the first bytes of the hash of all that it depends on.
contract MockExecutor is IExecutor {
    address public immutable registry;
    mapping(bytes32 modelId => bool) public isCertified;

    constructor(address registry_) {
        registry = registry_;
    }

    modifier certified(bytes32 modelId) {
        if (!isCertified[modelId]) revert NotCertified(modelId);
        _;
    }

    function certify(bytes32 modelId) external {
        isCertified[modelId] = true;
    }

    function run(bytes32 modelId, bytes calldata input) external view certified(modelId) returns (bytes memory) {
        return abi.encodePacked(keccak256(abi.encode(modelId, input)));
    }

    function knows(uint32 stages) public pure returns (bool) {
        return stages == STAGES;
    }

    function pixel(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y)
        public
        view
        certified(modelId)
        returns (bytes3)
    {
        if (size == 0 || size > 4096 || x >= size || y >= size) revert OutsidePicture(size, x, y);
        if (!knows(stages)) revert UnknownStages(stages);
        bytes32 picture = keccak256(abi.encode(modelId, stages, seed, traits));
        return bytes3(keccak256(abi.encode(picture, size, x, y)));
    }

    function rows(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 y0, uint16 y1)
        external
        view
        certified(modelId)
        returns (bytes memory rgb)
    {
        if (y0 >= y1 || y1 > size) revert OutsidePicture(size, 0, y1);
        for (uint256 i = uint256(y0) * size; i < uint256(y1) * size; ++i) {
            // forge-lint: disable-next-line(unsafe-typecast)
            bytes3 next = pixel(modelId, stages, seed, traits, size, uint16(i % size), uint16(i / size));
            rgb = bytes.concat(rgb, next);
        }
    }
}
