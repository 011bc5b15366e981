// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ExecutorTest} from "./ExecutorTest.sol";

/// @notice Networks give the numbers that the Rust reference gives.
contract RunTest is ExecutorTest {
    struct Vector {
        bytes form;
        bytes[] inputs;
        bytes[] outputs;
    }

    function test_randomNetworksGiveTheReferencesOutputs() public {
        Vector[] memory vectors = abi.decode(_vectors("networks.bin"), (Vector[]));
        assertGe(vectors.length, 200, "number of networks");
        for (uint256 i = 0; i < vectors.length; ++i) {
            bytes32 modelId = _certified(vectors[i].form);
            for (uint256 j = 0; j < vectors[i].inputs.length; ++j) {
                bytes memory output = executor.run(modelId, vectors[i].inputs[j]);
                assertEq(output, vectors[i].outputs[j], string.concat("network ", vm.toString(i)));
            }
        }
    }
}
