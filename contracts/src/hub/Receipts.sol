// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {CompactSignature} from "../lib/CompactSignature.sol";
import {Ticket, TicketLibrary, TicketState} from "../types/Ticket.sol";
import {Answers} from "./Answers.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "solady/utils/EIP712.sol";

/// @title Receipts
/// @notice What a model's key signs, how the signature is checked and kept. Levels Attested and Optimistic rest on it.
abstract contract Receipts is Answers, EIP712 {
    /// @dev A signature in ERC-2098 form.
    struct Attestation {
        bytes32 r;
        bytes32 vs;
    }

    /* CONSTANTS */

    /// @notice The EIP-712 type hash of a receipt.
    bytes32 public constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)"
    );

    /* STORAGE */

    mapping(bytes32 requestId => Attestation) internal _attestations;

    /* VIEWS */

    /// @inheritdoc IInferenceHub
    /// @dev Also for an answer that was refuted later: its receipt is what its key has to answer for.
    function receiptOf(bytes32 requestId)
        external
        view
        returns (Receipt memory receipt, bytes memory signature, bool delivered)
    {
        Ticket ticket = _tickets[requestId];
        if (!ticket.isAnswered() && ticket.state() != TicketState.Refuted) revert UnknownRequest(requestId);
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
        if (attestation.r != 0) signature = CompactSignature.unpack(attestation.r, attestation.vs);
        delivered = ticket.delivered();
    }

    /// @inheritdoc IInferenceHub
    function receiptDigest(Receipt calldata receipt) public view returns (bytes32) {
        return _hashTypedData(keccak256(abi.encode(RECEIPT_TYPEHASH, receipt)));
    }

    /* INTERNAL */

    /// @dev The EIP-712 domain; solady's EIP712 asks for it.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Verdigris", "1");
    }

    /// @dev That a receipt answers what was asked, with this output.
    function _requireFit(Receipt calldata receipt, bytes calldata output) internal view {
        Question storage question = _questions[receipt.requestId];
        if (receipt.modelId != question.modelId || receipt.inputHash != question.inputHash) {
            revert ReceiptMismatch(receipt.requestId);
        }
        if (output.length > MAX_OUTPUT) revert OutputTooLong(output.length);
        _requireHash(receipt.outputHash, output);
    }

    /// @dev Whether a receipt says what the accepted or bonded answer says. A receipt signed anew for it says the same.
    function _isSame(Receipt calldata receipt) internal view returns (bool) {
        Answer storage answer = _answers[receipt.requestId];
        return answer.outputHash == receipt.outputHash && answer.contentHash == receipt.contentHash;
    }

    /// @dev Recovers with OpenZeppelin's ECDSA, which refuses wrong lengths, high s and v other than 27 and 28.
    function _requireAttester(Receipt calldata receipt, bytes calldata signature)
        internal
        view
        returns (address attester)
    {
        if (receipt.issuedAt > TicketLibrary.MAX_TIME) revert IssuedAtTooLate(receipt.issuedAt);
        attester = ECDSA.recoverCalldata(receiptDigest(receipt), signature);
        address attestationKey = _attestationKeyOf(receipt.modelId);
        if (attester != attestationKey) revert NotAttester(attester, attestationKey);
    }

    /// @dev Keeps the answer and its signature; gives back the ticket with the receipt's time.
    function _keep(Receipt calldata receipt, bytes calldata signature, Ticket ticket) internal returns (Ticket) {
        (bytes32 r, bytes32 vs) = CompactSignature.pack(signature);
        _attestations[receipt.requestId] = Attestation(r, vs);
        _answers[receipt.requestId] = Answer(receipt.outputHash, receipt.contentHash);
        return ticket.withIssuedAt(receipt.issuedAt);
    }
}
