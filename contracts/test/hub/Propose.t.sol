// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract ProposeTest is HubTest {
    bytes32 internal requestId;

    function setUp() public override {
        super.setUp();
        requestId = _askAt(IInferenceHub.Assurance.Optimistic);
    }

    function testFuzz_anAnswerIsBondedWithAllThatAWatcherNeeds(bytes calldata output) public {
        vm.assume(output.length <= 1_024);
        Answer memory answer = _answer(requestId, output);
        uint64 finalAfter = uint64(block.timestamp + WINDOW);
        vm.expectEmit(address(hub));
        emit IInferenceHub.StakeChanged(OPERATOR, 10 ether - BOND, BOND);
        vm.expectEmit(address(hub));
        emit IInferenceHub.AnswerProposed(requestId, OPERATOR, answer.receipt, output, finalAfter);
        _propose(answer);

        _assertStatus(requestId, IInferenceHub.Status.Proposed, "status");
        IInferenceHub.Proposal memory proposal = hub.proposalOf(requestId);
        assertEq(proposal.proposer, OPERATOR, "proposer");
        assertEq(proposal.bond, BOND, "bond");
        assertEq(proposal.finalAfter, finalAfter, "end of the window");
        assertEq(proposal.outputHash, keccak256(output), "output");
        assertEq(consumer.calls(), 0, "the consumer has heard nothing");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.receiptOf(requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.levelOf(requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.deliver(requestId, output);
    }

    function test_theSameAnswerAgainChangesNothing() public {
        Answer memory answer = _propose(requestId, OUTPUT);
        vm.deal(STRANGER, 10 ether);
        vm.startPrank(STRANGER);
        hub.stake{value: 10 ether}();
        vm.record();
        hub.propose(answer.receipt, OUTPUT, answer.signature);
        (, bytes32[] memory writes) = vm.accesses(address(hub));
        assertEq(writes.length, 0, "pending");
        vm.stopPrank();

        _passWindow();
        hub.finalise(requestId, OUTPUT);
        vm.record();
        hub.propose(answer.receipt, OUTPUT, answer.signature);
        (, writes) = vm.accesses(address(hub));
        assertEq(writes.length, 0, "accepted");
    }

    function testFuzz_anotherAnswerIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(OUTPUT) && other.length <= 1_024);
        _propose(requestId, OUTPUT);
        Answer memory answer = _answer(requestId, other);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyProposed.selector, requestId, OPERATOR));
        _propose(answer);
        _passWindow();
        hub.finalise(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _propose(answer);
    }

    /* EVIDENCE IS CHECKED AS AT LEVEL ATTESTED */

    function testFuzz_anyOtherKeyIsRefused(uint256 key) public {
        key = boundPrivateKey(key);
        vm.assume(key != ATTESTER_KEY);
        Answer memory answer = _answer(requestId, OUTPUT);
        answer.signature = _sign(key, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotAttester.selector, vm.addr(key), ATTESTER));
        _propose(answer);
    }

    function test_aReceiptThatDoesNotFitIsRefused() public {
        Answer memory answer = _answer(requestId, OUTPUT);
        answer.receipt.modelId = modelId;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.ReceiptMismatch.selector, requestId));
        _propose(answer);
        answer = _answer(requestId, OUTPUT);
        answer.receipt.inputHash = 0;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.ReceiptMismatch.selector, requestId));
        _propose(answer);
        answer = _answer(requestId, OUTPUT);
        answer.output = "brass";
        vm.expectPartialRevert(IInferenceHub.OutputMismatch.selector);
        _propose(answer);
        answer = _answer(requestId, OUTPUT);
        answer.receipt.issuedAt = 1 << 33;
        vm.expectPartialRevert(IInferenceHub.IssuedAtTooLate.selector);
        _propose(answer);
    }

    function test_anOutputThatIsTooLongIsRefused() public {
        bytes memory output = new bytes(hub.MAX_OUTPUT() + 1);
        Answer memory answer = _answer(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.OutputTooLong.selector, output.length));
        _propose(answer);
    }

    function testFuzz_anUnknownRequestIsRefused(bytes32 unknown) public {
        vm.assume(unknown != requestId);
        Answer memory answer = _answer(requestId, OUTPUT);
        answer.receipt.requestId = unknown;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, unknown));
        _propose(answer);
    }

    /* LEVELS AND TIMES */

    function test_eachLevelTakesItsOwnEvidenceOnly() public {
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WrongLevel.selector, requestId, IInferenceHub.Assurance.Optimistic)
        );
        _fulfil(answer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WrongLevel.selector, requestId, IInferenceHub.Assurance.Optimistic)
        );
        hub.execute(requestId, INPUT);

        bytes32 attested = _askAt(IInferenceHub.Assurance.Attested);
        answer = _answer(attested, OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WrongLevel.selector, attested, IInferenceHub.Assurance.Attested)
        );
        _propose(answer);
    }

    function testFuzz_anAnswerAfterTheDeadlineIsRefused(uint256 late) public {
        uint64 deadline = _deadline();
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.warp(bound(late, uint256(deadline) + 1, deadline + 30 days));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _propose(answer);
        hub.expire(requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _propose(answer);
    }

    /// Whoever sends somebody else's receipt first vouches for it, and gains nothing: the fee is the key's.
    function test_aCopiedProposalEarnsNothing() public {
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.deal(STRANGER, BOND);
        vm.startPrank(STRANGER);
        hub.stake{value: BOND}();
        hub.propose(answer.receipt, answer.output, answer.signature);
        vm.stopPrank();
        _propose(answer);
        _assertStake(OPERATOR, 10 ether, 0, "the first sender's stake is untouched");
        _passWindow();
        hub.finalise(requestId, OUTPUT);
        assertEq(hub.claimableBy(STRANGER), 0, "the copier's fee");
        assertEq(hub.claimableBy(ATTESTER), FEE, "the key's fee");
        _assertStake(STRANGER, BOND, 0, "the copier's bond is free again");
    }
}
