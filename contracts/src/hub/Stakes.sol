// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Payments} from "./Payments.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Stakes
/// @notice What operators put at stake. A bond locks part of it; only a fraud proof takes it.
abstract contract Stakes is Payments {
    using SafeCast for uint256;

    /// @dev In wei; `locked` is the sum of the account's bonds.
    struct Stake {
        uint128 free;
        uint128 locked;
    }

    /* STORAGE */

    mapping(address operator => Stake) private _stakes;

    /* STAKE */

    /// @inheritdoc IInferenceHub
    function stake() external payable {
        Stake memory mine = _stakes[msg.sender];
        _setStake(msg.sender, mine.free + msg.value, mine.locked);
    }

    /// @inheritdoc IInferenceHub
    function unstake(uint256 amount) external {
        Stake memory mine = _stakes[msg.sender];
        if (amount > mine.free) revert StakeTooLow(msg.sender, mine.free, amount);
        _setStake(msg.sender, mine.free - amount, mine.locked);
        _credit(msg.sender, amount);
    }

    /// @inheritdoc IInferenceHub
    function stakeOf(address operator) external view returns (uint256 free, uint256 locked) {
        Stake storage theirs = _stakes[operator];
        return (theirs.free, theirs.locked);
    }

    /* INTERNAL */

    function _lock(address operator, uint256 bond) internal {
        Stake memory theirs = _stakes[operator];
        if (bond > theirs.free) revert StakeTooLow(operator, theirs.free, bond);
        _setStake(operator, theirs.free - bond, theirs.locked + bond);
    }

    function _unlock(address operator, uint256 bond) internal {
        Stake memory theirs = _stakes[operator];
        _setStake(operator, theirs.free + bond, theirs.locked - bond);
    }

    /// @dev The caller credits or burns the bond.
    function _takeBond(address operator, uint256 bond) internal {
        Stake memory theirs = _stakes[operator];
        _setStake(operator, theirs.free, theirs.locked - bond);
    }

    function _setStake(address operator, uint256 free, uint256 locked) private {
        _stakes[operator] = Stake(free.toUint128(), locked.toUint128());
        emit StakeChanged(operator, free, locked);
    }
}
