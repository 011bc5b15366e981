// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {MoodyConsumer} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

/// @notice Accepted answers that somebody wants borne out by more.
contract RaiseTest is HubTest {
    IInferenceHub.Assurance internal constant ATTESTED = IInferenceHub.Assurance.Attested;
    IInferenceHub.Assurance internal constant QUORUM = IInferenceHub.Assurance.Quorum;
    IInferenceHub.Assurance internal constant OPTIMISTIC = IInferenceHub.Assurance.Optimistic;
    IInferenceHub.Assurance internal constant EXECUTED = IInferenceHub.Assurance.Executed;

    bytes32 internal requestId;
    bytes internal right;

    function setUp() public override {
        super.setUp();
        right = _right(INPUT);
        requestId = _attested(right);
    }

    function _assertRaised(IInferenceHub.Assurance level) internal view {
        _assertLevel(requestId, level, "level");
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
        assertEq(consumer.calls(), 1, "the consumer isn't called again");
    }

    function _assertRefuted() internal {
        _assertStatus(requestId, IInferenceHub.Status.Refuted, "refuted");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.levelOf(requestId);
        (IInferenceHub.Receipt memory receipt,,) = hub.receiptOf(requestId);
        assertEq(receipt.outputHash, keccak256(OUTPUT), "its receipt is still there");
    }

    /* ASKING */

    function testFuzz_aRaiseHoldsTheAnswerMeanwhile(uint256 fee, uint64 lifetime) public {
        fee = bound(fee, 0, 50 ether);
        uint64 deadline = uint64(block.timestamp + bound(lifetime, 0, hub.MAX_LIFETIME()));
        vm.expectEmit(address(hub));
        emit IInferenceHub.RaiseRequested(requestId, tensorId, QUORUM, fee, deadline);
        vm.prank(RAISER);
        hub.raise{value: fee}(requestId, QUORUM, deadline);

        (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(uint256(status), uint256(IInferenceHub.Status.Answered), "status");
        assertEq(uint256(request.level), uint256(QUORUM), "the raise's level");
        assertEq(request.deadline, deadline, "the raise's deadline");
        assertEq(request.fee, fee, "the raise's fee");
        _assertLevel(requestId, ATTESTED, "the level held");
    }

    function test_onlyAnAcceptedAnswerIsRaised() public {
        _assertNotRaisable(keccak256("none"), IInferenceHub.Status.Unknown);
        bytes32 open = _askAt(ATTESTED);
        _assertNotRaisable(open, IInferenceHub.Status.Open);
        bytes32 proposed = _askAt(OPTIMISTIC);
        _propose(proposed, right);
        _assertNotRaisable(proposed, IInferenceHub.Status.Proposed);
        vm.warp(_deadline() + 1);
        _assertNotRaisable(open, IInferenceHub.Status.Expired);
        hub.expire(open);
        _assertNotRaisable(open, IInferenceHub.Status.Expired);
    }

    /// A raise that waits is no way to hold up another one, better or not.
    function test_aRaiseTakesAWaitingOnesPlace() public {
        _raise(requestId, OPTIMISTIC);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.LevelNotHigher.selector, requestId, OPTIMISTIC));
        hub.raise(requestId, OPTIMISTIC, _deadline());
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.LevelNotHigher.selector, requestId, OPTIMISTIC));
        hub.raise(requestId, ATTESTED, _deadline());
        hub.raise(requestId, QUORUM, _deadline());
        assertEq(hub.claimableBy(RAISER), FEE, "the first raise's fee goes back");
        _assertLevel(requestId, ATTESTED, "the level held");
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        hub.raise{value: 1 ether}(requestId, EXECUTED, _deadline());
        hub.execute(requestId, INPUT);
        _assertRaised(EXECUTED);
        assertEq(hub.claimableBy(address(this)), 1 ether, "and the last one's is earned");
    }

    /// Operators who have committed are not sent away.
    function test_notWhileAQuorumIsAtWork() public {
        _raise(requestId, QUORUM);
        _commit(requestId, 0, right);
        _assertNotRaisable(requestId, IInferenceHub.Status.Answered);
        vm.expectPartialRevert(IInferenceHub.NotRaisable.selector);
        hub.raise(requestId, EXECUTED, _deadline());
        vm.warp(block.timestamp + COMMIT_TIME + REVEAL_TIME + 2);
        hub.raise(requestId, EXECUTED, _deadline());
        hub.execute(requestId, INPUT);
        _assertRaised(EXECUTED);
    }

    function test_notWhileABondedAnswerWaits() public {
        _raise(requestId, OPTIMISTIC);
        _propose(requestId, right);
        _assertNotRaisable(requestId, IInferenceHub.Status.Answered);
    }

    /// A replaced raise's round leaves nothing behind when the level is asked for again.
    function test_aReplacedQuorumStartsAnew() public {
        _raise(requestId, QUORUM);
        _commit(requestId, 0, right);
        vm.warp(block.timestamp + COMMIT_TIME + REVEAL_TIME + 2);
        _raise(requestId, OPTIMISTIC);
        _raise(requestId, QUORUM);
        _agree(requestId, right);
        _assertRaised(QUORUM);
    }

    function testFuzz_onlyToAHigherLevel(uint8 level) public {
        _raise(requestId, EXECUTED);
        hub.execute(requestId, INPUT);
        IInferenceHub.Assurance to = IInferenceHub.Assurance(level % 5);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.LevelNotHigher.selector, requestId, EXECUTED));
        hub.raise(requestId, to, _deadline());
    }

    function test_aRaiseIsHeldToTheRulesOfARequest() public {
        vm.prank(PUBLISHER);
        hub.setFee(tensorId, QUORUM, FEE);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.FeeTooLow.selector, FEE - 1, FEE));
        hub.raise{value: FEE - 1}(requestId, QUORUM, _deadline());
        uint64 past = uint64(block.timestamp - 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadDeadline.selector, past));
        hub.raise{value: FEE}(requestId, QUORUM, past);
        uint64 far = uint64(block.timestamp + hub.MAX_LIFETIME() + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadDeadline.selector, far));
        hub.raise{value: FEE}(requestId, QUORUM, far);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.UnreachableLevel.selector, tensorId, IInferenceHub.Assurance.Proven)
        );
        hub.raise(requestId, IInferenceHub.Assurance.Proven, _deadline());
    }

    /* EVIDENCE THAT AGREES */

    function test_anAnswerClimbsEveryLevel() public {
        _raise(requestId, QUORUM);
        _commitAll(requestId, right);
        _reveal(requestId, 0, right);
        _reveal(requestId, 1, right);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRaised(requestId, QUORUM);
        _reveal(requestId, 2, right);
        _assertRaised(QUORUM);

        _raise(requestId, OPTIMISTIC);
        _propose(requestId, right);
        _assertLevel(requestId, QUORUM, "held while it waits for challenges");
        _passWindow();
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRaised(requestId, OPTIMISTIC);
        hub.finalise(requestId, right);
        _assertRaised(OPTIMISTIC);
        assertEq(hub.claimableBy(ATTESTER), 2 * FEE, "the key's fees: attested, then optimistic");

        _raise(requestId, EXECUTED);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRaised(requestId, EXECUTED);
        vm.prank(STRANGER);
        hub.execute(requestId, INPUT);
        _assertRaised(EXECUTED);
        assertEq(hub.claimableBy(STRANGER), FEE, "who had it executed");
    }

    /// The receipt is the first one's, whatever bears it out later.
    function test_theFirstReceiptIsKept() public {
        (IInferenceHub.Receipt memory first, bytes memory signature,) = hub.receiptOf(requestId);
        vm.warp(block.timestamp + 1 hours);
        _raise(requestId, OPTIMISTIC);
        _propose(requestId, right);
        _passWindow();
        hub.finalise(requestId, right);
        (IInferenceHub.Receipt memory receipt, bytes memory kept,) = hub.receiptOf(requestId);
        assertEq(abi.encode(receipt), abi.encode(first), "receipt");
        assertEq(kept, signature, "signature");
    }

    /// An answer of a quorum has no signature till it is raised with one.
    function test_aQuorumsAnswerGetsAReceiptWhenItIsRaised() public {
        requestId = _askAt(QUORUM);
        _agree(requestId, right);
        _raise(requestId, OPTIMISTIC);
        Answer memory answer = _answer(requestId, right);
        answer.receipt.contentHash = CONTENT;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        _propose(answer);
        _passWindow();
        hub.finalise(requestId, right);
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = hub.receiptOf(requestId);
        assertEq(abi.encode(receipt), abi.encode(answer.receipt), "receipt");
        assertEq(signature, answer.signature, "signature");
    }

    /// Only the output counts in a raise by quorum, not the document that describes it.
    function test_aQuorumNeedNotNameTheSameDocument() public {
        _raise(requestId, QUORUM);
        _agree(requestId, right);
        _assertRaised(QUORUM);
        (IInferenceHub.Receipt memory receipt,,) = hub.receiptOf(requestId);
        assertEq(receipt.contentHash, sha256(right), "the first answer's document");
    }

    /// Nor does a bonded answer: what is bonded is the output. The first document and its receipt stay.
    function test_aBondedAnswerNeedNotNameTheSameDocument() public {
        (IInferenceHub.Receipt memory first, bytes memory signature,) = hub.receiptOf(requestId);
        _raise(requestId, OPTIMISTIC);
        Answer memory answer = _answer(requestId, right);
        answer.receipt.contentHash = CONTENT;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        _propose(answer);
        _propose(answer);
        _passWindow();
        hub.finalise(requestId, right);
        _assertRaised(OPTIMISTIC);
        (IInferenceHub.Receipt memory receipt, bytes memory kept,) = hub.receiptOf(requestId);
        assertEq(abi.encode(receipt), abi.encode(first), "receipt");
        assertEq(kept, signature, "signature");
    }

    function testFuzz_anotherAnswerCannotBeProposedInARaise(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(right) && other.length <= 1_024);
        _raise(requestId, OPTIMISTIC);
        Answer memory answer = _answer(requestId, other);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _propose(answer);
    }

    /* EVIDENCE THAT CONTRADICTS */

    function test_aQuorumRefutes() public {
        requestId = _attested(OUTPUT);
        _raise(requestId, QUORUM);
        _commitAll(requestId, right);
        _reveal(requestId, 0, right);
        _reveal(requestId, 1, right);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRefuted(requestId, keccak256(right));
        _reveal(requestId, 2, right);
        _assertRefuted();
        assertEq(hub.claimableBy(operators[0]), FEE / 3, "evidence is paid for either way");
    }

    function test_anExecutionRefutes() public {
        requestId = _attested(OUTPUT);
        _raise(requestId, EXECUTED);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRefuted(requestId, keccak256(right));
        vm.prank(STRANGER);
        hub.execute(requestId, INPUT);
        _assertRefuted();
        assertEq(hub.claimableBy(STRANGER), FEE, "evidence is paid for either way");
    }

    function test_aFraudProofSlashesAndRefutes() public {
        requestId = _attested(OUTPUT);
        uint256 owed = hub.claimableBy(ATTESTER);
        _raise(requestId, OPTIMISTIC);
        _propose(requestId, OUTPUT);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRefuted(requestId, keccak256(right));
        vm.prank(WATCHER);
        hub.challengeOutput(requestId, INPUT, OUTPUT);
        _assertRefuted();
        _assertStake(OPERATOR, 10 ether - BOND, 0, "slashed");
        assertEq(hub.claimableBy(RAISER), FEE, "the raise's fee is refunded");
        assertEq(hub.claimableBy(ATTESTER), owed, "the key earns nothing more");
    }

    function test_aRefutedAnswerIsNeitherRaisedNorDeliveredNorExpired() public {
        MoodyConsumer moody = new MoodyConsumer(hub);
        requestId = moody.askAt(tensorId, INPUT, ATTESTED, CALLBACK_GAS, _deadline());
        _fulfil(_answer(requestId, OUTPUT));
        _raise(requestId, EXECUTED);
        hub.execute(requestId, INPUT);
        _assertNotRaisable(requestId, IInferenceHub.Status.Refuted);
        moody.mend();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.deliver(requestId, OUTPUT);
        vm.warp(_deadline() + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        hub.expire(requestId);
        // Who sends the same answer once more is not told off, and changes nothing.
        Answer memory answer = _answer(requestId, OUTPUT);
        _fulfil(answer);
        _propose(answer);
        _assertRefuted();
    }

    /* NO EVIDENCE */

    function testFuzz_aRaiseWithoutEvidenceEndsByItsDeadline(uint8 level, uint256 late) public {
        IInferenceHub.Assurance to = IInferenceHub.Assurance([1, 2, 4][level % 3]);
        _raise(requestId, to);
        uint64 deadline = _deadline();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotYetExpired.selector, requestId, deadline));
        hub.expire(requestId);
        vm.warp(bound(late, uint256(deadline) + 1, deadline + 365 days));
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceExpired(requestId);
        hub.expire(requestId);
        _assertRaised(ATTESTED);
        assertEq(hub.claimableBy(RAISER), FEE, "refund");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        hub.expire(requestId);
        _raise(requestId, to);
    }

    /// A second raise by quorum begins from nothing: neither commitments nor reveals of the first count.
    function test_aSecondRoundBeginsAnew() public {
        _raise(requestId, QUORUM);
        _commitAll(requestId, right);
        _reveal(requestId, 0, right);
        _reveal(requestId, 1, right);
        vm.warp(_deadline() + 1);
        hub.expire(requestId);

        _raise(requestId, QUORUM);
        vm.expectPartialRevert(IInferenceHub.RevealClosed.selector);
        _reveal(requestId, 2, right);
        _commitAll(requestId, right);
        _reveal(requestId, 2, right);
        _reveal(requestId, 3, right);
        _assertLevel(requestId, ATTESTED, "two of three");
        _reveal(requestId, 0, right);
        _assertRaised(QUORUM);
    }

    function test_aVoidProposalLeavesTheRaiseOpen() public {
        bytes memory input = hex"ff";
        requestId = consumer.askAt{value: FEE}(tensorId, input, ATTESTED, CALLBACK_GAS, _deadline());
        _fulfil(_answer(requestId, OUTPUT));
        _raise(requestId, OPTIMISTIC);
        _propose(requestId, OUTPUT);
        hub.challengeOutput(requestId, input, OUTPUT);
        _assertLevel(requestId, ATTESTED, "still held");
        vm.warp(_deadline() + 1);
        hub.expire(requestId);
        assertEq(hub.claimableBy(RAISER), FEE, "refund");
    }

    /* DELIVERY MEANWHILE */

    function test_aKeptAnswerIsRaisedAndDeliveredAtTheLevelHeld() public {
        MoodyConsumer moody = new MoodyConsumer(hub);
        requestId = moody.askAt(tensorId, INPUT, ATTESTED, CALLBACK_GAS, _deadline());
        _fulfil(_answer(requestId, right));
        _raise(requestId, EXECUTED);
        uint256 snapshot = vm.snapshotState();
        moody.mend();
        hub.deliver(requestId, right);
        assertEq(uint256(moody.level()), uint256(ATTESTED), "while it is raised");
        vm.revertToState(snapshot);
        hub.execute(requestId, INPUT);
        moody.mend();
        hub.deliver(requestId, right);
        assertEq(uint256(moody.level()), uint256(EXECUTED), "afterwards");
    }

    function _assertNotRaisable(bytes32 id, IInferenceHub.Status status) internal {
        uint64 deadline = _deadline();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotRaisable.selector, id, status));
        hub.raise(id, QUORUM, deadline);
    }
}
