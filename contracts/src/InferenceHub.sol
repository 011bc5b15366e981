// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CompactSignature} from "./lib/CompactSignature.sol";
import {Ticket, TicketLibrary, TicketState} from "./types/Ticket.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title InferenceHub
/// @notice Where contracts ask for an inference and get an answer whose assurance level they know.
/// @dev A request is a ticket (what changes), a question and an answer; each level keeps its own evidence beside
/// them, here `Attestation`. A further level adds an entry point that checks its evidence and ends in `_settle`, and
/// its line in `_requireOffered`. The hub has no owner, holds no ether and trusts nobody but each model's key.
contract InferenceHub is IInferenceHub, EIP712 {
    /// @dev What is asked.
    struct Question {
        bytes32 modelId;
        bytes32 inputHash;
    }

    /// @dev What was accepted.
    struct Answer {
        bytes32 outputHash;
        bytes32 contentHash;
    }

    /// @dev The evidence of level Attested: the signature in ERC-2098 form.
    struct Attestation {
        bytes32 r;
        bytes32 vs;
    }

    /* ERRORS */

    /// @notice The receipt's `issuedAt` lies beyond the year 2242: the signer's clock does not run in seconds.
    error IssuedAtTooLate(uint64 issuedAt);

    /* CONSTANTS */

    /// @notice The longest input, in bytes.
    uint256 public constant MAX_INPUT = 16_384;
    /// @notice The longest output, in bytes.
    uint256 public constant MAX_OUTPUT = 16_384;
    /// @notice The most gas that a callback may be promised; well below EIP-7825's 2^24 for a transaction.
    uint32 public constant MAX_CALLBACK_GAS = 5_000_000;
    /// @notice The longest time that a request may stay open, in seconds.
    uint64 public constant MAX_LIFETIME = 30 days;

    /// @notice The EIP-712 type hash of a receipt.
    bytes32 public constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)"
    );

    /// @dev Gas used between the check of what is left and the consumer's first instruction: the call itself, to an
    /// account that is warm by then.
    uint256 private constant CALL_COST = 1_000;

    /* IMMUTABLES */

    /// @notice Where the models and their keys are registered.
    IModelRegistry public immutable registry;

    /* STORAGE */

    /// @notice How many requests were made; part of each request's id.
    uint256 public requestCount;

    mapping(bytes32 requestId => Ticket) private _tickets;
    mapping(bytes32 requestId => Question) private _questions;
    mapping(bytes32 requestId => Answer) private _answers;
    mapping(bytes32 requestId => Attestation) private _attestations;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_) EIP712("Verdigris", "1") {
        registry = registry_;
    }

    /* REQUEST */

    /// @inheritdoc IInferenceHub
    function request(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas, uint64 deadline)
        external
        returns (bytes32 requestId)
    {
        _requireOffered(level);
        if (input.length > MAX_INPUT) revert InputTooLong(input.length);
        if (callbackGas > MAX_CALLBACK_GAS) revert CallbackGasTooHigh(callbackGas);
        if (
            deadline < block.timestamp || deadline > block.timestamp + MAX_LIFETIME || deadline > TicketLibrary.MAX_TIME
        ) revert BadDeadline(deadline);
        registry.attestationKeyOf(modelId);

        bytes32 inputHash = keccak256(input);
        requestId = keccak256(abi.encode(block.chainid, address(this), msg.sender, modelId, inputHash, ++requestCount));
        _tickets[requestId] = TicketLibrary.open(msg.sender, callbackGas, level, deadline);
        _questions[requestId] = Question(modelId, inputHash);

        emit InferenceRequested(requestId, modelId, msg.sender, input, level, callbackGas, deadline);
    }

    /* FULFIL */

    /// @inheritdoc IInferenceHub
    /// @dev The same answer is the same output and content; a receipt signed anew for it changes nothing either.
    function fulfil(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external {
        bytes32 requestId = receipt.requestId;
        Ticket ticket = _known(requestId);
        Question storage question = _questions[requestId];
        if (receipt.modelId != question.modelId || receipt.inputHash != question.inputHash) {
            revert ReceiptMismatch(requestId);
        }
        if (output.length > MAX_OUTPUT) revert OutputTooLong(output.length);
        _requireHash(receipt.outputHash, output);

        if (ticket.isAnswered()) {
            Answer storage answer = _answers[requestId];
            if (answer.outputHash == receipt.outputHash && answer.contentHash == receipt.contentHash) return;
            revert AlreadyAnswered(requestId);
        }
        if (_isOver(ticket)) revert RequestExpired(requestId, ticket.deadline());

        address attester = _requireAttester(receipt, signature);
        _keepAttestation(requestId, signature);
        ticket = ticket.withIssuedAt(receipt.issuedAt);
        bool delivered = _settle(requestId, ticket, Answer(receipt.outputHash, receipt.contentHash), output);

        emit InferenceAnswered(requestId, attester, receipt.outputHash, receipt.contentHash, delivered);
    }

    /* DELIVER */

    /// @inheritdoc IInferenceHub
    /// @dev No less gas than was promised, so that nobody can starve a consumer that swallows its own failures.
    function deliver(bytes32 requestId, bytes calldata output) external {
        Ticket ticket = _tickets[requestId];
        if (!ticket.isAnswered()) revert UnknownRequest(requestId);
        if (ticket.state() == TicketState.Delivered) revert AlreadyDelivered(requestId);
        Answer storage answer = _answers[requestId];
        _requireHash(answer.outputHash, output);

        _tickets[requestId] = ticket.withState(TicketState.Delivered);
        if (!_callBack(requestId, ticket, answer.contentHash, output, type(uint256).max)) {
            revert DeliveryFailed(requestId);
        }

        emit InferenceDelivered(requestId);
    }

    /* EXPIRE */

    /// @inheritdoc IInferenceHub
    function expire(bytes32 requestId) external {
        Ticket ticket = _known(requestId);
        if (ticket.isAnswered()) revert AlreadyAnswered(requestId);
        if (ticket.state() == TicketState.Expired) revert RequestExpired(requestId, ticket.deadline());
        if (!_isOver(ticket)) revert NotYetExpired(requestId, ticket.deadline());

        _tickets[requestId] = ticket.withState(TicketState.Expired);

        emit InferenceExpired(requestId);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceHub
    /// @dev Expired from the second after the deadline, whether or not `expire` was called.
    function requestOf(bytes32 requestId) external view returns (Request memory request_, Status status) {
        Ticket ticket = _tickets[requestId];
        if (ticket.state() == TicketState.Unknown) return (request_, Status.Unknown);
        Question storage question = _questions[requestId];
        request_ = Request({
            consumer: ticket.consumer(),
            callbackGas: ticket.callbackGas(),
            level: ticket.level(),
            modelId: question.modelId,
            inputHash: question.inputHash,
            deadline: ticket.deadline()
        });
        if (ticket.isAnswered()) status = Status.Answered;
        else status = _isOver(ticket) ? Status.Expired : Status.Open;
    }

    /// @inheritdoc IInferenceHub
    function receiptOf(bytes32 requestId)
        external
        view
        returns (Receipt memory receipt, bytes memory signature, bool delivered)
    {
        Ticket ticket = _tickets[requestId];
        if (!ticket.isAnswered()) revert UnknownRequest(requestId);
        Question storage question = _questions[requestId];
        Answer storage answer = _answers[requestId];
        Attestation storage attestation = _attestations[requestId];
        receipt = Receipt({
            requestId: requestId,
            modelId: question.modelId,
            inputHash: question.inputHash,
            outputHash: answer.outputHash,
            contentHash: answer.contentHash,
            issuedAt: ticket.issuedAt()
        });
        signature = CompactSignature.unpack(attestation.r, attestation.vs);
        delivered = ticket.state() == TicketState.Delivered;
    }

    /// @inheritdoc IInferenceHub
    function receiptDigest(Receipt calldata receipt) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, receipt)));
    }

    /* INTERNAL */

    /// @dev Keeps an answer whose evidence was checked, whatever its level, and hands it to the consumer.
    function _settle(bytes32 requestId, Ticket ticket, Answer memory answer, bytes calldata output)
        private
        returns (bool delivered)
    {
        _answers[requestId] = answer;
        // Taken as delivered while the callback runs, so that it can't be delivered twice by a re-entrant consumer.
        _tickets[requestId] = ticket.withState(TicketState.Delivered);
        delivered = _callBack(requestId, ticket, answer.contentHash, output, ticket.callbackGas());
        if (!delivered) _tickets[requestId] = ticket.withState(TicketState.Kept);
    }

    /// @dev Calls the consumer with at most `gasLimit`, never with less than it was promised, and reads nothing that
    /// it returns. False if it reverts or has no code.
    function _callBack(bytes32 requestId, Ticket ticket, bytes32 contentHash, bytes calldata output, uint256 gasLimit)
        private
        returns (bool success)
    {
        address consumer = ticket.consumer();
        if (consumer.code.length == 0) return false;
        bytes memory data =
            abi.encodeCall(IInferenceConsumer.onInference, (requestId, output, contentHash, ticket.level()));

        // EIP-150: a call gets at most 63/64 of what is left.
        uint256 promised = ticket.callbackGas();
        uint256 needed = promised + promised / 63 + CALL_COST;
        if (gasleft() < needed) revert TooLittleGas(gasleft(), needed);
        assembly ("memory-safe") {
            success := call(gasLimit, consumer, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
    }

    function _requireOffered(Assurance level) private pure {
        if (level != Assurance.Attested) revert UnsupportedLevel(level);
    }

    /// @dev Recovers with OpenZeppelin's ECDSA, which refuses wrong lengths, high s and v other than 27 and 28.
    function _requireAttester(Receipt calldata receipt, bytes calldata signature)
        private
        view
        returns (address attester)
    {
        if (receipt.issuedAt > TicketLibrary.MAX_TIME) revert IssuedAtTooLate(receipt.issuedAt);
        attester = ECDSA.recoverCalldata(receiptDigest(receipt), signature);
        address attestationKey = registry.attestationKeyOf(receipt.modelId);
        if (attester != attestationKey) revert NotAttester(attester, attestationKey);
    }

    function _keepAttestation(bytes32 requestId, bytes calldata signature) private {
        (bytes32 r, bytes32 vs) = CompactSignature.pack(signature);
        _attestations[requestId] = Attestation(r, vs);
    }

    function _requireHash(bytes32 expected, bytes calldata output) private pure {
        bytes32 actual = keccak256(output);
        if (actual != expected) revert OutputMismatch(expected, actual);
    }

    function _known(bytes32 requestId) private view returns (Ticket ticket) {
        ticket = _tickets[requestId];
        if (ticket.state() == TicketState.Unknown) revert UnknownRequest(requestId);
    }

    function _isOver(Ticket ticket) private view returns (bool) {
        return ticket.state() == TicketState.Expired || block.timestamp > ticket.deadline();
    }
}
