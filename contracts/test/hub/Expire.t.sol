// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract ExpireTest is HubTest {
    bytes32 internal requestId;
    uint64 internal deadline;

    function setUp() public override {
        super.setUp();
        requestId = _ask(consumer);
        deadline = _deadline();
    }

    function testFuzz_anyoneClosesARequestAfterItsDeadline(address sender) public {
        vm.warp(deadline + 1);
        _assertStatus(requestId, IInferenceHub.Status.Expired, "expired by the clock alone");
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceExpired(requestId);
        vm.prank(sender);
        hub.expire(requestId);
        _assertStatus(requestId, IInferenceHub.Status.Expired, "and closed");
    }

    function testFuzz_notBefore(uint256 time) public {
        vm.warp(bound(time, START_TIME, deadline));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotYetExpired.selector, requestId, deadline));
        hub.expire(requestId);
    }

    function test_notTwice() public {
        vm.warp(deadline + 1);
        hub.expire(requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        hub.expire(requestId);
    }

    function test_notAfterAnAnswer() public {
        _fulfil(_answer(requestId, OUTPUT));
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        hub.expire(requestId);
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    function test_aClosedRequestTakesNoAnswerEvenIfTheClockIsSetBack() public {
        vm.warp(deadline + 1);
        hub.expire(requestId);
        vm.warp(START_TIME);
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _fulfil(answer);
    }

    function testFuzz_notAnUnknownRequest(bytes32 unknown) public {
        vm.assume(unknown != requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, unknown));
        hub.expire(unknown);
    }

    /* REFUNDS */

    function testFuzz_theFeeGoesBackToWhoeverAsked(uint8 level, uint88 fee) public {
        IInferenceHub.Assurance asked = IInferenceHub.Assurance([0, 1, 2, 4][level % 4]);
        fee = uint88(bound(fee, 0, 50 ether));
        requestId = consumer.askAt{value: fee}(tensorId, INPUT, asked, CALLBACK_GAS, deadline);
        vm.warp(deadline + 1);
        vm.prank(STRANGER);
        hub.expire(requestId);
        assertEq(hub.claimableBy(address(consumer)), fee, "refund");
        (IInferenceHub.Request memory request,) = hub.requestOf(requestId);
        assertEq(request.fee, 0, "nothing is escrowed any more");
    }

    /* QUORUMS */

    function test_aRoundThatIsNotOverIsNotClosed() public {
        bytes32 round = _askAt(IInferenceHub.Assurance.Quorum);
        _commit(round, 0, OUTPUT);
        for (uint256 i = 1; i < 5; ++i) {
            _commit(round, i, "brass");
        }
        _assertAtWork(round);
        _reveal(round, 0, OUTPUT);
        _reveal(round, 1, "brass");
        _assertAtWork(round);
    }

    function test_aRoundIsOverOnceItsRevealTimeIs() public {
        bytes32 round = _askAt(IInferenceHub.Assurance.Quorum);
        _commitAll(round, OUTPUT);
        _reveal(round, 0, OUTPUT);
        vm.warp(block.timestamp + REVEAL_TIME);
        _assertAtWork(round);
        vm.warp(block.timestamp + 1);
        _assertStatus(round, IInferenceHub.Status.Expired, "long before the deadline");
        hub.expire(round);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function test_aRoundIsOverAsSoonAsTooFewCanStillAgree() public {
        bytes32 round = _askAt(IInferenceHub.Assurance.Quorum);
        bytes[5] memory answers = [bytes("a"), "b", "c", "d", "a"];
        for (uint256 i = 0; i < 5; ++i) {
            _commit(round, i, answers[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            _reveal(round, i, answers[i]);
            _assertAtWork(round);
        }
        // Four different ones: the last could make two of one at most.
        _reveal(round, 3, answers[3]);
        hub.expire(round);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function test_aRoundWithTooFewCommitmentsIsOverWithTheCommitTime() public {
        bytes32 round = _askAt(IInferenceHub.Assurance.Quorum);
        _commit(round, 0, OUTPUT);
        _commit(round, 1, OUTPUT);
        vm.warp(block.timestamp + COMMIT_TIME);
        _assertAtWork(round);
        vm.warp(block.timestamp + 1);
        hub.expire(round);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function test_aRoundWithTooFewCommitmentsIsOverWithTheDeadline() public {
        bytes32 round = _askAt(IInferenceHub.Assurance.Quorum);
        vm.warp(deadline);
        _commit(round, 0, OUTPUT);
        _assertAtWork(round);
        vm.warp(deadline + 1);
        hub.expire(round);
    }

    /* PROPOSALS */

    function test_aRequestWhoseProposalWasStruckDownLateIsClosedAtOnce() public {
        bytes32 proposed = _askAt(IInferenceHub.Assurance.Optimistic);
        vm.warp(deadline);
        _propose(proposed, OUTPUT);
        vm.warp(deadline + WINDOW);
        hub.challengeOutput(proposed, INPUT, OUTPUT);
        _assertStatus(proposed, IInferenceHub.Status.Expired, "by the clock");
        hub.expire(proposed);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function _assertAtWork(bytes32 round) internal {
        _assertStatus(round, IInferenceHub.Status.Open, "still at work");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotYetExpired.selector, round, deadline));
        hub.expire(round);
    }
}
