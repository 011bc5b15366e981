// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {BaseTest} from "../BaseTest.sol";
import {Consumer} from "../mocks/Consumers.sol";

/// @notice What the hub's tests share: a consumer and its question.
abstract contract HubTest is BaseTest {
    uint32 internal constant CALLBACK_GAS = 300_000;
    bytes internal constant INPUT = "what is it?";
    bytes internal constant OUTPUT = "copper";

    Consumer internal consumer;

    function setUp() public virtual override {
        super.setUp();
        consumer = new Consumer(hub);
    }

    function _deadline() internal view returns (uint64) {
        return uint64(block.timestamp + 1 days);
    }

    function _ask(Consumer asker) internal returns (bytes32) {
        return asker.ask(modelId, INPUT, CALLBACK_GAS, _deadline());
    }

    function _assertStatus(bytes32 requestId, IInferenceHub.Status expected, string memory message) internal view {
        (, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(uint256(status), uint256(expected), message);
    }

    function _assertDelivered(bytes32 requestId, bool expected, string memory message) internal view {
        (,, bool delivered) = hub.receiptOf(requestId);
        assertEq(delivered, expected, message);
    }
}
