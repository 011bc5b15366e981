// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IAIOracle
/// @notice ORA's onchain AI oracle, as its consumers call it.
/// @dev Source: github.com/ora-io/OAO, contracts/interfaces/IAIOracle.sol. Only what consumers see; `requestCallback` is
/// 0x5b953806.
interface IAIOracle {
    /// @notice A consumer asks for an inference.
    event AICallbackRequest(
        address indexed account,
        uint256 indexed requestId,
        uint256 modelId,
        bytes input,
        address callbackContract,
        uint64 gasLimit,
        bytes callbackData
    );

    /// @notice An answer reached its consumer. `invoker` is who brought it.
    event AICallbackResult(address indexed account, uint256 indexed requestId, address invoker, bytes output);

    /// @notice Asks for an inference.
    /// @param modelId the model
    /// @param input what the model is asked
    /// @param callbackContract who gets the answer; zero if nobody is called
    /// @param gasLimit gas for that call; zero if nobody is called
    /// @param callbackData handed back with the answer
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256 requestId);

    /// @notice The least value that `requestCallback` takes, in wei.
    function estimateFee(uint256 modelId, uint256 gasLimit) external view returns (uint256);

    /// @notice Whether the answer can no longer change.
    function isFinalized(uint256 requestId) external view returns (bool);
}
