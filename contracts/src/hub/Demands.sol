// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Evidence} from "../Evidence.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Challenges} from "./Challenges.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Demands
/// @notice For a watcher to whom a bonded picture was not shown: what nobody shows can't be challenged, so whoever bonded a
/// root must show the leaves of its tree on demand, and any tile.
/// @dev Two demands prove any wrong root wrong. The leaves are shown in their order, so that they are known to be all there
/// is in the tree: each half in a transaction of its own, since nodes pass on none of 128 KiB. If the root is wrong, a leaf of
/// the right picture is missing among them; a tile of that number can only be shown wrong, or not at all.
///
/// Who doesn't show in time loses as much as who strikes its own answer down: half of the bond, which nobody gets. So
/// there is no cheaper way out, and nothing to be gained by making an honest proposer late.
///
/// A demand gives the proposer one window to show, and watchers one more to challenge what is shown. Parts are demanded
/// within the first window, and within one after the leaves were shown: a proposal waits for five windows at most. The
/// number of demands is not bounded: places that a proposer could fill itself would keep watchers out. Each costs a deposit,
/// which the proposer gets for what it has shown once its answer is final. If it fails, watchers get their deposits back.
abstract contract Demands is Challenges {
    using SafeCast for uint256;

    /// @dev A part that is to be shown until `answerBy`; none if no watcher. Counts for the proposal `number` only: with any
    /// other, its deposit is still to be given back.
    struct Demand {
        address watcher;
        uint40 answerBy;
        uint32 number;
        bool shown;
        uint88 deposit;
    }

    /* CONSTANTS */

    /// @notice Stands for a tile's number where all leaves of the tree are demanded.
    uint32 public constant LEAVES = type(uint32).max - 1;

    /// @dev Parts of the bond: a tile's deposit, the leaves' deposit, and what is lost if either isn't shown.
    uint88 private constant TILE_PART = 64;
    uint88 private constant LEAVES_PART = 4;
    uint88 private constant LOST_PART = 2;

    /* STORAGE */

    mapping(bytes32 requestId => mapping(uint32 index => Demand)) private _demands;
    /// @dev Deposits for what the proposal at hand has shown.
    mapping(bytes32 requestId => uint256) private _earned;
    /// @dev Which halves of a tree's leaves were shown that fit together: 1 the lower, 2 the upper.
    mapping(bytes32 halves => uint256) private _shownHalves;

    /* DEMAND */

    /// @inheritdoc IInferenceHub
    function demandTile(bytes32 requestId, uint32 index) external payable {
        Pending storage pending = _pending[requestId];
        Pledge storage pledge = _pledges[requestId];
        Demand storage demand = _demands[requestId][index];
        if (pending.proposer == address(0)) revert NoProposal(requestId);
        if (pledge.task != IModelRegistry.Task.Picture) revert WrongTask(_questions[requestId].modelId);
        if (block.timestamp > pending.demandsUntil) revert WindowClosed(requestId, pending.demandsUntil);
        uint256 deposit = demandDepositOf(requestId, index);
        if (msg.value != deposit) revert WrongDeposit(msg.value, deposit);
        if (demand.watcher != address(0)) {
            if (demand.number == pledge.number) revert AlreadyDemanded(requestId, index);
            _returnDeposit(requestId, index);
        }

        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 answerBy = uint40(block.timestamp) + pledge.window;
        _demands[requestId][index] = Demand(msg.sender, answerBy, pledge.number, false, deposit.toUint88());
        ++pledge.openDemands;
        pending.finalAfter = answerBy + pledge.window;

        emit TileDemanded(requestId, msg.sender, index, answerBy);
    }

    /* SHOW */

    /// @inheritdoc IInferenceHub
    /// @dev For a tile beyond the picture it is enough to show, by the input, that the picture has no such tile.
    function showTile(bytes32 requestId, bytes calldata input, bytes calldata output, Opening calldata opening)
        external
    {
        _requireProposed(requestId, input, output);
        _meet(requestId, opening.index);
        if (_ask(Evidence.answersDemand.selector, 0) == 0) revert BadTile(requestId, opening.index);

        emit TileShown(requestId, opening);
    }

    /// @inheritdoc IInferenceHub
    function showLeaves(bytes32 requestId, bytes calldata input, bytes calldata output, Half calldata half) external {
        _requireProposed(requestId, input, output);
        Demand storage demand = _dueDemand(requestId, LEAVES);
        bytes32 halves = bytes32(_ask(Evidence.halvesOf.selector, 0));
        if (halves == 0) revert BadTile(requestId, LEAVES);
        halves = keccak256(abi.encode(requestId, demand.number, halves));
        uint256 shown = _shownHalves[halves] | (half.isUpper ? 2 : 1);
        if (shown == _shownHalves[halves]) revert NotDemanded(requestId, LEAVES);
        _shownHalves[halves] = shown;
        if (shown == 3) {
            _meet(requestId, LEAVES);
            // forge-lint: disable-next-line(unsafe-typecast)
            _pending[requestId].demandsUntil = uint40(block.timestamp) + _pledges[requestId].window;
        }

        emit LeavesShown(requestId, half.leaves, shown == 3);
    }

    /* VOID */

    /// @inheritdoc IInferenceHub
    function voidProposal(bytes32 requestId, uint32 index) external {
        Pending memory pending = _pendingOf(requestId);
        Demand storage demand = _openDemand(requestId, index);
        if (block.timestamp <= demand.answerBy) revert WindowOpen(requestId, demand.answerBy);

        _void(requestId, pending, index, _pledges[requestId].bond / LOST_PART);
        _returnDeposit(requestId, index);
    }

    /// @inheritdoc IInferenceHub
    function reclaimDeposit(bytes32 requestId, uint32 index) external {
        Demand storage demand = _demands[requestId][index];
        if (demand.watcher == address(0) || demand.number == _pledges[requestId].number) {
            revert NotDemanded(requestId, index);
        }
        _returnDeposit(requestId, index);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceHub
    function demandDepositOf(bytes32 requestId, uint32 index) public view returns (uint256) {
        uint88 deposit = _pledges[requestId].bond / (index == LEAVES ? LEAVES_PART : TILE_PART);
        return deposit == 0 ? 1 : deposit;
    }

    /* INTERNAL */

    /// @dev What a proposal has earned by showing, once it is final.
    function _takeEarned(bytes32 requestId) internal override returns (uint256 earned) {
        earned = _earned[requestId];
        delete _earned[requestId];
    }

    /// @dev Takes a demand as met; the caller checks that it is.
    function _meet(bytes32 requestId, uint32 index) private {
        Demand storage demand = _dueDemand(requestId, index);
        demand.shown = true;
        Pledge storage pledge = _pledges[requestId];
        --pledge.openDemands;
        ++pledge.metDemands;
        _earned[requestId] += demand.deposit;
    }

    /// @dev A demand that the proposal at hand may still meet.
    function _dueDemand(bytes32 requestId, uint32 index) private view returns (Demand storage demand) {
        demand = _openDemand(requestId, index);
        if (block.timestamp > demand.answerBy) revert WindowClosed(requestId, demand.answerBy);
    }

    /// @dev A demand that the proposal at hand has not met.
    function _openDemand(bytes32 requestId, uint32 index) private view returns (Demand storage demand) {
        demand = _demands[requestId][index];
        if (
            demand.watcher == address(0) || demand.shown || demand.number != _pledges[requestId].number
                || !_isProposed(requestId)
        ) revert NotDemanded(requestId, index);
    }

    function _returnDeposit(bytes32 requestId, uint32 index) private {
        Demand storage demand = _demands[requestId][index];
        _credit(demand.watcher, demand.deposit);
        delete _demands[requestId][index];
    }
}
