// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";

/// @title Payments
/// @notice What the hub owes, and to whom. Nothing is ever sent to an account that didn't ask for it, so nobody's refusal
/// can hold up somebody else.
abstract contract Payments is IInferenceHub {
    /* CONSTANTS */

    /// @notice Where the burnt half of a bond goes: nobody has the key of this address.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /* STORAGE */

    mapping(address account => uint256) private _claimable;

    /* WITHDRAW */

    /// @inheritdoc IInferenceHub
    function withdraw(address to) external {
        uint256 amount = _claimable[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _claimable[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        if (!_send(to, amount, gasleft())) revert PaymentFailed(to, amount);
    }

    /// @inheritdoc IInferenceHub
    function claimableBy(address account) external view returns (uint256) {
        return _claimable[account];
    }

    /* INTERNAL */

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) _claimable[account] += amount;
    }

    /// @dev Never fails: on a chain where that address has code and refuses, the amount stays credited to it for good.
    function _burn(uint256 amount) internal {
        if (!_send(BURN, amount, 0)) _credit(BURN, amount);
    }

    /// @dev Reads nothing of what the receiver returns.
    function _send(address to, uint256 amount, uint256 gasLimit) private returns (bool success) {
        assembly ("memory-safe") {
            success := call(gasLimit, to, amount, 0x00, 0x00, 0x00, 0x00)
        }
    }
}
