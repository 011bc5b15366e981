// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Payments} from "./Payments.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Stakes
/// @notice What operators put at stake. A bond locks part of it; a fraud proof, or a demand that is not met, takes from that.
abstract contract Stakes is Payments {
    using SafeCast for uint256;

    /// @dev In wei, in one word. `locked` is the sum of the account's bonds; `burnt` is what it has lost to nobody.
    struct Stake {
        uint88 free;
        uint88 locked;
        uint80 burnt;
    }

    /* CONSTANTS */

    /// @notice Where what is burnt goes: nobody has the key of this address.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /* STORAGE */

    mapping(address operator => Stake) private _stakes;

    /* STAKE */

    /// @inheritdoc IInferenceHub
    function stake() external payable {
        Stake memory mine = _stakes[msg.sender];
        mine.free += msg.value.toUint88();
        _setStake(msg.sender, mine);
    }

    /// @inheritdoc IInferenceHub
    function unstake(uint256 amount) external {
        Stake memory mine = _stakes[msg.sender];
        if (amount > mine.free) revert StakeTooLow(msg.sender, mine.free, amount);
        // forge-lint: disable-next-line(unsafe-typecast)
        mine.free -= uint88(amount);
        _setStake(msg.sender, mine);
        _credit(msg.sender, amount);
    }

    /// @inheritdoc IInferenceHub
    function burn(address operator) external {
        uint256 amount = _stakes[operator].burnt;
        _stakes[operator].burnt = 0;
        emit Withdrawn(operator, BURN, amount);
        _pay(BURN, amount);
    }

    /// @inheritdoc IInferenceHub
    function stakeOf(address operator) external view returns (uint256 free, uint256 locked, uint256 burnt) {
        Stake memory theirs = _stakes[operator];
        return (theirs.free, theirs.locked, theirs.burnt);
    }

    /* INTERNAL */

    function _lock(address operator, uint88 bond) internal {
        Stake memory theirs = _stakes[operator];
        if (bond > theirs.free) revert StakeTooLow(operator, theirs.free, bond);
        (theirs.free, theirs.locked) = (theirs.free - bond, theirs.locked + bond);
        _setStake(operator, theirs);
    }

    /// @dev Ends a bond, of which `lost` is burnt, and `taken` is credited to somebody by the caller.
    function _unlock(address operator, uint88 bond, uint88 lost, uint88 taken) internal {
        Stake memory theirs = _stakes[operator];
        uint256 burnt = uint256(theirs.burnt) + lost;
        if (burnt > type(uint80).max) {
            // More than the word holds; it is nobody's there, too.
            _credit(BURN, burnt);
            burnt = 0;
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        _setStake(operator, Stake(theirs.free + bond - lost - taken, theirs.locked - bond, uint80(burnt)));
    }

    function _setStake(address operator, Stake memory stake_) private {
        _stakes[operator] = stake_;
        emit StakeChanged(operator, stake_.free, stake_.locked);
    }
}
