// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FunctionsAdapter} from "../../src/adapters/FunctionsAdapter.sol";
import {OraAdapter} from "../../src/adapters/OraAdapter.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {KeepingClient} from "./consumers/FunctionsConsumers.sol";
import {PromptConsumer} from "./consumers/OraConsumers.sol";

/// @notice A consumer of yesterday's oracles gets whatever assurance its adapter asks for.
contract LevelsTest is AdapterTest {
    IInferenceHub.Assurance internal constant OPTIMISTIC = IInferenceHub.Assurance.Optimistic;
    uint128 internal constant BOND = 1 ether;
    uint64 internal constant WINDOW = 1 hours;
    bytes internal constant PROMPT = "what is it?";

    function setUp() public override {
        super.setUp();
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.isCertified, (modelId)), abi.encode(true));
        vm.startPrank(PUBLISHER);
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(BOND, WINDOW));
        hub.setFee(modelId, OPTIMISTIC, FEE);
        vm.stopPrank();
        vm.deal(OPERATOR, BOND);
        vm.prank(OPERATOR);
        hub.stake{value: BOND}();
    }

    function _ask(IInferenceHub.Assurance level) internal returns (PromptConsumer consumer, bytes32 requestId) {
        OraAdapter oracle = new OraAdapter(hub, level, LIFETIME);
        consumer = new PromptConsumer(oracle);
        consumer.setCallbackGasLimit(uint256(modelId), 500_000);
        vm.prank(ALICE);
        requestId = bytes32(consumer.calculateAIResult{value: FEE}(uint256(modelId), string(PROMPT), ""));
    }

    /// @dev ORA's own oracle called back before the challenge period, and again if the answer changed in it.
    function test_AnOptimisticAnswerReachesItsConsumerOnceItIsFinal() public {
        (PromptConsumer consumer, bytes32 requestId) = _ask(OPTIMISTIC);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, "it is");
        vm.prank(OPERATOR);
        hub.propose(receipt, "it is", signature);
        assertEq(consumer.outputOf(uint256(requestId)), "", "nothing while it can be challenged");
        assertFalse(consumer.isFinalized(uint256(requestId)), "and nothing is final");

        vm.warp(block.timestamp + WINDOW + 1);
        hub.finalise(requestId, "it is");
        assertEq(consumer.outputOf(uint256(requestId)), "it is", "then the answer");
        assertTrue(consumer.isFinalized(uint256(requestId)), "which is final");
    }

    function test_AWrongOptimisticAnswerNeverReachesItsConsumer() public {
        (PromptConsumer consumer, bytes32 requestId) = _ask(OPTIMISTIC);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, "a lie");
        vm.prank(OPERATOR);
        hub.propose(receipt, "a lie", signature);
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.run, (modelId, PROMPT)), abi.encode(bytes("it is")));
        vm.prank(BOB);
        hub.challengeOutput(requestId, PROMPT, "a lie");
        assertEq(consumer.outputOf(uint256(requestId)), "", "the lie is struck down");
        assertFalse(consumer.isFinalized(uint256(requestId)), "the question is open again");
    }

    function test_AnExecutedAnswerReachesItsConsumer() public {
        (PromptConsumer consumer, bytes32 requestId) = _ask(EXECUTED);
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.run, (modelId, PROMPT)), abi.encode(bytes("it is")));
        hub.execute(requestId, PROMPT);
        assertEq(consumer.outputOf(uint256(requestId)), "it is", "what the contract found itself");
        assertEq(uint256(hub.levelOf(requestId)), uint256(EXECUTED), "at the level asked for");
    }

    function test_ALevelThatTheModelCannotReachIsRefused() public {
        OraAdapter oracle = new OraAdapter(hub, IInferenceHub.Assurance.Quorum, LIFETIME);
        vm.prank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.UnreachableLevel.selector, modelId, IInferenceHub.Assurance.Quorum)
        );
        oracle.requestCallback{value: FEE}(uint256(modelId), PROMPT, address(0), 0, "");
    }

    /// @dev A proposal may wait for challenges beyond the deadline: until it is settled nothing has expired.
    function test_ARequestWithAPendingProposalDoesNotExpire() public {
        FunctionsAdapter router = new FunctionsAdapter(hub, OPTIMISTIC, LIFETIME);
        KeepingClient client = new KeepingClient(address(router));
        uint64 subscriptionId = router.createSubscription();
        router.addConsumer(subscriptionId, address(client));
        router.fundSubscription{value: FEE}(subscriptionId);
        bytes32 requestId = client.askRaw(INPUT, subscriptionId, 300_000, modelId);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, hex"07");
        vm.warp(START_TIME + LIFETIME);
        vm.prank(OPERATOR);
        hub.propose(receipt, hex"07", signature);

        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(IHubAdapter.NotExpired.selector, requestId, IInferenceHub.Status.Proposed)
        );
        router.expire(requestId);
        vm.warp(block.timestamp + 1);
        hub.finalise(requestId, hex"07");
        assertEq(client.response(), hex"07", "the client is answered, not told that none came");
    }
}
