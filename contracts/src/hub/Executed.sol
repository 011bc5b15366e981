// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Answers} from "./Answers.sol";

/// @title Executed
/// @notice The last level: the chain runs the model itself, so nobody need be trusted.
abstract contract Executed is Answers {
    /* EXECUTE */

    /// @inheritdoc IInferenceHub
    function execute(bytes32 requestId, bytes calldata input) external {
        Ticket ticket = _awaiting(requestId, Assurance.Executed);
        _requireInTime(requestId, ticket);
        _requireInput(requestId, input);
        bytes memory output = IExecutor(executor).run(_questions[requestId].modelId, input);
        if (output.length > MAX_OUTPUT) revert OutputTooLong(output.length);

        bytes32 outputHash = keccak256(output);
        _credit(msg.sender, _release(requestId).fee);
        if (ticket.state() == TicketState.Raising) {
            _conclude(requestId, ticket, outputHash);
        } else {
            Answer memory answer = Answer(outputHash, 0);
            _answers[requestId] = answer;
            _settle(requestId, ticket, answer, output, msg.sender);
        }
    }
}
