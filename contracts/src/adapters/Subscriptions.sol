// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IFunctionsRouter} from "../interfaces/external/IFunctionsRouter.sol";
import {IFunctionsAdapter} from "./interfaces/IFunctionsAdapter.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Subscriptions
/// @notice Accounts from which an owner pays for the requests of its contracts, as Chainlink Functions has them.
abstract contract Subscriptions is IFunctionsRouter, IFunctionsAdapter {
    struct Subscription {
        address owner;
        uint96 balance;
    }

    /* STORAGE */

    /// @inheritdoc IFunctionsAdapter
    mapping(uint64 subscriptionId => Subscription) public subscriptionOf;
    /// @inheritdoc IFunctionsAdapter
    mapping(uint64 subscriptionId => mapping(address consumer => bool)) public isConsumer;

    /// @notice How many subscriptions there are; their ids are 1 to this number.
    uint64 public subscriptionCount;

    /* MODIFIERS */

    modifier onlyOwnerOf(uint64 subscriptionId) {
        address owner = subscriptionOf[subscriptionId].owner;
        if (owner == address(0)) revert InvalidSubscription();
        if (msg.sender != owner) revert MustBeSubscriptionOwner();
        _;
    }

    /* OWNER */

    /// @inheritdoc IFunctionsRouter
    function createSubscription() external returns (uint64 subscriptionId) {
        subscriptionId = ++subscriptionCount;
        subscriptionOf[subscriptionId].owner = msg.sender;

        emit SubscriptionCreated(subscriptionId, msg.sender);
    }

    /// @inheritdoc IFunctionsRouter
    function addConsumer(uint64 subscriptionId, address consumer) external onlyOwnerOf(subscriptionId) {
        isConsumer[subscriptionId][consumer] = true;

        emit SubscriptionConsumerAdded(subscriptionId, consumer);
    }

    /// @inheritdoc IFunctionsRouter
    function removeConsumer(uint64 subscriptionId, address consumer) external onlyOwnerOf(subscriptionId) {
        isConsumer[subscriptionId][consumer] = false;

        emit SubscriptionConsumerRemoved(subscriptionId, consumer);
    }

    /// @inheritdoc IFunctionsAdapter
    function withdrawSubscription(uint64 subscriptionId, address payable to) external onlyOwnerOf(subscriptionId) {
        uint256 amount = subscriptionOf[subscriptionId].balance;

        subscriptionOf[subscriptionId].balance = 0;

        emit SubscriptionWithdrawn(subscriptionId, to, amount);
        (bool success,) = to.call{value: amount}("");
        if (!success) revert PaymentFailed(to, amount);
    }

    /* ANYONE */

    /// @inheritdoc IFunctionsAdapter
    function fundSubscription(uint64 subscriptionId) external payable {
        if (subscriptionOf[subscriptionId].owner == address(0)) revert InvalidSubscription();

        _deposit(subscriptionId, msg.value);
    }

    /* FOR ADAPTERS */

    function _deposit(uint64 subscriptionId, uint256 amount) internal {
        uint96 balance = subscriptionOf[subscriptionId].balance;
        uint96 increased = balance + SafeCast.toUint96(amount);
        subscriptionOf[subscriptionId].balance = increased;
        emit SubscriptionFunded(subscriptionId, balance, increased);
    }

    /// @dev Takes a fee for a request of the sender.
    function _charge(uint64 subscriptionId, uint256 fee) internal returns (uint96 charged) {
        if (subscriptionOf[subscriptionId].owner == address(0)) revert InvalidSubscription();
        if (!isConsumer[subscriptionId][msg.sender]) revert InvalidConsumer();
        uint96 balance = subscriptionOf[subscriptionId].balance;
        if (balance < fee) revert InsufficientBalance(balance);

        // Not more than the balance, so it fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        charged = uint96(fee);
        subscriptionOf[subscriptionId].balance = balance - charged;
    }
}
