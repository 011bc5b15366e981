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
        Stake storage mine = _stakes[msg.sender];
        mine.free += msg.value.toUint128();
        emit StakeChanged(msg.sender, mine.free, mine.locked);
    }

    /// @inheritdoc IInferenceHub
    function unstake(uint256 amount) external {
        Stake storage mine = _stakes[msg.sender];
        if (amount > mine.free) revert StakeTooLow(msg.sender, mine.free, amount);
        mine.free -= amount.toUint128();
        _credit(msg.sender, amount);
        emit StakeChanged(msg.sender, mine.free, mine.locked);
    }

    /// @inheritdoc IInferenceHub
    function stakeOf(address operator) external view returns (uint256 free, uint256 locked) {
        Stake storage theirs = _stakes[operator];
        return (theirs.free, theirs.locked);
    }

    /* INTERNAL */

    function _lock(address operator, uint128 bond) internal {
        Stake storage theirs = _stakes[operator];
        (uint128 free, uint128 locked) = (theirs.free, theirs.locked);
        if (bond > free) revert StakeTooLow(operator, free, bond);
        _setStake(operator, free - bond, locked + bond);
    }

    function _unlock(address operator, uint128 bond) internal {
        Stake storage theirs = _stakes[operator];
        _setStake(operator, theirs.free + bond, theirs.locked - bond);
    }

    /// @dev The caller sends on or credits the bond.
    function _takeBond(address operator, uint128 bond) internal {
        Stake storage theirs = _stakes[operator];
        _setStake(operator, theirs.free, theirs.locked - bond);
    }

    function _setStake(address operator, uint128 free, uint128 locked) private {
        _stakes[operator] = Stake(free, locked);
        emit StakeChanged(operator, free, locked);
    }
}
