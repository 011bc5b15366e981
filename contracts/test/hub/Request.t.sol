// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Hub} from "../Hub.sol";
import {HubTest} from "./HubTest.sol";

contract RequestTest is HubTest {
    function testFuzz_aRequestIsKeptAsItWasMade(bytes calldata input, uint32 callbackGas, uint64 lifetime) public {
        vm.assume(input.length <= hub.MAX_INPUT());
        callbackGas = uint32(bound(callbackGas, 0, hub.MAX_CALLBACK_GAS()));
        uint64 deadline = uint64(block.timestamp + bound(lifetime, 0, hub.MAX_LIFETIME()));
        bytes32 expectedId =
            keccak256(abi.encode(block.chainid, hub, consumer, modelId, keccak256(input), hub.requestCount() + 1));

        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRequested(
            expectedId, modelId, address(consumer), input, IInferenceHub.Assurance.Attested, callbackGas, deadline
        );
        bytes32 requestId = consumer.ask(modelId, input, callbackGas, deadline);

        (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(requestId, expectedId, "request id");
        assertEq(uint256(status), uint256(IInferenceHub.Status.Open), "status");
        assertEq(request.consumer, address(consumer), "consumer");
        assertEq(request.callbackGas, callbackGas, "callback gas");
        assertEq(uint256(request.level), uint256(IInferenceHub.Assurance.Attested), "level");
        assertEq(request.modelId, modelId, "model id");
        assertEq(request.inputHash, keccak256(input), "input hash");
        assertEq(request.deadline, deadline, "deadline");
    }

    function test_theSameQuestionTwiceGivesTwoRequests() public {
        assertNotEq(_ask(consumer), _ask(consumer), "request ids");
    }

    function test_idsDifferOverHubsAndChains() public {
        Hub otherHub = _deployHub(address(stub));
        uint256 snapshot = vm.snapshotState();
        vm.startPrank(STRANGER);
        bytes32 here = hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, _deadline());
        bytes32 there = otherHub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, _deadline());
        vm.stopPrank();
        assertNotEq(here, there, "two hubs");

        vm.revertToState(snapshot);
        vm.chainId(10);
        vm.prank(STRANGER);
        bytes32 elsewhere = hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, _deadline());
        assertNotEq(here, elsewhere, "two chains");
    }

    /* LEVELS AND FEES */

    function test_aLevelThatTheModelCannotReachIsRefused() public {
        bytes32 bare = _tensorModel("other weights");
        for (uint8 i = 1; i < 5; ++i) {
            _assertUnreachable(bare, IInferenceHub.Assurance(i));
        }
        // Terms alone don't make an uncertified model reach what the contract must compute.
        _setTerms(bare);
        hub.request(bare, INPUT, IInferenceHub.Assurance.Quorum, 0, _deadline());
        _assertUnreachable(bare, IInferenceHub.Assurance.Optimistic);
        stub.certify(bare);
        hub.request(bare, INPUT, IInferenceHub.Assurance.Optimistic, 0, _deadline());
        hub.request(bare, INPUT, IInferenceHub.Assurance.Executed, 0, _deadline());
        _assertUnreachable(bare, IInferenceHub.Assurance.Proven);
    }

    function test_aWholePictureIsNotExecuted() public {
        _assertUnreachable(modelId, IInferenceHub.Assurance.Executed);
    }

    function testFuzz_tooLowAFeeIsRefused(uint8 level, uint256 fee, uint256 sent) public {
        IInferenceHub.Assurance asked = _reachable(level);
        fee = bound(fee, 1, 10 ether);
        sent = bound(sent, 0, fee - 1);
        vm.prank(PUBLISHER);
        hub.setFee(tensorId, asked, fee);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.FeeTooLow.selector, sent, fee));
        hub.request{value: sent}(tensorId, INPUT, asked, 0, _deadline());
    }

    function testFuzz_allThatIsSentIsEscrowed(uint8 level, uint256 fee, uint256 sent) public {
        IInferenceHub.Assurance asked = _reachable(level);
        fee = bound(fee, 0, 10 ether);
        sent = bound(sent, fee, 20 ether);
        vm.prank(PUBLISHER);
        hub.setFee(tensorId, asked, fee);
        uint256 before = address(hub).balance;
        bytes32 requestId = hub.request{value: sent}(tensorId, INPUT, asked, 0, _deadline());
        (IInferenceHub.Request memory request,) = hub.requestOf(requestId);
        assertEq(request.fee, sent, "escrow");
        assertEq(address(hub).balance - before, sent, "the hub's balance");
    }

    function _reachable(uint8 level) internal pure returns (IInferenceHub.Assurance) {
        return IInferenceHub.Assurance([0, 1, 2, 4][level % 4]);
    }

    function _assertUnreachable(bytes32 modelId_, IInferenceHub.Assurance level) internal {
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnreachableLevel.selector, modelId_, level));
        hub.request(modelId_, INPUT, level, 0, _deadline());
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnreachableLevel.selector, modelId_, level));
        hub.quote(modelId_, INPUT, level, 0);
    }

    /* BOUNDS */

    function test_anInputThatIsTooLongIsRefused() public {
        bytes memory longest = new bytes(hub.MAX_INPUT());
        hub.request(modelId, longest, IInferenceHub.Assurance.Attested, 0, _deadline());

        bytes memory tooLong = new bytes(hub.MAX_INPUT() + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.InputTooLong.selector, tooLong.length));
        hub.request(modelId, tooLong, IInferenceHub.Assurance.Attested, 0, _deadline());
    }

    function testFuzz_tooMuchCallbackGasIsRefused(uint32 callbackGas) public {
        callbackGas = uint32(bound(callbackGas, hub.MAX_CALLBACK_GAS() + 1, type(uint32).max));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.CallbackGasTooHigh.selector, callbackGas));
        hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, callbackGas, _deadline());
    }

    function testFuzz_aDeadlineInThePastIsRefused(uint64 deadline) public {
        deadline = uint64(bound(deadline, 0, block.timestamp - 1));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadDeadline.selector, deadline));
        hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, deadline);
    }

    function testFuzz_aDeadlineTooFarAheadIsRefused(uint64 deadline) public {
        deadline = uint64(bound(deadline, block.timestamp + hub.MAX_LIFETIME() + 1, type(uint64).max));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadDeadline.selector, deadline));
        hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, deadline);
    }

    function test_aDeadlineThatNoTicketCanHoldIsRefused() public {
        vm.warp((1 << 33) - 10);
        uint64 last = (1 << 33) - 1;
        hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, last);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadDeadline.selector, last + 1));
        hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, 0, last + 1);
    }

    function testFuzz_anUnknownModelIsRefused(bytes32 unknown) public {
        vm.assume(unknown != modelId && unknown != tensorId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown));
        hub.request(unknown, INPUT, IInferenceHub.Assurance.Attested, 0, _deadline());
    }

    function testFuzz_anUnknownRequestHasNoLife(bytes32 requestId) public view {
        (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(uint256(status), uint256(IInferenceHub.Status.Unknown), "status");
        assertEq(request.consumer, address(0), "consumer");
    }
}
