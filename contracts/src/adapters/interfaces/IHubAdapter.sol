// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../interfaces/IInferenceHub.sol";

/// @title IHubAdapter
/// @notice What all adapters share: contracts that were written for another oracle ask the hub through them, and get the
/// hub's answers as that oracle would give them.
/// @dev An adapter has no owner, and holds no more than the ether that it owes. Every instance asks for one assurance level.
interface IHubAdapter {
    /// @notice Where a request of this adapter is in its life.
    enum Stage {
        Unknown,
        Asked,
        Answered,
        Expired
    }

    /// @notice A request found no answer in time; `refund` went back to where its fee came from.
    event RequestRefunded(bytes32 indexed requestId, uint256 refund);

    /// @notice Only the hub may do this.
    error NotHub(address sender);
    /// @notice This adapter made no such request, or it is answered or expired.
    error NotAsked(bytes32 requestId, Stage stage);
    /// @notice The hub has an answer, or still waits for one.
    error NotExpired(bytes32 requestId, IInferenceHub.Status status);
    /// @notice The consumer refused the answer; the hub keeps it, and `IInferenceHub.deliver` tries again.
    error ConsumerFailed(address consumer);
    /// @notice The call carries too little gas to give the consumer what it was promised.
    error TooLittleGas(uint256 available, uint256 promised);
    /// @notice The gas for the consumer, with what the adapter needs itself, is more than the hub can promise.
    error GasLimitTooHigh(uint256 gasLimit);

    /// @notice Closes a request that found no answer in time, here and if need be at the hub, and takes the fee back. Anyone
    /// may call.
    function expire(bytes32 requestId) external;

    /// @notice Where a request is in its life, and what was paid for it, in wei.
    function askOf(bytes32 requestId) external view returns (Stage stage, uint256 fee);

    /// @notice The hub that is asked.
    function hub() external view returns (IInferenceHub);

    /// @notice The assurance level that is asked for.
    function level() external view returns (IInferenceHub.Assurance);

    /// @notice How long a request may wait for its answer, in seconds.
    function lifetime() external view returns (uint64);
}
