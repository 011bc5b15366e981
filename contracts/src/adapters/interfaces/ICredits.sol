// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title ICredits
/// @notice Ether that an adapter keeps for those who ask: prepaid, or refunded for requests that found no answer.
/// @dev A consumer that was written for another oracle often can't take ether back. So its credit also pays for its next
/// requests, wherever less than the fee is sent.
interface ICredits {
    /// @notice An account's credit grew or shrank to `credit`, in wei.
    event CreditChanged(address indexed account, uint256 credit);

    /// @notice What was sent and the sender's credit together don't reach the fee.
    error FeeTooLow(uint256 available, uint256 fee);
    /// @notice The sender has no credit.
    error NoCredit(address account);
    /// @notice The receiver refused the payment.
    error PaymentFailed(address to, uint256 amount);

    /// @notice Adds what is sent to an account's credit.
    function fund(address account) external payable;

    /// @notice Pays the sender's whole credit to `to`.
    function withdrawCredit(address payable to) external;

    /// @notice An account's credit, in wei.
    function creditOf(address account) external view returns (uint256);
}
