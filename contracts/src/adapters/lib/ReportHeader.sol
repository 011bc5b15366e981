// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice The header of a CRE workflow's raw report, 109 bytes, numbers big-endian:
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 1 | version, 1 |
/// | 1 | 32 | execution id |
/// | 33 | 4 | timestamp, Unix seconds |
/// | 37 | 4 | id of the oracle network |
/// | 41 | 4 | version of the network's configuration |
/// | 45 | 32 | workflow id |
/// | 77 | 10 | workflow name |
/// | 87 | 20 | workflow owner |
/// | 107 | 2 | report id |
///
/// Receivers are handed bytes 45 to 109 as `metadata`, and what follows the header as `report`. Source: the npm package
/// `@chainlink/contracts` 1.5.0, src/v0.8/keystone/KeystoneForwarder.sol.
struct ReportHeader {
    uint8 version;
    bytes32 executionId;
    uint32 timestamp;
    uint32 donId;
    uint32 configVersion;
    bytes32 workflowId;
    bytes10 workflowName;
    address workflowOwner;
    bytes2 reportId;
}

using ReportHeaderLibrary for ReportHeader global;

/// @title ReportHeaderLibrary
/// @notice Reads and writes the header of a CRE report.
library ReportHeaderLibrary {
    /// @notice A raw report is at least as long as its header.
    error ReportTooShort(uint256 length);
    /// @notice The header's version is not 1.
    error UnknownReportVersion(uint8 version);
    /// @notice Metadata is exactly 64 bytes long.
    error BadMetadataLength(uint256 length);

    uint256 internal constant LENGTH = 109;
    uint256 internal constant METADATA_OFFSET = 45;
    uint256 internal constant METADATA_LENGTH = 64;
    uint8 internal constant VERSION = 1;

    /// @dev The header of a raw report, and what the workflow says.
    function parse(bytes calldata rawReport) internal pure returns (ReportHeader memory header, bytes calldata report) {
        if (rawReport.length < LENGTH) revert ReportTooShort(rawReport.length);
        header = parseMetadata(rawReport[METADATA_OFFSET:LENGTH]);
        header.version = uint8(rawReport[0]);
        if (header.version != VERSION) revert UnknownReportVersion(header.version);
        header.executionId = bytes32(rawReport[1:33]);
        header.timestamp = uint32(bytes4(rawReport[33:37]));
        header.donId = uint32(bytes4(rawReport[37:41]));
        header.configVersion = uint32(bytes4(rawReport[41:45]));
        report = rawReport[LENGTH:];
    }

    /// @dev What a receiver is handed as metadata; the rest of the header is zero.
    function parseMetadata(bytes calldata metadata_) internal pure returns (ReportHeader memory header) {
        if (metadata_.length != METADATA_LENGTH) revert BadMetadataLength(metadata_.length);
        header.workflowId = bytes32(metadata_[0:32]);
        header.workflowName = bytes10(metadata_[32:42]);
        header.workflowOwner = address(bytes20(metadata_[42:62]));
        header.reportId = bytes2(metadata_[62:64]);
    }

    /// @dev The header's bytes.
    function encode(ReportHeader memory header) internal pure returns (bytes memory) {
        return bytes.concat(
            abi.encodePacked(header.version, header.executionId, header.timestamp, header.donId, header.configVersion),
            header.metadata()
        );
    }

    /// @dev The part of the header that a receiver is handed.
    function metadata(ReportHeader memory header) internal pure returns (bytes memory) {
        return abi.encodePacked(header.workflowId, header.workflowName, header.workflowOwner, header.reportId);
    }
}
