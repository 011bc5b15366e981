// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IFunctionsAdapter
/// @notice How a subscription of the Functions adapter is paid for: with ether, where Chainlink's was with LINK.
interface IFunctionsAdapter {
    /// @notice A subscription's owner has taken its balance out.
    event SubscriptionWithdrawn(uint64 indexed subscriptionId, address to, uint256 amount);

    /// @notice The receiver refused the payment.
    error PaymentFailed(address to, uint256 amount);

    /// @notice Adds what is sent to a subscription's balance. Anyone may call.
    function fundSubscription(uint64 subscriptionId) external payable;

    /// @notice Pays a subscription's whole balance to `to`. Only its owner. Fees of requests that expire later come back to
    /// the balance.
    function withdrawSubscription(uint64 subscriptionId, address payable to) external;

    /// @notice Who owns a subscription, and its balance in wei. The owner is zero if there is none.
    function subscriptionOf(uint64 subscriptionId) external view returns (address owner, uint96 balance);

    /// @notice Whether a contract may ask on a subscription's account.
    function isConsumer(uint64 subscriptionId, address consumer) external view returns (bool);
}
