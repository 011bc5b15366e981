// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Receipts} from "./Receipts.sol";
import {Requests} from "./Requests.sol";
import {Stakes} from "./Stakes.sol";

/// @title Optimistic
/// @notice The third level: the key's answer is bonded, and stands unless somebody proves it wrong within a window.
/// @dev Bond and window are those of the time when the level was asked for: nobody can shrink them under a request.
abstract contract Optimistic is Receipts, Stakes {
    /// @dev What a proposal must fulfil, in one word, and how far the one at hand is: its number, if there were demands, and
    /// how many of those are still to be met, and are met.
    struct Pledge {
        uint88 bond;
        uint32 window;
        IModelRegistry.Task task;
        uint32 number;
        uint32 openDemands;
        uint32 metDemands;
    }

    /// @dev One word; none if no proposer. Parts can be demanded until `demandsUntil`.
    struct Pending {
        address proposer;
        uint40 demandsUntil;
        uint40 finalAfter;
    }

    /* STORAGE */

    mapping(bytes32 requestId => Pledge) internal _pledges;
    mapping(bytes32 requestId => Pending) internal _pending;

    /* PROPOSE */

    /// @inheritdoc IInferenceHub
    function propose(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external {
        bytes32 requestId = receipt.requestId;
        Ticket ticket = _known(requestId);
        _requireFit(receipt, output);
        if (_isSettledBy(receipt, ticket)) return;
        _awaiting(requestId, Assurance.Optimistic);
        address other = _pending[requestId].proposer;
        if (other != address(0)) {
            if (_repeats(receipt, ticket)) return;
            revert AlreadyProposed(requestId, other);
        }
        _requireInTime(requestId, ticket);
        _requireAttester(receipt, signature);

        // An answer that is being raised keeps the receipt that it has, and one without gets none of another document.
        if (_attestations[requestId].r == 0 && (!ticket.isAnswered() || _isSame(receipt))) {
            _tickets[requestId] = _keep(receipt, signature, ticket);
        }
        Pledge storage pledge = _pledges[requestId];
        _lock(msg.sender, pledge.bond);
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 finalAfter = uint40(block.timestamp) + pledge.window;
        _pending[requestId] = Pending(msg.sender, finalAfter, finalAfter);

        emit AnswerProposed(requestId, msg.sender, receipt, output, finalAfter);
    }

    /* FINALISE */

    /// @inheritdoc IInferenceHub
    function finalise(bytes32 requestId, bytes calldata output) external {
        Pending memory pending = _pendingOf(requestId);
        Pledge storage pledge = _pledges[requestId];
        if (block.timestamp <= pending.finalAfter || pledge.openDemands != 0) {
            revert WindowOpen(requestId, pending.finalAfter);
        }
        Answer memory answer = _answers[requestId];
        _requireHash(answer.outputHash, output);

        Ticket ticket = _tickets[requestId];
        address attestationKey = _attestationKeyOf(_questions[requestId].modelId);
        delete _pending[requestId];
        _unlock(pending.proposer, pledge.bond, 0, 0);
        _credit(attestationKey, _release(requestId).fee);
        if (pledge.metDemands != 0) _credit(pending.proposer, _takeEarned(requestId));
        if (ticket.state() == TicketState.Raising) _conclude(requestId, ticket, answer.outputHash);
        else _settle(requestId, ticket, answer, output, attestationKey);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceHub
    function proposalOf(bytes32 requestId) external view returns (Proposal memory proposal) {
        Pending memory pending = _pending[requestId];
        if (pending.proposer == address(0)) return proposal;
        proposal = Proposal({
            proposer: pending.proposer,
            bond: _pledges[requestId].bond,
            finalAfter: pending.finalAfter,
            outputHash: _answers[requestId].outputHash
        });
    }

    /* INTERNAL */

    /// @inheritdoc Requests
    function _begin(bytes32 requestId, bytes32 modelId, Assurance level) internal virtual override {
        if (level != Assurance.Optimistic) return;
        OptimisticTerms memory terms = optimisticOf(modelId);
        Pledge storage pledge = _pledges[requestId];
        // Both were bounded when they were set. The number counts on, so that demands of earlier proposals stay told apart.
        // forge-lint: disable-next-line(unsafe-typecast)
        (pledge.bond, pledge.window, pledge.task) = (uint88(terms.bond), uint32(terms.window), _taskOf(modelId));
    }

    /// @inheritdoc Requests
    function _isProposed(bytes32 requestId) internal view override returns (bool) {
        return _pending[requestId].proposer != address(0);
    }

    function _pendingOf(bytes32 requestId) internal view returns (Pending memory pending) {
        pending = _pending[requestId];
        if (pending.proposer == address(0)) revert NoProposal(requestId);
    }

    /// @dev Ends a proposal that won't be final. An answer that was only proposed is forgotten.
    function _dismiss(bytes32 requestId) internal {
        delete _pending[requestId];
        Pledge storage pledge = _pledges[requestId];
        if (pledge.openDemands != 0 || pledge.metDemands != 0) {
            // Nothing is earned: watchers reclaim the deposits of this number.
            if (pledge.metDemands != 0) _takeEarned(requestId);
            ++pledge.number;
            (pledge.openDemands, pledge.metDemands) = (0, 0);
        }
        if (_tickets[requestId].isAnswered()) return;
        delete _answers[requestId];
        delete _attestations[requestId];
    }

    /// @dev What a proposal that has become final, or has failed, had earned besides the fee; from then on nothing.
    function _takeEarned(bytes32 requestId) internal virtual returns (uint256);

    /// @dev Whether the receipt repeats an accepted answer that needs no proposal. Another answer reverts.
    function _isSettledBy(Receipt calldata receipt, Ticket ticket) private view returns (bool) {
        if (!ticket.isAnswered() && ticket.state() != TicketState.Refuted) return false;
        if (!_repeats(receipt, ticket)) revert AlreadyAnswered(receipt.requestId);
        return ticket.state() != TicketState.Raising || ticket.level() != Assurance.Optimistic;
    }

    /// @dev Whether the receipt gives the accepted or bonded answer. A raise asks whether the output is right, whatever
    /// document describes it.
    function _repeats(Receipt calldata receipt, Ticket ticket) private view returns (bool) {
        if (ticket.state() != TicketState.Raising) return _isSame(receipt);
        return _answers[receipt.requestId].outputHash == receipt.outputHash;
    }
}
