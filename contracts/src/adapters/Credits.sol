// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "./interfaces/ICredits.sol";

/// @title Credits
/// @notice Keeps what an adapter owes to those who asked through it.
abstract contract Credits is ICredits {
    /// @inheritdoc ICredits
    mapping(address account => uint256) public creditOf;

    /// @inheritdoc ICredits
    function fund(address account) external payable {
        _credit(account, msg.value);
    }

    /// @inheritdoc ICredits
    function withdrawCredit(address payable to) external {
        uint256 amount = creditOf[msg.sender];
        if (amount == 0) revert NoCredit(msg.sender);

        creditOf[msg.sender] = 0;

        emit CreditChanged(msg.sender, 0);
        (bool success,) = to.call{value: amount}("");
        if (!success) revert PaymentFailed(to, amount);
    }

    /// @dev What the sender pays for a request: all that it sent; what that lacks of the fee comes from its credit.
    function _payment(uint256 sent, uint256 fee) internal returns (uint256) {
        if (sent >= fee) return sent;

        uint256 lacking = fee - sent;
        uint256 credit = creditOf[msg.sender];
        if (credit < lacking) revert FeeTooLow(sent + credit, fee);
        creditOf[msg.sender] = credit - lacking;
        emit CreditChanged(msg.sender, credit - lacking);
        return fee;
    }

    function _credit(address account, uint256 amount) internal {
        uint256 credit = creditOf[account] + amount;
        creditOf[account] = credit;
        emit CreditChanged(account, credit);
    }
}
