// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";

/// @title Payments
/// @notice What the hub owes, and to whom. Nothing is ever sent to an account that didn't ask for it, so nobody's refusal
/// can hold up somebody else.
abstract contract Payments is IInferenceHub {
    /* STORAGE */

    mapping(address account => uint256) private _claimable;

    /* WITHDRAW */

    /// @inheritdoc IInferenceHub
    function withdraw(address to) external {
        uint256 amount = _claimable[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _claimable[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IInferenceHub
    function claimableBy(address account) external view returns (uint256) {
        return _claimable[account];
    }

    /* INTERNAL */

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) _claimable[account] += amount;
    }

    /// @dev The caller has written down that it is paid. Reads nothing of what the receiver returns.
    function _pay(address to, uint256 amount) internal {
        bool success;
        assembly ("memory-safe") {
            success := call(gas(), to, amount, 0x00, 0x00, 0x00, 0x00)
        }
        if (!success) revert PaymentFailed(to, amount);
    }
}
