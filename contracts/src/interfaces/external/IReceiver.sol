// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IReceiver
/// @notice What a consumer of Chainlink's CRE workflows implements.
/// @dev Source: npm @chainlink/contracts 1.5.0, src/v0.8/keystone/interfaces/IReceiver.sol. Interface id 0x805f2132.
interface IReceiver is IERC165 {
    /// @notice Takes a workflow's report. Receivers require that the sender is the forwarder they were given, and may look
    /// at the workflow's id, name and owner.
    /// @param metadata workflow id 32 bytes, name 10, owner 20, report id 2
    /// @param report what the workflow says
    function onReport(bytes calldata metadata, bytes calldata report) external;
}
