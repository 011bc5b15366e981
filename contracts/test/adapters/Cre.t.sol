// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CreAdapter} from "../../src/adapters/CreAdapter.sol";
import {ICreAdapter} from "../../src/adapters/interfaces/ICreAdapter.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IForwarder} from "../../src/interfaces/external/IForwarder.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {MoodyReceiver, ReentrantReceiver, WorkflowReceiver} from "./consumers/CreReceivers.sol";

/// @notice Contracts that take the reports of CRE workflows take the hub's answers.
contract CreTest is AdapterTest {
    uint32 internal constant GAS_LIMIT = 1_000_000;
    bytes10 internal constant NAME = "1a2b3c4d5e";

    CreAdapter internal forwarder;
    WorkflowReceiver internal receiver;

    function setUp() public override {
        super.setUp();
        forwarder = new CreAdapter(hub, ATTESTED, LIFETIME);
        receiver = new WorkflowReceiver(address(forwarder));
    }

    function _request(address owner, address receiver_, bytes10 name) internal returns (bytes32 requestId) {
        vm.prank(owner);
        requestId = forwarder.requestReport{value: FEE}(receiver_, modelId, INPUT, name, GAS_LIMIT);
    }

    /* REPORT */

    function test_AReceiverWrittenForCreTakesAReportUnchanged(bytes memory output, bytes10 name) public {
        vm.assume(output.length < 500);
        bytes32 requestId = _request(ALICE, address(receiver), name);
        assertTrue(_settle(requestId, output), "the receiver takes it");
        assertEq(receiver.report(), output, "the report is the output, byte for byte");
        bytes32 workflowId = keccak256(abi.encode(modelId, ALICE, name));
        assertEq(receiver.metadata(), abi.encodePacked(workflowId, name, ALICE, bytes2(0x0001)), "64 bytes of metadata");
    }

    function test_AReceiverThatExpectsEverythingIsContent() public {
        bytes10 name = receiver.nameOf("neural-weather");
        receiver.setExpected(ALICE, "neural-weather", forwarder.workflowIdOf(modelId, ALICE, name));
        bytes32 requestId = _request(ALICE, address(receiver), name);
        assertTrue(_settle(requestId, hex"01"), "id, owner and name are as expected");
    }

    function test_NobodyElseCanSpeakAsTheOwner(address impostor) public {
        vm.assume(impostor != ALICE && impostor != address(0));
        vm.deal(impostor, 1 ether);
        receiver.setExpected(ALICE, "", 0);
        bytes32 requestId = _request(impostor, address(receiver), NAME);
        assertFalse(_settle(requestId, hex"01"), "the receiver sees another owner");
        assertEq(receiver.calls(), 0, "and takes nothing");
    }

    function test_AnExpectedIdKeepsOutOtherOwnersAndNames(address impostor, bytes10 name) public {
        vm.assume(impostor != ALICE && impostor != address(0));
        vm.deal(impostor, 1 ether);
        receiver.setExpected(address(0), "", forwarder.workflowIdOf(modelId, ALICE, NAME));
        assertFalse(_settle(_request(impostor, address(receiver), NAME), hex"01"), "another owner");
        if (name != NAME) {
            assertFalse(_settle(_request(ALICE, address(receiver), name), hex"01"), "another name");
        }
        assertTrue(_settle(_request(ALICE, address(receiver), NAME), hex"01"), "the right ones");
    }

    function test_AnExpectedIdKeepsOutOtherModels() public {
        bytes32 other = _register("another model");
        receiver.setExpected(address(0), "", forwarder.workflowIdOf(modelId, ALICE, NAME));
        vm.prank(ALICE);
        bytes32 requestId = forwarder.requestReport{value: FEE}(address(receiver), other, INPUT, NAME, GAS_LIMIT);
        assertFalse(_settle(requestId, hex"01"), "the receiver expects a model's id");
    }

    function test_AReceiverThatTrustsAnotherForwarderTakesNothing() public {
        WorkflowReceiver other = new WorkflowReceiver(STRANGER);
        bytes32 requestId = _request(ALICE, address(other), NAME);
        assertFalse(_settle(requestId, hex"01"), "the sender is not its forwarder");
    }

    function test_TheEventsSayWhatHappened() public {
        vm.expectEmit(false, true, true, true, address(forwarder));
        emit ICreAdapter.ReportRequested(0, address(receiver), ALICE, forwarder.workflowIdOf(modelId, ALICE, NAME));
        bytes32 requestId = _request(ALICE, address(receiver), NAME);

        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, hex"01");
        vm.expectEmit(address(forwarder));
        emit IForwarder.ReportProcessed(address(receiver), requestId, 0x0001, true);
        hub.fulfil(receipt, hex"01", signature);
    }

    /* WHO IS A RECEIVER */

    function test_OnlyAContractThatSaysSoIsAReceiver(address nobody) public {
        vm.assume(nobody.code.length == 0 && uint160(nobody) > 0x1000);
        _expectNotAReceiver(nobody);
        _expectNotAReceiver(address(this));
        _expectNotAReceiver(address(hub));
    }

    function _expectNotAReceiver(address nobody) private {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ICreAdapter.NotAReceiver.selector, nobody));
        forwarder.requestReport{value: FEE}(nobody, modelId, INPUT, NAME, GAS_LIMIT);
    }

    function test_AContractThatStoppedBeingAReceiverIsNotCalled() public {
        MoodyReceiver moody = new MoodyReceiver(address(forwarder));
        moody.mend();
        bytes32 requestId = _request(ALICE, address(moody), NAME);
        moody.change();
        assertFalse(_settle(requestId, hex"01"), "the answer is kept");
        assertEq(moody.calls(), 0, "nobody was called");
    }

    /* FAILURES */

    function test_AFailingReceiversReportIsKeptAndDeliveredLater() public {
        MoodyReceiver moody = new MoodyReceiver(address(forwarder));
        bytes32 requestId = _request(ALICE, address(moody), NAME);
        assertFalse(_settle(requestId, hex"0102"), "the receiver refuses");
        moody.mend();
        hub.deliver(requestId, hex"0102");
        assertEq(moody.report(), hex"0102", "and takes it later");
        _assertStage(forwarder, requestId, IHubAdapter.Stage.Answered, "closed");
    }

    function test_AReentrantReceiverGainsNothing() public {
        ReentrantReceiver thief = new ReentrantReceiver(address(forwarder));
        bytes32 requestId = _request(ALICE, address(thief), NAME);
        thief.plan(address(forwarder), abi.encodeCall(forwarder.onInference, (requestId, hex"bad0", 0, ATTESTED)));
        thief.plan(address(forwarder), abi.encodeCall(forwarder.expire, (requestId)));
        thief.plan(address(forwarder), abi.encodeCall(forwarder.withdrawCredit, (payable(address(thief)))));
        thief.plan(address(hub), abi.encodeCall(hub.deliver, (requestId, hex"01")));
        assertTrue(_settle(requestId, hex"01"), "the report is taken");
        assertEq(thief.calls(), 1, "once");
        for (uint256 i = 0; i < 4; ++i) {
            assertFalse(thief.succeeded(i), "nothing that it tried worked");
        }
    }

    function test_TheReceiverGetsAllGasThatWasAskedFor(uint32 gasLimit, uint256 length) public {
        gasLimit = uint32(bound(gasLimit, 100_000, 4_500_000));
        length = bound(length, 0, hub.MAX_OUTPUT());
        GaugingReceiver gauge = new GaugingReceiver();
        vm.prank(ALICE);
        bytes32 requestId = forwarder.requestReport{value: FEE}(address(gauge), modelId, INPUT, NAME, gasLimit);
        assertTrue(_settle(requestId, _noise(length)), "the hub's promise is enough");
        assertGe(gauge.seen() + 3_000, gasLimit, "with what was asked for");
    }

    function test_OnlyTheHubBringsAnswers(address sender) public {
        vm.assume(sender != address(hub));
        bytes32 requestId = _request(ALICE, address(receiver), NAME);
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotHub.selector, sender));
        forwarder.onInference(requestId, hex"bad0", 0, ATTESTED);
    }

    function test_AnAnswerComesOnce() public {
        bytes32 requestId = _request(ALICE, address(receiver), NAME);
        _settle(requestId, hex"01");
        vm.prank(address(hub));
        _expectNotAsked(requestId, IHubAdapter.Stage.Answered);
        forwarder.onInference(requestId, hex"02", 0, ATTESTED);
    }
}

/// @notice A receiver that takes its time to say so: 29,000 gas a question. Notes the gas that it finds.
contract GaugingReceiver {
    uint256 public seen;

    function onReport(bytes calldata, bytes calldata) external {
        uint256 left = gasleft();
        seen = left;
    }

    function supportsInterface(bytes4 interfaceId) external view returns (bool) {
        uint256 start = gasleft();
        while (start - gasleft() < 28_000) {}
        return interfaceId == 0x805f2132 || interfaceId == 0x01ffc9a7;
    }
}
