// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {MoodyConsumer} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

contract FinaliseTest is HubTest {
    bytes32 internal requestId;
    Answer internal answer;

    function setUp() public override {
        super.setUp();
        requestId = _askAt(IInferenceHub.Assurance.Optimistic);
        answer = _propose(requestId, OUTPUT);
    }

    function testFuzz_anyoneFinalisesAfterTheWindow(address sender, uint256 later) public {
        vm.warp(bound(later, block.timestamp + WINDOW + 1, block.timestamp + 365 days));
        vm.expectEmit(address(hub));
        emit IInferenceHub.StakeChanged(OPERATOR, 10 ether, 0);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceAnswered(requestId, ATTESTER, keccak256(OUTPUT), sha256(OUTPUT), true);
        vm.prank(sender);
        hub.finalise(requestId, OUTPUT);

        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
        _assertLevel(requestId, IInferenceHub.Assurance.Optimistic, "level");
        assertEq(consumer.output(), OUTPUT, "output");
        assertEq(uint256(consumer.level()), uint256(IInferenceHub.Assurance.Optimistic), "the level that it is told");
        assertEq(hub.claimableBy(ATTESTER), FEE, "fee");
        (IInferenceHub.Receipt memory receipt, bytes memory signature, bool delivered) = hub.receiptOf(requestId);
        assertEq(abi.encode(receipt), abi.encode(answer.receipt), "receipt");
        assertEq(signature, answer.signature, "signature");
        assertTrue(delivered, "delivered");
    }

    function testFuzz_notWithinTheWindow(uint256 time) public {
        uint64 end = uint64(block.timestamp + WINDOW);
        vm.warp(bound(time, block.timestamp, end));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowOpen.selector, requestId, end));
        hub.finalise(requestId, OUTPUT);
    }

    function testFuzz_onlyTheProposedOutput(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(OUTPUT));
        _passWindow();
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.OutputMismatch.selector, keccak256(OUTPUT), keccak256(other))
        );
        hub.finalise(requestId, other);
    }

    function test_notTwiceAndNotWithoutAProposal() public {
        _passWindow();
        hub.finalise(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, requestId));
        hub.finalise(requestId, OUTPUT);
        bytes32 open = _askAt(IInferenceHub.Assurance.Optimistic);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, open));
        hub.finalise(open, OUTPUT);
        assertEq(hub.claimableBy(ATTESTER), FEE, "paid once");
    }

    /// A proposal made in time is finalised even if its window ends after the deadline, and can't be expired meanwhile.
    function test_aWindowOutlivesTheDeadline() public {
        bytes32 late = _askAt(IInferenceHub.Assurance.Optimistic);
        uint64 deadline = _deadline();
        vm.warp(deadline);
        _propose(late, OUTPUT);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotYetExpired.selector, late, deadline));
        hub.expire(late);
        _assertStatus(late, IInferenceHub.Status.Proposed, "status");
        _passWindow();
        hub.finalise(late, OUTPUT);
        _assertStatus(late, IInferenceHub.Status.Answered, "status");
    }

    function test_anAnswerThatItsConsumerRefusesIsKept() public {
        MoodyConsumer moody = new MoodyConsumer(hub);
        bytes32 kept = moody.askAt(tensorId, INPUT, IInferenceHub.Assurance.Optimistic, CALLBACK_GAS, _deadline());
        _propose(kept, OUTPUT);
        _passWindow();
        hub.finalise(kept, OUTPUT);
        _assertDelivered(kept, false, "kept");
        moody.mend();
        hub.deliver(kept, OUTPUT);
        assertEq(uint256(moody.level()), uint256(IInferenceHub.Assurance.Optimistic), "the level that it is told");
    }
}
