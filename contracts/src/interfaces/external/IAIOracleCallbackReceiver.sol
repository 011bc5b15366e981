// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IAIOracleCallbackReceiver
/// @notice What a consumer of ORA's onchain AI oracle implements.
/// @dev Source: github.com/ora-io/OAO, contracts/AIOracleCallbackReceiver.sol. Selector 0xb0347814.
interface IAIOracleCallbackReceiver {
    /// @notice Takes an answer. Consumers require that the sender is the oracle they were given.
    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData) external;
}
