// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {PictureCodec} from "../lib/PictureCodec.sol";
import {PixelRoot} from "../lib/PixelRoot.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Optimistic} from "./Optimistic.sol";

/// @title Challenges
/// @notice Fraud proofs: in one transaction the chain computes a part of a bonded answer itself and compares.
/// @dev A part differs only if the executor gave another value. A call of it that fails never counts as a difference, so
/// too little gas can't slash anybody. Only if the executor refuses the question by name (`_requireRefusal`), which doesn't
/// depend on gas, the question has no answer at all: then the proposal is void, and still nobody is slashed.
abstract contract Challenges is Optimistic {
    /// @dev What a picture follows from.
    struct Picture {
        uint16 size;
        bytes32 seed;
        bytes32 traits;
    }

    /* CONSTANTS */

    /// @dev Stands for a tile's number where a proposal is void for its question's sake.
    uint32 internal constant NO_TILE = type(uint32).max;

    /// @dev Tiles are 8×8 pixels.
    uint256 internal constant TILE = 8;

    /* CHALLENGE */

    /// @inheritdoc IInferenceHub
    /// @dev Only the picture's tiles may be leaves of its tree: a tile beyond them that is in the tree is fraud as it stands.
    function challengePixel(
        bytes32 requestId,
        bytes calldata input,
        bytes calldata output,
        Opening calldata opening,
        uint8 column,
        uint8 row
    ) external {
        Pending memory pending = _challengeable(requestId, input, output);
        if (column >= TILE || row >= TILE) revert BadPixel(opening.index, column, row);
        Picture memory picture = _requireOpening(requestId, input, output, opening);
        uint256 across = _tilesAcross(picture.size);
        if (opening.index < across * across) {
            uint256 x = (opening.index % across) * TILE + column;
            // The tile's row, then the pixel's in it.
            // forge-lint: disable-next-line(divide-before-multiply)
            uint256 y = (opening.index / across) * TILE + row;
            if (_pixelIn(opening.tile, column, row) == _draw(requestId, picture, x, y)) revert NoFraud(requestId);
        }
        _strike(requestId, pending, 0);
    }

    /// @inheritdoc IInferenceHub
    function challengeOutput(bytes32 requestId, bytes calldata input, bytes calldata output) external {
        Pending memory pending = _challengeable(requestId, input, output);
        if (_pledges[requestId].task == IModelRegistry.Task.Picture) {
            (bool ok,,,) = PictureCodec.decodeOutput(output);
            if (!ok) _strike(requestId, pending, 0);
            else if (_isPictureQuestion(requestId, input)) revert NoFraud(requestId);
            else _void(requestId, pending, NO_TILE);
            return;
        }
        try IExecutor(executor).run(_questions[requestId].modelId, input) returns (bytes memory right) {
            if (keccak256(right) == keccak256(output)) revert NoFraud(requestId);
            _strike(requestId, pending, keccak256(right));
        } catch (bytes memory reason) {
            _requireRefusal(reason);
            _void(requestId, pending, NO_TILE);
        }
    }

    /* INTERNAL */

    /// @dev The picture that a proposal answers with, and that the tile lies in its tree.
    function _requireOpening(bytes32 requestId, bytes calldata input, bytes calldata output, Opening calldata opening)
        internal
        view
        returns (Picture memory picture)
    {
        if (_pledges[requestId].task != IModelRegistry.Task.Picture) {
            revert WrongTask(_questions[requestId].modelId);
        }
        bool asked;
        (asked, picture.size, picture.seed, picture.traits) = PictureCodec.decodeInput(input);
        (bool answered, bytes32 root,,) = PictureCodec.decodeOutput(output);
        if (!asked || !answered || !PixelRoot.verify(root, picture.size, opening.index, opening.tile, opening.proof)) {
            revert BadTile(requestId, opening.index);
        }
    }

    function _tilesAcross(uint16 size) internal pure returns (uint256) {
        return (size + TILE - 1) / TILE;
    }

    /// @dev Gives the bond back: nothing was proved.
    function _void(bytes32 requestId, Pending memory pending, uint32 index) internal {
        _dismiss(requestId);
        _unlock(pending.proposer, _pledges[requestId].bond);
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
        uint128 bond = _pledges[requestId].bond;
        Ticket ticket = _tickets[requestId];
        _dismiss(requestId);
        _takeBond(pending.proposer, bond);
        _credit(msg.sender, bond / 2);
        emit FraudProved(requestId, msg.sender, pending.proposer, bond);
        if (ticket.state() == TicketState.Raising) {
            Escrow memory escrow = _release(requestId);
            _credit(escrow.payer, escrow.fee);
            _conclude(requestId, ticket, rightHash);
        }
        _burn(bond - bond / 2);
    }

    /// @dev The right colour; zero outside the picture.
    function _draw(bytes32 requestId, Picture memory picture, uint256 x, uint256 y) private view returns (bytes3) {
        if (x >= picture.size || y >= picture.size) return 0;
        // Both are below the size.
        // forge-lint: disable-next-item(unsafe-typecast)
        return IExecutor(executor)
            .pixel(_questions[requestId].modelId, picture.seed, picture.traits, picture.size, uint16(x), uint16(y));
    }

    /// @dev Whether a picture can be drawn for this input: asks for its first pixel.
    function _isPictureQuestion(bytes32 requestId, bytes calldata input) private view returns (bool) {
        (bool ok, uint16 size, bytes32 seed, bytes32 traits) = PictureCodec.decodeInput(input);
        if (!ok) return false;
        try IExecutor(executor).pixel(_questions[requestId].modelId, seed, traits, size, 0, 0) returns (bytes3) {
            return true;
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

    /// @dev Three bytes a pixel, row by row; a pixel may lie across two words.
    function _pixelIn(bytes32[6] calldata tile, uint256 column, uint256 row) private pure returns (bytes3) {
        uint256 start = 3 * (TILE * row + column);
        uint256 shift = 8 * (start % 32);
        bytes32 pixel = tile[start / 32] << shift;
        if (shift > 232) pixel |= tile[start / 32 + 1] >> (256 - shift);
        return bytes3(pixel);
    }
}
