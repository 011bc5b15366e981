// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IForwarder
/// @notice What scripts read of the contract that brings CRE workflows' reports to their receivers.
/// @dev Source: npm @chainlink/contracts 1.5.0, src/v0.8/keystone/KeystoneForwarder.sol.
interface IForwarder {
    /// @notice A report was brought to its receiver.
    event ReportProcessed(
        address indexed receiver, bytes32 indexed workflowExecutionId, bytes2 indexed reportId, bool result
    );
}
