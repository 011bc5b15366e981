// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {STAGES} from "../Stages.sol";

/// @notice An executor whose answers are hashes, so that anybody can compute them, and which refuses what the real one
/// refuses: a tensor input that is empty or begins with 0xff, stages and traits that there are not.
contract StubExecutor is IExecutor {
    address public registry;
    mapping(bytes32 modelId => bool) public isCertified;

    /// @notice How long the outputs are, in bytes.
    uint256 public outputLength = 32;
    /// @notice How many times it hashes: what a run costs.
    uint256 public work;

    constructor(address registry_) {
        registry = registry_;
    }

    function certify(bytes32 modelId) external {
        isCertified[modelId] = true;
    }

    function setOutput(uint256 length, uint256 work_) external {
        (outputLength, work) = (length, work_);
    }

    function run(bytes32 modelId, bytes calldata input) external view returns (bytes memory output) {
        if (!isCertified[modelId]) revert NotCertified(modelId);
        if (input.length == 0) revert BadInputLength(1, 0);
        if (input[0] == 0xff) revert InputOutOfRange(0, -1);
        bytes32 word = keccak256(abi.encode(modelId, input));
        for (uint256 i = 0; i < work; ++i) {
            word = keccak256(abi.encode(word));
        }
        output = new bytes(outputLength);
        for (uint256 i = 0; i < outputLength; i += 32) {
            bytes32 next = keccak256(abi.encode(word, i));
            for (uint256 j = 0; j < 32 && i + j < outputLength; ++j) {
                output[i + j] = next[j];
            }
        }
    }

    function knows(uint32 stages) public pure returns (bool) {
        return stages == STAGES;
    }

    function pixel(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y)
        public
        view
        returns (bytes3)
    {
        if (!isCertified[modelId]) revert NotCertified(modelId);
        if (size == 0 || size > 4096 || x >= size || y >= size) revert OutsidePicture(size, x, y);
        if (!knows(stages)) revert UnknownStages(stages);
        if (!Traits.areValid(traits)) revert BadTraits(traits);
        return bytes3(keccak256(abi.encode(modelId, stages, seed, traits, size, x, y)));
    }

    function rows(bytes32, uint32, bytes32, bytes32, uint16 size, uint16, uint16) external pure returns (bytes memory) {
        revert OutsidePicture(size, 0, 0);
    }
}
