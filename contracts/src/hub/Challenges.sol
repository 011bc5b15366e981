// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Evidence} from "../Evidence.sol";
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

    uint256 private constant _NOTHING = uint256(Evidence.Verdict.Nothing);
    uint256 private constant _RIGHT = uint256(Evidence.Verdict.Right);
    uint256 private constant _WRONG = uint256(Evidence.Verdict.Wrong);

    /* IMMUTABLES */

    Evidence private immutable _EVIDENCE;

    /* CONSTRUCTOR */

    constructor() {
        _EVIDENCE = new Evidence(IExecutor(executor));
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
        uint256 verdict = _ask(Evidence.judgePixel.selector, modelId);
        if (verdict == _NOTHING) revert BadTile(requestId, opening.index);
        if (verdict == _RIGHT) revert NoFraud(requestId);
        _strike(requestId, pending, 0);
    }

    /// @inheritdoc IInferenceHub
    function challengeOutput(bytes32 requestId, bytes calldata input, bytes calldata output) external {
        Pending memory pending = _challengeable(requestId, input, output);
        bytes32 modelId = _questions[requestId].modelId;
        bytes32 right;
        uint256 verdict;
        if (_pledges[requestId].task == IModelRegistry.Task.Picture) {
            verdict = _ask(Evidence.judgePicture.selector, modelId);
        } else {
            right = bytes32(_ask(Evidence.rightOutput.selector, modelId));
            if (right == keccak256(output)) verdict = _RIGHT;
            else if (right != 0) verdict = _WRONG;
        }
        if (verdict == _RIGHT) revert NoFraud(requestId);
        if (verdict == _WRONG) _strike(requestId, pending, right);
        else _void(requestId, pending, NO_TILE, 0);
    }

    /* INTERNAL */

    /// @dev Passes the call at hand on, with `first` in its first argument's place, and gives the word that comes back. A
    /// call that fails, as for want of gas, proves nothing: it makes this one fail.
    function _ask(bytes4 selector, bytes32 first) internal view returns (uint256 answer) {
        address evidence = address(_EVIDENCE);
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, selector)
            mstore(add(at, 4), first)
            calldatacopy(add(at, 36), 36, sub(calldatasize(), 36))
            if iszero(staticcall(gas(), evidence, at, calldatasize(), 0, 32)) {
                returndatacopy(at, 0, returndatasize())
                revert(at, returndatasize())
            }
            answer := mload(0)
        }
    }

    /// @inheritdoc Requests
    function _requireBondable(bytes32 modelId) internal view override {
        if (_taskOf(modelId) != IModelRegistry.Task.Picture) return;
        uint256 size = _ask(Evidence.unbondableSize.selector, modelId);
        // A picture's size, which is 16 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (size != 0) revert UnbondableSize(uint16(size));
    }

    /// @dev Ends a proposal that was not proved wrong. What isn't lost of the bond is the proposer's again.
    function _void(bytes32 requestId, Pending memory pending, uint32 index, uint88 lost) internal {
        uint88 bond = _pledges[requestId].bond;
        _dismiss(requestId);
        _unlock(pending.proposer, bond, lost, 0);
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
        _unlock(pending.proposer, bond, bond - bond / 2, bond / 2);
        _credit(msg.sender, bond / 2);
        emit FraudProved(requestId, msg.sender, pending.proposer, bond);
        if (ticket.state() == TicketState.Raising) {
            Escrow memory escrow = _release(requestId);
            _credit(escrow.payer, escrow.fee);
            _conclude(requestId, ticket, rightHash);
        }
    }
}
