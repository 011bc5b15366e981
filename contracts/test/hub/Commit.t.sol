// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract CommitTest is HubTest {
    bytes32 internal requestId;

    function setUp() public override {
        super.setUp();
        requestId = _askAt(IInferenceHub.Assurance.Quorum);
    }

    function testFuzz_anOperatorCommitsOnce(uint256 operator, bytes32 commitment) public {
        operator = bound(operator, 0, operators.length - 1);
        vm.startPrank(operators[operator]);
        vm.expectEmit(address(hub));
        emit IInferenceHub.AnswerCommitted(requestId, operators[operator], commitment);
        hub.commit(requestId, commitment);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyCommitted.selector, requestId, operators[operator]));
        hub.commit(requestId, commitment);
    }

    function testFuzz_nobodyElseCommits(address sender) public {
        for (uint256 i = 0; i < operators.length; ++i) {
            vm.assume(sender != operators[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotOperator.selector, requestId, sender));
        vm.prank(sender);
        hub.commit(requestId, 0);
    }

    function testFuzz_commitmentsAreTakenForTheCommitTime(uint256 later) public {
        uint256 start = block.timestamp;
        _commit(requestId, 0, OUTPUT);
        vm.warp(start + COMMIT_TIME);
        _commit(requestId, 1, OUTPUT);
        vm.warp(bound(later, start + COMMIT_TIME + 1, start + 12 hours));
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.CommitClosed.selector, requestId, uint64(start + COMMIT_TIME + 1))
        );
        _commit(requestId, 2, OUTPUT);
    }

    function test_commitmentsCloseOnceAllHaveCommitted() public {
        _commitAll(requestId, OUTPUT);
        _reveal(requestId, 0, OUTPUT);
    }

    function testFuzz_theDeadlineBindsTheCommitments(uint256 late) public {
        uint64 deadline = _deadline();
        vm.warp(deadline);
        _commit(requestId, 0, OUTPUT);
        vm.warp(bound(late, uint256(deadline) + 1, deadline + COMMIT_TIME));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _commit(requestId, 1, OUTPUT);
    }

    function test_onlyAQuorumsRequestTakesCommitments() public {
        bytes32 other = _askAt(IInferenceHub.Assurance.Optimistic);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WrongLevel.selector, other, IInferenceHub.Assurance.Optimistic)
        );
        _commit(other, 0, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, bytes32(0)));
        _commit(0, 0, OUTPUT);
    }

    function test_anAnsweredOrClosedRequestTakesNone() public {
        _agree(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _commit(requestId, 4, OUTPUT);

        bytes32 other = _askAt(IInferenceHub.Assurance.Quorum);
        uint64 deadline = _deadline();
        vm.warp(deadline + 1);
        hub.expire(other);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, other, deadline));
        _commit(other, 0, OUTPUT);
    }
}
