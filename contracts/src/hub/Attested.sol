// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Receipts} from "./Receipts.sol";

/// @title Attested
/// @notice The first level: one key, the model's, says what the answer is.
abstract contract Attested is Receipts {
    /* FULFIL */

    /// @inheritdoc IInferenceHub
    function fulfil(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external {
        bytes32 requestId = receipt.requestId;
        Ticket ticket = _known(requestId);
        _requireFit(receipt, output);
        if (ticket.isAnswered() || ticket.state() == TicketState.Refuted) {
            if (_isSame(receipt)) return;
            revert AlreadyAnswered(requestId);
        }
        _awaiting(requestId, Assurance.Attested);
        _requireInTime(requestId, ticket);
        address attester = _requireAttester(receipt, signature);

        ticket = _keep(receipt, signature, ticket);
        _credit(attester, _release(requestId).fee);
        _settle(requestId, ticket, Answer(receipt.outputHash, receipt.contentHash), output, attester);
    }
}
