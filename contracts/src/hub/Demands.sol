// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {PictureCodec} from "../lib/PictureCodec.sol";
import {Challenges} from "./Challenges.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Demands
/// @notice For a watcher to whom a bonded picture was not shown: a tile that nobody shows can't be challenged, so whoever
/// bonded its root must show any tile on demand.
/// @dev Tiles are demanded within the first window only. A demand gives the proposer one window to show the tile, and
/// watchers one more to challenge it, so a proposal waits for three windows at most. The number of demands is not bounded:
/// slots that a proposer could fill itself would keep watchers out. Each costs a deposit, which is the proposer's if it
/// shows the tile: choose a bond of which a 64th pays for that.
abstract contract Demands is Challenges {
    using SafeCast for uint256;

    /// @dev A tile that is to be shown until `answerBy`; none if no watcher. Counts for the proposal `number` only: with any
    /// other, its deposit is still to be given back.
    struct Demand {
        address watcher;
        uint40 answerBy;
        uint32 number;
        uint128 deposit;
    }

    /* CONSTANTS */

    /// @dev A deposit's part of the bond.
    uint256 private constant DEPOSIT_PART = 64;

    /* STORAGE */

    mapping(bytes32 requestId => mapping(uint32 index => Demand)) private _demands;

    /* DEMAND */

    /// @inheritdoc IInferenceHub
    function demandTile(bytes32 requestId, uint32 index) external payable {
        Pending storage pending = _pending[requestId];
        Pledge storage pledge = _pledges[requestId];
        uint40 window = pledge.window;
        if (pending.proposer == address(0)) revert NoProposal(requestId);
        if (pledge.task != IModelRegistry.Task.Picture) revert WrongTask(_questions[requestId].modelId);
        if (block.timestamp > pending.demandsUntil) revert WindowClosed(requestId, pending.demandsUntil);
        uint256 deposit = demandDepositOf(requestId);
        if (msg.value != deposit) revert WrongDeposit(msg.value, deposit);
        if (_isDemanded(requestId, index)) revert AlreadyDemanded(requestId, index);

        _returnDeposit(requestId, index);
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 answerBy = uint40(block.timestamp) + window;
        _demands[requestId][index] = Demand(msg.sender, answerBy, pledge.number, deposit.toUint128());
        ++pledge.openDemands;
        pending.finalAfter = answerBy + window;

        emit TileDemanded(requestId, msg.sender, index, answerBy);
    }

    /// @inheritdoc IInferenceHub
    /// @dev For a tile beyond the picture it is enough to show, by the input, that the picture has no such tile.
    function showTile(bytes32 requestId, bytes calldata input, bytes calldata output, Opening calldata opening)
        external
    {
        Pending memory pending = _requireProposed(requestId, input, output);
        uint32 index = opening.index;
        Demand memory demand = _openDemand(requestId, index);
        if (block.timestamp > demand.answerBy) revert WindowClosed(requestId, demand.answerBy);
        (bool ok, uint16 size,,) = PictureCodec.decodeInput(input);
        uint256 across = _tilesAcross(size);
        if (!ok || index < across * across) _requireOpening(requestId, input, output, opening);

        delete _demands[requestId][index];
        --_pledges[requestId].openDemands;
        _credit(pending.proposer, demand.deposit);

        emit TileShown(requestId, index, opening.tile);
    }

    /// @inheritdoc IInferenceHub
    function voidProposal(bytes32 requestId, uint32 index) external {
        Pending memory pending = _pendingOf(requestId);
        Demand memory demand = _openDemand(requestId, index);
        if (block.timestamp <= demand.answerBy) revert WindowOpen(requestId, demand.answerBy);

        _returnDeposit(requestId, index);
        _void(requestId, pending, index);
    }

    /// @inheritdoc IInferenceHub
    function reclaimDeposit(bytes32 requestId, uint32 index) external {
        if (_demands[requestId][index].watcher == address(0) || _isDemanded(requestId, index)) {
            revert NotDemanded(requestId, index);
        }
        _returnDeposit(requestId, index);
    }

    /// @inheritdoc IInferenceHub
    function demandDepositOf(bytes32 requestId) public view returns (uint256) {
        uint256 bond = _pledges[requestId].bond;
        return bond < DEPOSIT_PART ? 1 : bond / DEPOSIT_PART;
    }

    /* INTERNAL */

    /// @dev Whether a tile is still to be shown.
    function _isDemanded(bytes32 requestId, uint32 index) private view returns (bool) {
        Demand storage demand = _demands[requestId][index];
        return demand.watcher != address(0) && demand.number == _pledges[requestId].number && _isProposed(requestId);
    }

    function _openDemand(bytes32 requestId, uint32 index) private view returns (Demand memory) {
        if (!_isDemanded(requestId, index)) revert NotDemanded(requestId, index);
        return _demands[requestId][index];
    }

    function _returnDeposit(bytes32 requestId, uint32 index) private {
        Demand memory demand = _demands[requestId][index];
        if (demand.watcher == address(0)) return;
        delete _demands[requestId][index];
        _credit(demand.watcher, demand.deposit);
    }
}
