// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IFunctionsClient
/// @notice What a consumer of Chainlink Functions implements.
/// @dev Source: npm @chainlink/contracts 1.5.0, src/v0.8/functions/v1_0_0/interfaces/IFunctionsClient.sol. Selector
/// 0x0ca76175.
interface IFunctionsClient {
    /// @notice Takes an answer of at most 256 bytes, or an error; never both.
    function handleOracleFulfillment(bytes32 requestId, bytes calldata response, bytes calldata err) external;
}
