// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ReportHeader} from "../lib/ReportHeader.sol";

/// @title ICreAdapter
/// @notice Brings the hub's answers to contracts that take the reports of Chainlink's CRE workflows.
/// @dev A CRE receiver doesn't ask: somebody starts the workflow. So whoever asks here stands for the workflow's owner, and
/// the metadata says so: its owner is the asker, and its id binds model, owner and name as CRE's binds a workflow's code,
/// owner and name. A receiver that expects an id, or an owner, takes answers to that owner's questions only.
/// @dev Warning: a receiver that checks nothing but the forwarder's address takes answers to anyone's questions.
interface ICreAdapter {
    /// @notice Somebody has asked on a receiver's behalf.
    event ReportRequested(
        bytes32 indexed requestId, address indexed receiver, address indexed owner, bytes32 workflowId
    );

    /// @notice The contract doesn't say by ERC-165 that it takes reports.
    error NotAReceiver(address receiver);

    /// @notice Asks for an inference whose answer `receiver` gets as a report: the hub's output, byte for byte.
    /// @param receiver the contract that takes the report
    /// @param modelId the hub's model
    /// @param input what the model is asked
    /// @param workflowName the name in the metadata; CRE's are the first ten hex digits of the name's SHA-256
    /// @param gasLimit gas for `onReport`
    function requestReport(
        address receiver,
        bytes32 modelId,
        bytes calldata input,
        bytes10 workflowName,
        uint32 gasLimit
    ) external payable returns (bytes32 requestId);

    /// @notice The workflow id in the metadata of an asker's reports: keccak256(abi.encode(modelId, owner, workflowName)).
    function workflowIdOf(bytes32 modelId, address owner, bytes10 workflowName) external pure returns (bytes32);

    /// @notice Reads a raw report, as a CRE workflow's nodes sign it.
    /// @dev Warning: says nothing about who signed it.
    function parseReport(bytes calldata rawReport)
        external
        pure
        returns (ReportHeader memory header, bytes memory report);
}
