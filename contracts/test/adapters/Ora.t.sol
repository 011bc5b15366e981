// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {OraAdapter} from "../../src/adapters/OraAdapter.sol";
import {ICredits} from "../../src/adapters/interfaces/ICredits.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IAIOracle} from "../../src/interfaces/external/IAIOracle.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {GasGauge, MoodyPrompt, PromptConsumer, ReentrantPrompt, RevertBomb} from "./consumers/OraConsumers.sol";

/// @notice Contracts written for ORA's onchain AI oracle ask the hub and are answered.
contract OraTest is AdapterTest {
    /// @dev Enough to store some kilobyte.
    uint64 internal constant GAS_LIMIT = 1_500_000;

    OraAdapter internal oracle;
    PromptConsumer internal consumer;
    uint256 internal oraModelId;

    function setUp() public override {
        super.setUp();
        oracle = new OraAdapter(hub, ATTESTED, LIFETIME);
        oraModelId = uint256(modelId);
        consumer = new PromptConsumer(oracle);
        consumer.setCallbackGasLimit(oraModelId, GAS_LIMIT);
    }

    function _prompt(string memory prompt) internal returns (uint256 requestId) {
        vm.prank(ALICE);
        requestId = consumer.calculateAIResult{value: FEE}(oraModelId, prompt, "");
    }

    function _direct(address target, uint64 gasLimit, bytes memory callbackData) internal returns (uint256 requestId) {
        vm.prank(ALICE);
        requestId = oracle.requestCallback{value: FEE}(oraModelId, INPUT, target, gasLimit, callbackData);
    }

    /* ANSWER */

    function test_AConsumerWrittenForOraIsAnsweredUnchanged(
        string memory prompt,
        bytes memory output,
        bytes memory data
    ) public {
        vm.assume(bytes(prompt).length != 0);
        vm.assume(bytes(prompt).length < 500 && output.length < 500 && data.length < 500);
        vm.startPrank(ALICE);
        uint256 fee = consumer.estimateFee(oraModelId);
        uint256 requestId = consumer.calculateAIResult{value: fee}(oraModelId, prompt, data);
        vm.stopPrank();
        assertFalse(consumer.isFinalized(requestId), "a question is not final");

        bool delivered = _settle(bytes32(requestId), output);

        assertTrue(delivered, "the consumer takes the answer");
        assertEq(consumer.outputOf(requestId), output, "byte for byte");
        assertEq(consumer.lastCallbackData(), data, "with the data that it gave");
        assertTrue(consumer.isFinalized(requestId), "an answer is final");
    }

    function test_TheHubIsAskedWhatTheConsumerAsked() public {
        uint256 requestId = _prompt("a question");
        (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(bytes32(requestId));
        assertEq(uint256(status), uint256(IInferenceHub.Status.Open), "the request is open");
        assertEq(request.consumer, address(oracle), "the adapter is called back");
        assertEq(request.modelId, modelId, "the model is the number's bytes");
        assertEq(request.inputHash, keccak256("a question"), "the input is the prompt");
        assertEq(request.fee, FEE, "what was sent is escrowed");
        assertEq(request.deadline, START_TIME + LIFETIME, "the deadline is the adapter's");
        assertEq(uint256(request.level), uint256(ATTESTED), "the level is the adapter's");
    }

    function test_TheEventsAreOras() public {
        // The request's id isn't known before.
        vm.expectEmit(true, false, false, true, address(oracle));
        emit IAIOracle.AICallbackRequest(ALICE, 0, oraModelId, INPUT, address(consumer), GAS_LIMIT, hex"c0de");
        uint256 requestId = _direct(address(consumer), GAS_LIMIT, hex"c0de");

        // Without a callback: the consumer didn't ask this itself and would refuse the answer.
        requestId = _direct(address(0), 0, "");
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(bytes32(requestId), hex"0a0b");
        vm.expectEmit(address(oracle));
        emit IAIOracle.AICallbackResult(ALICE, requestId, address(hub), hex"0a0b");
        hub.fulfil(receipt, hex"0a0b", signature);
    }

    function test_WithoutACallbackContractNobodyIsCalled() public {
        uint256 requestId = _direct(address(0), 0, "");
        assertTrue(_settle(bytes32(requestId), hex"01"), "the adapter takes the answer");
        assertTrue(oracle.isFinalized(requestId), "and it is final");
    }

    /* GAS */

    function test_TheConsumerGetsAllGasThatItAskedFor(uint64 gasLimit, uint256 outputLength, uint256 dataLength)
        public
    {
        gasLimit = uint64(bound(gasLimit, 50_000, 4_000_000));
        outputLength = bound(outputLength, 0, hub.MAX_OUTPUT());
        dataLength = bound(dataLength, 0, 24_000);
        GasGauge gauge = new GasGauge();
        uint256 requestId = _direct(address(gauge), gasLimit, _noise(dataLength));

        assertTrue(_settle(bytes32(requestId), _noise(outputLength)), "the hub's promise is enough");
        assertEq(gauge.calls(), 1, "the consumer is called once");
        // Its dispatch and the arguments' checks come before the gauge.
        assertGe(gauge.seen() + 3_000, gasLimit, "with what it asked for");
    }

    function test_ADirectCallWithTooLittleGasChangesNothing() public {
        GasGauge gauge = new GasGauge();
        uint256 requestId = _direct(address(gauge), GAS_LIMIT, "");
        vm.prank(address(hub));
        vm.expectPartialRevert(IHubAdapter.TooLittleGas.selector);
        oracle.onInference{gas: GAS_LIMIT}(bytes32(requestId), hex"01", 0, ATTESTED);
        _assertStage(oracle, bytes32(requestId), IHubAdapter.Stage.Asked, "the request still waits");
    }

    function test_AGasLimitBeyondTheHubsIsRefused() public {
        uint64 gasLimit = hub.MAX_CALLBACK_GAS();
        vm.expectPartialRevert(IInferenceHub.CallbackGasTooHigh.selector);
        this.direct(address(consumer), gasLimit);

        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.GasLimitTooHigh.selector, type(uint64).max));
        this.direct(address(consumer), type(uint64).max);
    }

    function direct(address target, uint64 gasLimit) external returns (uint256) {
        return _direct(target, gasLimit, "");
    }

    /* FAILING CONSUMERS */

    function test_AFailingConsumersAnswerIsKeptAndDeliveredLater() public {
        MoodyPrompt moody = new MoodyPrompt(oracle);
        moody.setCallbackGasLimit(oraModelId, GAS_LIMIT);
        vm.prank(ALICE);
        uint256 requestId = moody.calculateAIResult{value: FEE}(oraModelId, "mood", "");

        assertFalse(_settle(bytes32(requestId), hex"0102"), "the consumer refuses");
        _assertStage(oracle, bytes32(requestId), IHubAdapter.Stage.Asked, "the adapter still waits");
        assertTrue(oracle.isFinalized(requestId), "the answer is final all the same");

        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.DeliveryFailed.selector, bytes32(requestId)));
        hub.deliver(bytes32(requestId), hex"0102");

        moody.mend();
        hub.deliver(bytes32(requestId), hex"0102");
        assertEq(moody.outputOf(requestId), hex"0102", "the consumer has its answer");
        _assertStage(oracle, bytes32(requestId), IHubAdapter.Stage.Answered, "the request is closed");
    }

    function test_AConsumerThatNeedsMoreGasGetsItByDeliver() public {
        consumer.setCallbackGasLimit(oraModelId, 30_000);
        uint256 requestId = _prompt("long");
        bytes memory output = _noise(1_000);
        assertFalse(_settle(bytes32(requestId), output), "30,000 gas don't store a kilobyte");
        hub.deliver(bytes32(requestId), output);
        assertEq(consumer.outputOf(requestId), output, "all that the caller gives does");
    }

    function test_WhatAConsumerRevertsWithIsNotRead() public {
        uint256 requestId = _direct(address(new RevertBomb()), 2_000_000, "");
        assertFalse(_settle(bytes32(requestId), hex"01"), "the answer is kept");
    }

    function test_AConsumerWithoutCodeCanAppearLater() public {
        address later = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        uint256 requestId = _direct(later, GAS_LIMIT, "");
        assertFalse(_settle(bytes32(requestId), hex"01"), "nobody is there");
        GasGauge gauge = new GasGauge();
        assertEq(address(gauge), later, "somebody appears");
        hub.deliver(bytes32(requestId), hex"01");
        assertEq(gauge.calls(), 1, "and is answered");
    }

    /* ADVERSARIES */

    function test_OnlyTheHubBringsAnswers(address sender) public {
        vm.assume(sender != address(hub));
        uint256 requestId = _prompt("whose?");
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotHub.selector, sender));
        oracle.onInference(bytes32(requestId), hex"bad0", 0, ATTESTED);
    }

    function test_AnAnswerToNoQuestionIsRefused(bytes32 requestId) public {
        vm.prank(address(hub));
        _expectNotAsked(requestId, IHubAdapter.Stage.Unknown);
        oracle.onInference(requestId, hex"01", 0, ATTESTED);
    }

    function test_AnAnswerComesOnce() public {
        uint256 requestId = _prompt("once");
        _settle(bytes32(requestId), hex"01");
        vm.prank(address(hub));
        _expectNotAsked(bytes32(requestId), IHubAdapter.Stage.Answered);
        oracle.onInference(bytes32(requestId), hex"02", 0, ATTESTED);

        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyDelivered.selector, bytes32(requestId)));
        hub.deliver(bytes32(requestId), hex"01");
        assertEq(consumer.outputOf(requestId), hex"01", "the first answer stays");
    }

    function test_AReentrantConsumerGainsNothing() public {
        ReentrantPrompt thief = new ReentrantPrompt();
        vm.deal(address(hub), 10 ether);
        uint256 requestId = _direct(address(thief), 2_000_000, "");
        bytes32 id = bytes32(requestId);
        thief.plan(address(oracle), abi.encodeCall(oracle.onInference, (id, hex"bad0", 0, ATTESTED)));
        thief.plan(address(oracle), abi.encodeCall(oracle.expire, (id)));
        thief.plan(address(oracle), abi.encodeCall(oracle.withdrawCredit, (payable(address(thief)))));
        thief.plan(address(hub), abi.encodeCall(hub.deliver, (id, hex"01")));
        thief.plan(address(hub), abi.encodeCall(hub.expire, (id)));

        assertTrue(_settle(id, hex"01"), "the answer is taken");
        assertEq(thief.calls(), 1, "once");
        for (uint256 i = 0; i < 5; ++i) {
            assertFalse(thief.succeeded(i), "nothing that it tried worked");
        }
    }

    function test_ARefutedAnswerIsNotFinal() public {
        uint256 requestId = _direct(address(0), 0, "");
        _settle(bytes32(requestId), hex"0102");
        assertTrue(oracle.isFinalized(requestId), "final as far as one key goes");
        _raiseToExecuted(bytes32(requestId), modelId, INPUT, hex"0103");
        assertFalse(oracle.isFinalized(requestId), "the contract's own computation says otherwise");
    }

    function test_AnAnswerThatAHigherLevelBearsOutStaysFinal() public {
        uint256 requestId = _direct(address(0), 0, "");
        _settle(bytes32(requestId), hex"0102");
        _raiseToExecuted(bytes32(requestId), modelId, INPUT, hex"0102");
        assertTrue(oracle.isFinalized(requestId), "borne out");
    }

    function test_OthersRequestsAreNotFinalHere() public {
        assertFalse(oracle.isFinalized(0), "no request");
        OraAdapter other = new OraAdapter(hub, ATTESTED, LIFETIME);
        vm.prank(ALICE);
        uint256 requestId = other.requestCallback{value: FEE}(oraModelId, INPUT, address(0), 0, "");
        _settle(bytes32(requestId), hex"01");
        assertTrue(other.isFinalized(requestId), "final there");
        assertFalse(oracle.isFinalized(requestId), "but not a request of this adapter");
    }

    /* BAD INPUT */

    function test_ARequestNeedsAnInput() public {
        vm.expectRevert(OraAdapter.EmptyInput.selector);
        oracle.requestCallback{value: FEE}(oraModelId, "", address(consumer), GAS_LIMIT, "");
    }

    function test_ACallbackNeedsGasAndGasACallback() public {
        vm.expectRevert(abi.encodeWithSelector(OraAdapter.InvalidGasLimit.selector, address(consumer), 0));
        oracle.requestCallback{value: FEE}(oraModelId, INPUT, address(consumer), 0, "");
        vm.expectRevert(abi.encodeWithSelector(OraAdapter.InvalidGasLimit.selector, address(0), 1));
        oracle.requestCallback{value: FEE}(oraModelId, INPUT, address(0), 1, "");
    }

    function test_AnUnknownModelHasNoFeeAndIsNotAsked(uint256 unknown) public {
        vm.assume(unknown != oraModelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32(unknown)));
        oracle.estimateFee(unknown, GAS_LIMIT);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32(unknown)));
        oracle.requestCallback{value: FEE}(unknown, INPUT, address(0), 0, "");
    }

    function test_AFeeTooLowIsRefused(uint256 sent) public {
        sent = bound(sent, 0, FEE - 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ICredits.FeeTooLow.selector, sent, FEE));
        oracle.requestCallback{value: sent}(oraModelId, INPUT, address(0), 0, "");
    }
}
