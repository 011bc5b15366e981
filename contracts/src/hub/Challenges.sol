// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PictureEvidence} from "../PictureEvidence.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {PixelRoot} from "../lib/PixelRoot.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Optimistic} from "./Optimistic.sol";
import {Requests} from "./Requests.sol";

/// @title Challenges
/// @notice Fraud proofs: in one transaction the chain computes a part of a bonded answer itself and compares.
/// A picture can be proved wrong if its tiles can be shown one by one, which its size must allow (`PixelRoot.isBondable`).
/// @dev A part differs only if the executor gave another value. A call of it that fails never counts as a difference, so
/// too little gas can't slash anybody. Only if the executor refuses the question by name (`_requireRefusal`), which doesn't
/// depend on gas, the question has no answer at all: then the proposal is void, and still nobody is slashed.
abstract contract Challenges is Optimistic {
    /* CONSTANTS */

    /// @dev Stands for a tile's number where a proposal is void for its question's sake.
    uint32 internal constant NO_TILE = type(uint32).max;

    /* IMMUTABLES */

    PictureEvidence internal immutable EVIDENCE;

    /* CONSTRUCTOR */

    constructor() {
        EVIDENCE = new PictureEvidence(IExecutor(executor));
    }

    /* CHALLENGE */

    /// @inheritdoc IInferenceHub
    function challengePixel(
        bytes32 requestId,
        bytes calldata input,
        bytes calldata output,
        Opening calldata opening,
        uint8 column,
        uint8 row
    ) external {
        Pending memory pending = _challengeable(requestId, input, output);
        if (column >= PixelRoot.TILE || row >= PixelRoot.TILE) revert BadPixel(opening.index, column, row);
        bytes32 modelId = _questions[requestId].modelId;
        if (_pledges[requestId].task != IModelRegistry.Task.Picture) revert WrongTask(modelId);
        PictureEvidence.Verdict verdict = EVIDENCE.judge(modelId, input, output, opening, column, row);
        if (verdict == PictureEvidence.Verdict.NoTile) revert BadTile(requestId, opening.index);
        if (verdict == PictureEvidence.Verdict.Right) revert NoFraud(requestId);
        _strike(requestId, pending, 0);
    }

    /// @inheritdoc IInferenceHub
    function challengeOutput(bytes32 requestId, bytes calldata input, bytes calldata output) external {
        Pending memory pending = _challengeable(requestId, input, output);
        if (_pledges[requestId].task == IModelRegistry.Task.Picture) {
            if (!EVIDENCE.isAnswer(output)) _strike(requestId, pending, 0);
            else if (_isPictureQuestion(requestId, input)) revert NoFraud(requestId);
            else _void(requestId, pending, NO_TILE, 0);
            return;
        }
        try IExecutor(executor).run(_questions[requestId].modelId, input) returns (bytes memory right) {
            if (keccak256(right) == keccak256(output)) revert NoFraud(requestId);
            _strike(requestId, pending, keccak256(right));
        } catch (bytes memory reason) {
            _requireRefusal(reason);
            _void(requestId, pending, NO_TILE, 0);
        }
    }

    /* INTERNAL */

    /// @inheritdoc Requests
    function _requireBondable(bytes32 modelId, bytes calldata input) internal view override {
        if (_taskOf(modelId) != IModelRegistry.Task.Picture) return;
        (uint16 size, bool bondable) = EVIDENCE.sizeOf(input);
        if (size != 0 && !bondable) revert UnbondableSize(size);
    }

    /// @dev Ends a proposal of which nothing was proved. What isn't lost of the bond is the proposer's again.
    function _void(bytes32 requestId, Pending memory pending, uint32 index, uint88 lost)
        internal
        returns (uint88 half)
    {
        uint88 bond = _pledges[requestId].bond;
        _dismiss(requestId);
        half = _unlock(pending.proposer, bond, lost);
        emit ProposalVoided(requestId, pending.proposer, index);
    }

    /// @dev What is proposed, while it can be challenged.
    function _requireProposed(bytes32 requestId, bytes calldata input, bytes calldata output)
        internal
        view
        returns (Pending memory pending)
    {
        pending = _pendingOf(requestId);
        _requireInput(requestId, input);
        _requireHash(_answers[requestId].outputHash, output);
    }

    function _challengeable(bytes32 requestId, bytes calldata input, bytes calldata output)
        private
        view
        returns (Pending memory pending)
    {
        pending = _requireProposed(requestId, input, output);
        if (block.timestamp > pending.finalAfter) revert WindowClosed(requestId, pending.finalAfter);
    }

    /// @dev Half of the bond is the challenger's, half is burnt: a proposer that challenges itself loses, too. A raise's fee
    /// goes back to its payer; an open request keeps its own for the next proposal.
    function _strike(bytes32 requestId, Pending memory pending, bytes32 rightHash) private {
        uint88 bond = _pledges[requestId].bond;
        Ticket ticket = _tickets[requestId];
        _dismiss(requestId);
        _credit(msg.sender, _unlock(pending.proposer, bond, bond));
        emit FraudProved(requestId, msg.sender, pending.proposer, bond);
        if (ticket.state() == TicketState.Raising) {
            Escrow memory escrow = _release(requestId);
            _credit(escrow.payer, escrow.fee);
            _conclude(requestId, ticket, rightHash);
        }
    }

    /// @dev Whether a picture can be drawn for this input.
    function _isPictureQuestion(bytes32 requestId, bytes calldata input) private view returns (bool) {
        try EVIDENCE.isQuestion(_questions[requestId].modelId, input) returns (bool ok) {
            return ok;
        } catch (bytes memory reason) {
            _requireRefusal(reason);
            return false;
        }
    }

    /// @dev Passes any failure on but a refusal: one of the errors that say what is wrong with the question, or that the
    /// model's weights are gone (EIP-6780 lets a publisher make code that lasts for one transaction only).
    function _requireRefusal(bytes memory reason) private pure {
        // forge-lint: disable-next-line(unsafe-typecast)
        bytes4 error_ = bytes4(reason);
        if (
            error_ == IExecutor.BadInputLength.selector || error_ == IExecutor.InputOutOfRange.selector
                || error_ == IExecutor.BadTraits.selector || error_ == IExecutor.NotAPicture.selector
                || error_ == IModelRegistry.WeightsMismatch.selector
        ) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
