// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IFunctionsRouter
/// @notice Chainlink Functions' router, as `FunctionsClient` calls it and as its scripts read it.
/// @dev Source: npm @chainlink/contracts 1.5.0, src/v0.8/functions/v1_0_0: interfaces/IFunctionsRouter.sol,
/// FunctionsRouter.sol, FunctionsSubscriptions.sol. Amounts that Chainlink counts in juels of LINK are wei of ether here.
interface IFunctionsRouter {
    /// @notice What became of an answer; the values that this router uses.
    enum FulfillResult {
        FULFILLED,
        USER_CALLBACK_ERROR
    }

    /// @notice A consumer has asked.
    event RequestStart(
        bytes32 indexed requestId,
        bytes32 indexed donId,
        uint64 indexed subscriptionId,
        address subscriptionOwner,
        address requestingContract,
        address requestInitiator,
        bytes data,
        uint16 dataVersion,
        uint32 callbackGasLimit,
        uint96 estimatedTotalCostJuels
    );

    /// @notice A consumer was answered.
    event RequestProcessed(
        bytes32 indexed requestId,
        uint64 indexed subscriptionId,
        uint96 totalCostJuels,
        address transmitter,
        FulfillResult resultCode,
        bytes response,
        bytes err,
        bytes callbackReturnData
    );

    /// @notice A subscription was made, funded, given or deprived of a consumer.
    event SubscriptionCreated(uint64 indexed subscriptionId, address owner);
    event SubscriptionFunded(uint64 indexed subscriptionId, uint256 oldBalance, uint256 newBalance);
    event SubscriptionConsumerAdded(uint64 indexed subscriptionId, address consumer);
    event SubscriptionConsumerRemoved(uint64 indexed subscriptionId, address consumer);

    /// @notice The request has no data.
    error EmptyRequestData();
    /// @notice There is no such subscription.
    error InvalidSubscription();
    /// @notice The sender is no consumer of the subscription.
    error InvalidConsumer();
    /// @notice The sender does not own the subscription.
    error MustBeSubscriptionOwner();
    /// @notice The subscription can't pay for the request.
    error InsufficientBalance(uint96 currentBalanceJuels);

    /// @notice Asks for an inference on a subscription's account.
    function sendRequest(
        uint64 subscriptionId,
        bytes calldata data,
        uint16 dataVersion,
        uint32 callbackGasLimit,
        bytes32 donId
    ) external returns (bytes32 requestId);

    /// @notice Makes a subscription that the sender owns.
    function createSubscription() external returns (uint64 subscriptionId);

    /// @notice Lets a consumer ask on the subscription's account.
    function addConsumer(uint64 subscriptionId, address consumer) external;

    /// @notice Ends that.
    function removeConsumer(uint64 subscriptionId, address consumer) external;
}
