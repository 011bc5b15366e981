// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ISeedArt} from "../interfaces/ISeedArt.sol";
import {TraitKeys} from "../lib/TraitKeys.sol";
import {TokenState} from "../types/TokenState.sol";
import {DynamicTraits} from "./DynamicTraits.sol";
import {Pictures} from "./Pictures.sol";
import {SeedDraw} from "./SeedDraw.sol";

/// @title Evolution
/// @notice A token's epochs: its owner may turn its picture on, step by step along a path that the seed has fixed.
/// Nothing is re-rolled, and the picture of every past epoch can still be drawn from what the chain keeps.
abstract contract Evolution is SeedDraw, Pictures, DynamicTraits {
    /* EVOLVE */

    /// @inheritdoc ISeedArt
    /// @dev The answer of the epoch before stays in the hub; this contract takes no further answer to its request.
    function evolve(uint256 tokenId) external payable {
        TokenState state = _stateOf(tokenId);
        if (!_isApprovedOrOwner(msg.sender, tokenId)) revert NotOwnerNorApproved();
        if (state.stage() != Stage.Fulfilled) revert WrongStage(tokenId, state.stage());
        bytes32 requestId = _requestOf(tokenId);
        if (_statusOf(tokenId) != IInferenceHub.Status.Answered) revert AnswerRefuted(tokenId, requestId);
        if (state.epoch() == type(uint16).max) revert LastEpoch(tokenId);

        state = state.evolved();
        _setState(tokenId, state);
        _forgetPicture(tokenId);
        delete _tokenIds[requestId];
        _ask(tokenId);

        emit Evolved(tokenId, state.epoch(), _requestOf(tokenId));
        emit TraitUpdated(TraitKeys.EPOCH, tokenId, bytes32(uint256(state.epoch())));
        emit MetadataUpdate(tokenId);
    }

    /* VIEWS */

    /// @inheritdoc ISeedArt
    function epochOf(uint256 tokenId) external view returns (uint16) {
        return _stateOf(tokenId).epoch();
    }

    /// @inheritdoc ISeedArt
    function traitsAt(uint256 tokenId, uint16 epoch) external view returns (bytes32) {
        _requireReached(tokenId, epoch);
        return _traitsOf(_seeds[tokenId], epoch);
    }

    /// @inheritdoc ISeedArt
    function requestOfEpoch(uint256 tokenId, uint16 epoch) external view returns (bytes32) {
        _requireReached(tokenId, epoch);
        return _requestIds[tokenId][epoch];
    }

    /// @inheritdoc ISeedArt
    function rowsAt(uint256 tokenId, uint16 epoch, uint16 y0, uint16 y1, uint16 size_)
        external
        view
        returns (bytes memory rgb)
    {
        _requireReached(tokenId, epoch);
        return _rows(tokenId, epoch, y0, y1, size_);
    }

    /* INTERNAL */

    function _requireReached(uint256 tokenId, uint16 epoch) private view {
        if (epoch > _drawnState(tokenId).epoch()) revert EpochNotReached(tokenId, epoch);
    }
}
