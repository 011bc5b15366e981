// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IFunctionsRouter} from "../../src/interfaces/external/IFunctionsRouter.sol";
import {FunctionsClient, FunctionsClientExample} from "./Chainlink.sol";
import {FunctionsHouse} from "./FunctionsHouse.sol";
import {KeepingClient, MoodyClient, ReentrantClient} from "./consumers/FunctionsConsumers.sol";

/// @notice Contracts on Chainlink's own `FunctionsClient` ask the hub and are answered.
contract FunctionsTest is FunctionsHouse {
    function setUp() public override {
        super.setUp();
        _open();
    }

    /* ANSWER */

    function test_ChainlinksOwnExampleClientIsAnsweredUnchanged(bytes32 answer) public {
        FunctionsClientExample example = new FunctionsClientExample(address(router));
        _add(address(example));
        string[] memory args = new string[](1);
        args[0] = "42";
        example.sendRequest("return Functions.encodeUint256(args[0])", "", args, subscriptionId, modelId);
        bytes32 requestId = example.s_lastRequestId();

        vm.expectEmit(address(example));
        emit FunctionsClient.RequestFulfilled(requestId);
        assertTrue(_settle(requestId, abi.encode(answer)), "within the example's 70,000 gas");
        assertEq(example.s_lastResponse(), answer, "the response");
        assertEq(example.s_lastResponseLength(), 32, "whole");
        assertEq(example.s_lastErrorLength(), 0, "and no error");
    }

    function test_AResponseOfUpTo256BytesIsGivenWhole(bytes memory output) public {
        vm.assume(output.length <= 256);
        _assertResponse(output);
    }

    function test_AResponseOf256BytesIsGivenWhole() public {
        _assertResponse(_noise(256));
    }

    function _assertResponse(bytes memory output) private {
        bytes32 requestId = client.askRaw(INPUT, subscriptionId, 1_000_000, modelId);
        assertTrue(_settle(requestId, output), "the client takes it");
        assertEq(client.response(), output, "byte for byte");
        assertEq(client.err(), "", "without an error");
    }

    function test_AResponseOf257BytesIsAnError() public {
        _assertTooLong(257);
    }

    function test_ALongerResponseIsAnError(uint256 length) public {
        _assertTooLong(bound(length, 257, hub.MAX_OUTPUT()));
    }

    function _assertTooLong(uint256 length) private {
        bytes32 requestId = _ask(client);
        assertTrue(_settle(requestId, _noise(length)), "the client takes it");
        assertEq(client.response(), "", "no response");
        assertEq(client.err(), "response >256 bytes", "but an error");
        assertEq(client.calls(), 1, "once");
    }

    function test_TheEventsAreTheRouters() public {
        vm.expectEmit(false, true, true, true, address(router));
        emit IFunctionsRouter.RequestStart(
            0, modelId, subscriptionId, ALICE, address(client), OPERATOR, INPUT, 1, GAS_LIMIT, FEE
        );
        vm.prank(OPERATOR, OPERATOR);
        bytes32 requestId = _ask(client);

        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, hex"07");
        vm.expectEmit(address(router));
        emit IFunctionsRouter.RequestProcessed(
            requestId, subscriptionId, FEE, address(hub), IFunctionsRouter.FulfillResult.FULFILLED, hex"07", "", ""
        );
        hub.fulfil(receipt, hex"07", signature);
    }

    function test_TheModelsInputIsTheJoinedBytesArgs(bytes memory input, bytes memory latent) public {
        vm.assume(input.length < 300 && latent.length < 300);
        bytes[] memory args = new bytes[](2);
        (args[0], args[1]) = (input, latent);
        bytes32 requestId = client.ask(args, subscriptionId, GAS_LIMIT, modelId);
        (IInferenceHub.Request memory request,) = hub.requestOf(requestId);
        assertEq(request.inputHash, keccak256(bytes.concat(input, latent)), "inputs, then latents");
        assertEq(request.fee, FEE, "at the model's price");
    }

    /* FAILING CLIENTS */

    function test_AFailingClientsAnswerIsKeptAndDeliveredLater() public {
        MoodyClient moody = new MoodyClient(address(router));
        _add(address(moody));
        bytes32 requestId = _ask(moody);
        assertFalse(_settle(requestId, hex"01"), "the client refuses");
        _assertStage(router, requestId, IHubAdapter.Stage.Asked, "the adapter still waits");
        moody.mend();
        hub.deliver(requestId, hex"01");
        assertEq(moody.response(), hex"01", "the client has its answer");
    }

    function test_AnUndeliveredAnswerDoesNotExpire() public {
        MoodyClient moody = new MoodyClient(address(router));
        _add(address(moody));
        bytes32 requestId = _ask(moody);
        _settle(requestId, hex"01");
        vm.warp(block.timestamp + LIFETIME + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IHubAdapter.NotExpired.selector, requestId, IInferenceHub.Status.Answered)
        );
        router.expire(requestId);
    }

    function test_AReentrantClientGainsNothing() public {
        ReentrantClient thief = new ReentrantClient(address(router));
        _add(address(thief));
        bytes32 requestId = thief.askRaw(INPUT, subscriptionId, 2_000_000, modelId);
        thief.plan(address(router), abi.encodeCall(router.onInference, (requestId, hex"bad0", 0, ATTESTED)));
        thief.plan(address(router), abi.encodeCall(router.expire, (requestId)));
        thief.plan(
            address(router), abi.encodeCall(router.withdrawSubscription, (subscriptionId, payable(address(thief))))
        );
        thief.plan(address(hub), abi.encodeCall(hub.deliver, (requestId, hex"01")));
        assertTrue(_settle(requestId, hex"01"), "the answer is taken");
        assertEq(thief.calls(), 1, "once");
        for (uint256 i = 0; i < 4; ++i) {
            assertFalse(thief.succeeded(i), "nothing that it tried worked");
        }
    }

    function test_AClientMayAskAgainWhileItIsAnswered() public {
        ReentrantClient curious = new ReentrantClient(address(router));
        _add(address(curious));
        bytes32 requestId = curious.askRaw(INPUT, subscriptionId, 2_000_000, modelId);
        curious.plan(
            address(router), abi.encodeCall(router.sendRequest, (subscriptionId, INPUT, 1, GAS_LIMIT, modelId))
        );
        assertTrue(_settle(requestId, hex"01"), "the answer is taken");
        assertTrue(curious.succeeded(0), "the next question is asked");
        (, uint96 balance) = router.subscriptionOf(subscriptionId);
        assertEq(balance, 1 ether - 2 * FEE, "and paid");
    }

    /* ADVERSARIES */

    function test_OnlyTheHubBringsAnswers(address sender) public {
        vm.assume(sender != address(hub));
        bytes32 requestId = _ask(client);
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotHub.selector, sender));
        router.onInference(requestId, hex"bad0", 0, ATTESTED);
    }

    function test_AnAnswerComesOnce() public {
        bytes32 requestId = _ask(client);
        _settle(requestId, hex"01");
        vm.prank(address(hub));
        _expectNotAsked(requestId, IHubAdapter.Stage.Answered);
        router.onInference(requestId, hex"02", 0, ATTESTED);
    }

    function test_AnAnswerToNoQuestionIsRefused(bytes32 requestId) public {
        vm.prank(address(hub));
        _expectNotAsked(requestId, IHubAdapter.Stage.Unknown);
        router.onInference(requestId, hex"01", 0, ATTESTED);
    }

    /* BAD INPUT */

    function test_ARequestNeedsData() public {
        vm.expectRevert(IFunctionsRouter.EmptyRequestData.selector);
        client.askRaw("", subscriptionId, GAS_LIMIT, modelId);
    }

    function test_AnUnknownModelIsNotAsked(bytes32 donId) public {
        vm.assume(donId != modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, donId));
        client.askRaw(INPUT, subscriptionId, GAS_LIMIT, donId);
    }
}
