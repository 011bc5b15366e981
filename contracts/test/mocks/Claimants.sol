// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";

/// @notice An account that the hub owes something, and that takes it in one of several ways.
contract Claimant {
    enum Mood {
        Take,
        Refuse,
        Reenter,
        Bomb
    }

    IInferenceHub internal immutable HUB;

    Mood public mood;
    uint256 public reentries;
    bool public reentered;

    constructor(IInferenceHub hub) {
        HUB = hub;
    }

    function set(Mood mood_) external {
        mood = mood_;
    }

    /// @notice Comes to be owed `amount` by staking and unstaking it.
    function claim(uint256 amount) external {
        HUB.stake{value: amount}();
        HUB.unstake(amount);
    }

    function collect() external {
        HUB.withdraw(address(this));
    }

    receive() external payable {
        if (mood == Mood.Refuse) revert("not today");
        if (mood == Mood.Reenter) {
            ++reentries;
            (reentered,) = address(HUB).call(abi.encodeCall(HUB.withdraw, (address(this))));
        }
        if (mood == Mood.Bomb) {
            assembly {
                return(0, 500000)
            }
        }
    }
}
