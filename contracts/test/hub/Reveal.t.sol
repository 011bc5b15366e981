// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract RevealTest is HubTest {
    bytes internal constant OTHER = "brass";

    bytes32 internal requestId;

    function setUp() public override {
        super.setUp();
        requestId = _askAt(IInferenceHub.Assurance.Quorum);
    }

    function test_theThirdEqualAnswerSettles() public {
        _commitAll(requestId, OUTPUT);
        _reveal(requestId, 0, OUTPUT);
        _reveal(requestId, 4, OUTPUT);
        _assertStatus(requestId, IInferenceHub.Status.Open, "two of three");

        vm.expectEmit(address(hub));
        emit IInferenceHub.AnswerRevealed(requestId, operators[2], keccak256(OUTPUT), CONTENT);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceAnswered(requestId, operators[2], keccak256(OUTPUT), CONTENT, true);
        _reveal(requestId, 2, OUTPUT);

        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
        _assertLevel(requestId, IInferenceHub.Assurance.Quorum, "level");
        assertEq(consumer.output(), OUTPUT, "output");
        assertEq(consumer.contentHash(), CONTENT, "content");
        assertEq(uint256(consumer.level()), uint256(IInferenceHub.Assurance.Quorum), "the level that it is told");
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = hub.receiptOf(requestId);
        assertEq(receipt.outputHash, keccak256(OUTPUT), "receipt");
        assertEq(signature.length, 0, "no key's signature");
    }

    function testFuzz_theFeeIsSharedByThoseWhoRevealedTheAnswer(uint88 fee) public {
        fee = uint88(bound(fee, 0, 50 ether));
        bytes32 paid =
            consumer.askAt{value: fee}(tensorId, INPUT, IInferenceHub.Assurance.Quorum, CALLBACK_GAS, _deadline());
        for (uint256 i = 0; i < operators.length; ++i) {
            _commit(paid, i, i < 2 ? OTHER : OUTPUT);
        }
        _reveal(paid, 0, OTHER);
        _reveal(paid, 2, OUTPUT);
        _reveal(paid, 3, OUTPUT);
        _reveal(paid, 4, OUTPUT);
        assertEq(hub.claimableBy(operators[0]), 0, "another answer");
        assertEq(hub.claimableBy(operators[1]), 0, "no answer");
        assertEq(hub.claimableBy(operators[2]), fee / 3, "a share");
        assertEq(hub.claimableBy(operators[3]), fee / 3, "a share");
        assertEq(hub.claimableBy(operators[4]), fee / 3 + fee % 3, "a share, and what doesn't divide");
    }

    /// The same output with another document is another answer: the consumer is told both.
    function test_answersAreEqualOnlyWithTheirContents() public {
        bytes32 content = keccak256("another document");
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 described = i == 0 ? content : CONTENT;
            vm.prank(operators[i]);
            hub.commit(requestId, keccak256(abi.encode(requestId, operators[i], keccak256(OUTPUT), described, SALT)));
        }
        vm.warp(block.timestamp + COMMIT_TIME + 1);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(operators[i]);
            hub.reveal(requestId, OUTPUT, i == 0 ? content : CONTENT, SALT);
        }
        _assertStatus(requestId, IInferenceHub.Status.Expired, "two of three, and nobody left");
    }

    /* TIMES */

    function testFuzz_nothingIsRevealedWhileOthersMayCommit(uint256 time) public {
        uint256 start = block.timestamp;
        _commit(requestId, 0, OUTPUT);
        vm.warp(bound(time, start, start + COMMIT_TIME));
        uint64 opensAt = uint64(start + COMMIT_TIME + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.RevealClosed.selector, requestId, opensAt, opensAt + REVEAL_TIME)
        );
        _reveal(requestId, 0, OUTPUT);
    }

    function test_theRevealTimeBeginsOnceAllHaveCommittedOrTheCommitTimeIsOver() public {
        uint256 start = block.timestamp;
        _commit(requestId, 0, OUTPUT);
        _commit(requestId, 1, OUTPUT);
        _commit(requestId, 2, OUTPUT);
        vm.warp(start + COMMIT_TIME + 1);
        _reveal(requestId, 0, OUTPUT);
        vm.warp(start + COMMIT_TIME + 1 + REVEAL_TIME);
        _reveal(requestId, 1, OUTPUT);
        vm.warp(start + COMMIT_TIME + 2 + REVEAL_TIME);
        vm.expectPartialRevert(IInferenceHub.RevealClosed.selector);
        _reveal(requestId, 2, OUTPUT);
    }

    function test_nothingIsRevealedBeforeTheFirstCommitment() public {
        vm.expectPartialRevert(IInferenceHub.RevealClosed.selector);
        _reveal(requestId, 0, OUTPUT);
    }

    /// A round that began in time may end after the deadline.
    function test_aRoundOutlivesTheDeadline() public {
        vm.warp(_deadline());
        _commitAll(requestId, OUTPUT);
        vm.warp(block.timestamp + REVEAL_TIME);
        _reveal(requestId, 0, OUTPUT);
        vm.expectPartialRevert(IInferenceHub.NotYetExpired.selector);
        hub.expire(requestId);
        _reveal(requestId, 1, OUTPUT);
        _reveal(requestId, 2, OUTPUT);
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    /* WRONG REVEALS */

    function testFuzz_onlyWhatWasCommittedIsRevealed(bytes calldata output, bytes32 contentHash, bytes32 salt) public {
        vm.assume(output.length <= 1_024);
        vm.assume(keccak256(output) != keccak256(OUTPUT) || contentHash != CONTENT || salt != SALT);
        _commitAll(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, requestId, operators[0]));
        vm.prank(operators[0]);
        hub.reveal(requestId, output, contentHash, salt);
    }

    function test_nobodyRevealsTwiceOrWithoutACommitment() public {
        _commit(requestId, 0, OUTPUT);
        _commit(requestId, 1, OUTPUT);
        _commit(requestId, 2, OUTPUT);
        vm.warp(block.timestamp + COMMIT_TIME + 1);
        _reveal(requestId, 0, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, requestId, operators[0]));
        _reveal(requestId, 0, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, requestId, operators[3]));
        _reveal(requestId, 3, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotOperator.selector, requestId, STRANGER));
        vm.prank(STRANGER);
        hub.reveal(requestId, OUTPUT, CONTENT, SALT);
    }

    function test_anOutputThatIsTooLongIsRefused() public {
        bytes memory output = new bytes(hub.MAX_OUTPUT() + 1);
        _commitAll(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.OutputTooLong.selector, output.length));
        _reveal(requestId, 0, output);
    }

    function test_aSettledRequestTakesNoMore() public {
        _agree(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _reveal(requestId, 3, OUTPUT);
    }

    /* COPIES */

    /// A commitment names its operator and its request, so a copy of it can't be revealed.
    function test_aCopiedCommitmentCannotBeRevealed() public {
        bytes32 commitment = _commitment(requestId, operators[0], OUTPUT);
        _commit(requestId, 0, OUTPUT);
        for (uint256 i = 1; i < operators.length; ++i) {
            vm.prank(operators[i]);
            hub.commit(requestId, commitment);
        }
        _reveal(requestId, 0, OUTPUT);
        // By now all know the answer and the salt.
        for (uint256 i = 1; i < operators.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, requestId, operators[i]));
            _reveal(requestId, i, OUTPUT);
        }
    }

    function test_aCommitmentDoesNotCountForAnotherRequest() public {
        bytes32 other = _askAt(IInferenceHub.Assurance.Quorum);
        for (uint256 i = 0; i < operators.length; ++i) {
            vm.prank(operators[i]);
            hub.commit(other, _commitment(requestId, operators[i], OUTPUT));
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, other, operators[0]));
        _reveal(other, 0, OUTPUT);
    }

    /// A reveal that is copied out of the mempool is worth nothing to another sender.
    function test_aCopiedRevealIsRefused() public {
        _commitAll(requestId, OTHER);
        bytes32 fresh = _askAt(IInferenceHub.Assurance.Quorum);
        _commit(fresh, 0, OUTPUT);
        for (uint256 i = 1; i < operators.length; ++i) {
            _commit(fresh, i, OTHER);
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, fresh, operators[1]));
        _reveal(fresh, 1, OUTPUT);
        _reveal(fresh, 0, OUTPUT);
    }
}
