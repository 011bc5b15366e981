// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract FulfilTest is HubTest {
    function testFuzz_anAnswerReachesItsConsumer(bytes calldata output, address sender) public {
        // More than that the consumer could not store with its gas.
        vm.assume(output.length <= 256);
        bytes32 requestId = _ask(consumer);
        Answer memory answer = _answer(requestId, output);

        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceAnswered(
            requestId, ATTESTER, answer.receipt.outputHash, answer.receipt.contentHash, true
        );
        vm.prank(sender);
        hub.fulfil(answer.receipt, answer.output, answer.signature);

        assertEq(consumer.calls(), 1, "calls");
        assertEq(consumer.requestId(), requestId, "request id");
        assertEq(consumer.output(), output, "output");
        assertEq(consumer.contentHash(), answer.receipt.contentHash, "content hash");
        assertEq(uint256(consumer.level()), uint256(IInferenceHub.Assurance.Attested), "level");
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    function testFuzz_theReceiptIsGivenBackWhole(bytes calldata output, bytes32 contentHash, uint64 issuedAt) public {
        // More than that the consumer could not store with its gas.
        vm.assume(output.length <= 256);
        bytes32 requestId = _ask(consumer);
        Answer memory answer = _answer(requestId, output);
        answer.receipt.contentHash = contentHash;
        answer.receipt.issuedAt = uint64(bound(issuedAt, 0, (1 << 33) - 1));
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        _fulfil(answer);

        (IInferenceHub.Receipt memory receipt, bytes memory signature, bool delivered) = hub.receiptOf(requestId);
        assertEq(abi.encode(receipt), abi.encode(answer.receipt), "receipt");
        assertEq(signature, answer.signature, "signature");
        assertTrue(delivered, "delivered");
    }

    /// The digest as any EIP-712 library computes it, from the definition.
    function testFuzz_theDigestIsEip712(IInferenceHub.Receipt calldata receipt) public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Verdigris"),
                keccak256("1"),
                block.chainid,
                address(hub)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                keccak256(
                    "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)"
                ),
                receipt.requestId,
                receipt.modelId,
                receipt.inputHash,
                receipt.outputHash,
                receipt.contentHash,
                receipt.issuedAt
            )
        );
        assertEq(hub.receiptDigest(receipt), keccak256(abi.encodePacked(hex"1901", domain, content)), "digest");
    }

    /* THE SAME AND OTHER ANSWERS */

    function test_theSameAnswerAgainChangesNothing() public {
        bytes32 requestId = _ask(consumer);
        Answer memory answer = _answer(requestId, OUTPUT);
        _fulfil(answer);
        vm.record();
        vm.recordLogs();
        _fulfil(answer);
        (, bytes32[] memory writes) = vm.accesses(address(hub));
        assertEq(writes.length, 0, "storage writes");
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(consumer.calls(), 1, "calls");
    }

    function test_theSameAnswerSignedAnewChangesNothing() public {
        bytes32 requestId = _ask(consumer);
        Answer memory first = _answer(requestId, OUTPUT);
        _fulfil(first);
        vm.warp(block.timestamp + 10 days);
        _fulfil(_answer(requestId, OUTPUT));
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = hub.receiptOf(requestId);
        assertEq(receipt.issuedAt, first.receipt.issuedAt, "the first receipt's time");
        assertEq(signature, first.signature, "the first signature");
    }

    function testFuzz_anotherOutputIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(OUTPUT) && other.length <= 1024);
        bytes32 requestId = _ask(consumer);
        _fulfil(_answer(requestId, OUTPUT));
        // Only the output differs: the same document is said to describe it.
        Answer memory answer = _answer(requestId, other);
        answer.receipt.contentHash = sha256(OUTPUT);
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _fulfil(answer);
    }

    function test_anotherContentIsRefused() public {
        bytes32 requestId = _ask(consumer);
        Answer memory answer = _answer(requestId, OUTPUT);
        _fulfil(answer);
        answer.receipt.contentHash = keccak256("another document");
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        _fulfil(answer);
    }

    /* WRONG RECEIPTS */

    function testFuzz_anUnknownRequestIsRefused(bytes32 requestId) public {
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        vm.assume(requestId != answer.receipt.requestId);
        answer.receipt.requestId = requestId;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        _fulfil(answer);
    }

    function testFuzz_aReceiptForAnotherModelIsRefused(bytes32 otherModel) public {
        vm.assume(otherModel != modelId);
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        answer.receipt.modelId = otherModel;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.ReceiptMismatch.selector, answer.receipt.requestId));
        _fulfil(answer);
    }

    function testFuzz_aReceiptForAnotherInputIsRefused(bytes32 otherInput) public {
        vm.assume(otherInput != keccak256(INPUT));
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        answer.receipt.inputHash = otherInput;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.ReceiptMismatch.selector, answer.receipt.requestId));
        _fulfil(answer);
    }

    function testFuzz_anOutputOtherThanTheSignedOneIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(OUTPUT));
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.OutputMismatch.selector, answer.receipt.outputHash, keccak256(other))
        );
        hub.fulfil(answer.receipt, other, answer.signature);
    }

    function test_anOutputThatIsTooLongIsRefused() public {
        bytes memory output = new bytes(hub.MAX_OUTPUT() + 1);
        Answer memory answer = _answer(_ask(consumer), output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.OutputTooLong.selector, output.length));
        _fulfil(answer);
    }

    function test_theLongestOutputIsTaken() public {
        bytes32 requestId = consumer.ask(modelId, INPUT, 0, _deadline());
        _fulfil(_answer(requestId, new bytes(hub.MAX_OUTPUT())));
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    function testFuzz_aTimeThatNoClockShowsIsRefused(uint64 issuedAt) public {
        issuedAt = uint64(bound(issuedAt, 1 << 33, type(uint64).max));
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        answer.receipt.issuedAt = issuedAt;
        answer.signature = _sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.IssuedAtTooLate.selector, issuedAt));
        _fulfil(answer);
    }

    /* THE DEADLINE */

    function test_theLastSecondCounts() public {
        bytes32 requestId = _ask(consumer);
        vm.warp(_deadline());
        _fulfil(_answer(requestId, OUTPUT));
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    function testFuzz_anAnswerAfterTheDeadlineIsRefused(uint256 late) public {
        bytes32 requestId = _ask(consumer);
        uint64 deadline = _deadline();
        vm.warp(bound(late, uint256(deadline) + 1, deadline + 1_000_000));
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _fulfil(answer);
    }
}
