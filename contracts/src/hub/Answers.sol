// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Requests} from "./Requests.sol";

/// @title Answers
/// @notice How an answer reaches its consumer, and what becomes of a raise.
abstract contract Answers is Requests {
    /* CONSTANTS */

    /// @dev Gas used between the check of what is left and the consumer's first instruction: the call itself, to an
    /// account that is warm by then.
    uint256 internal constant CALL_COST = 1_000;

    /* DELIVER */

    /// @inheritdoc IInferenceHub
    /// @dev No less gas than was promised, so that nobody can starve a consumer that swallows its own failures.
    function deliver(bytes32 requestId, bytes calldata output) external {
        Ticket ticket = _tickets[requestId];
        Assurance held = _heldLevel(requestId, ticket);
        if (ticket.delivered()) revert AlreadyDelivered(requestId);
        Answer storage answer = _answers[requestId];
        _requireHash(answer.outputHash, output);

        _tickets[requestId] = ticket.withDelivered(true);
        if (!_callBack(requestId, ticket, answer.contentHash, output, held, type(uint256).max)) {
            revert DeliveryFailed(requestId);
        }

        emit InferenceDelivered(requestId);
    }

    /* INTERNAL */

    /// @dev Hands an answer whose evidence was checked, and which is kept, to the consumer. What is owed for it must be
    /// credited by now.
    /// @param operator whom `InferenceAnswered` names
    function _settle(bytes32 requestId, Ticket ticket, Answer memory answer, bytes memory output, address operator)
        internal
    {
        ticket = ticket.withState(TicketState.Answered);
        // Taken as delivered while the callback runs, so that it can't be delivered twice by a re-entrant consumer.
        _tickets[requestId] = ticket.withDelivered(true);
        bool delivered = _callBack(requestId, ticket, answer.contentHash, output, ticket.level(), ticket.callbackGas());
        // A callback that failed has left nothing behind, so the ticket is as it was.
        if (!delivered) _tickets[requestId] = ticket;

        emit InferenceAnswered(requestId, operator, answer.outputHash, answer.contentHash, delivered);
    }

    /// @dev Ends a raise: the evidence either bears the accepted answer out or contradicts it.
    /// @param outputHash what the evidence says that the answer is; zero if only that it is wrong
    function _conclude(bytes32 requestId, Ticket ticket, bytes32 outputHash) internal {
        if (outputHash == _answers[requestId].outputHash) {
            _tickets[requestId] = ticket.withState(TicketState.Answered);
            emit InferenceRaised(requestId, ticket.level());
        } else {
            _tickets[requestId] = ticket.withState(TicketState.Refuted);
            emit InferenceRefuted(requestId, outputHash);
        }
    }

    /// @dev Calls the consumer with at most `gasLimit`, never with less than it was promised, and reads nothing that
    /// it returns. False if it reverts or has no code.
    function _callBack(
        bytes32 requestId,
        Ticket ticket,
        bytes32 contentHash,
        bytes memory output,
        Assurance level,
        uint256 gasLimit
    ) private returns (bool success) {
        address consumer = ticket.consumer();
        if (consumer.code.length == 0) return false;
        bytes memory data = abi.encodeCall(IInferenceConsumer.onInference, (requestId, output, contentHash, level));

        // EIP-150: a call gets at most 63/64 of what is left.
        uint256 promised = ticket.callbackGas();
        uint256 needed = promised + promised / 63 + CALL_COST;
        if (gasleft() < needed) revert TooLittleGas(gasleft(), needed);
        assembly ("memory-safe") {
            success := call(gasLimit, consumer, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
    }
}
