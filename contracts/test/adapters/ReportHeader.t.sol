// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CreAdapter} from "../../src/adapters/CreAdapter.sol";
import {ReportHeader, ReportHeaderLibrary} from "../../src/adapters/lib/ReportHeader.sol";
import {AdapterTest} from "./AdapterTest.sol";

/// @notice The header of a CRE report is read field by field.
contract ReportHeaderTest is AdapterTest {
    CreAdapter internal adapter;

    function setUp() public override {
        super.setUp();
        adapter = new CreAdapter(hub, ATTESTED, LIFETIME);
    }

    function parseMetadata(bytes calldata metadata) external pure returns (ReportHeader memory) {
        return ReportHeaderLibrary.parseMetadata(metadata);
    }

    /// @dev The table of the header, field by field: each has its own digit.
    function _byHand() internal pure returns (bytes memory) {
        return bytes.concat(
            hex"01",
            hex"2222222222222222222222222222222222222222222222222222222222222222",
            hex"33333333",
            hex"44444444",
            hex"55555555",
            hex"6666666666666666666666666666666666666666666666666666666666666666",
            hex"77777777777777777777",
            hex"8888888888888888888888888888888888888888",
            hex"9999"
        );
    }

    function test_BytesWrittenByHandAreRead() public view {
        assertEq(_byHand().length, 109, "the header is 109 bytes");
        (ReportHeader memory header, bytes memory report) = adapter.parseReport(bytes.concat(_byHand(), hex"c0ffee"));
        assertEq(header.version, 1, "version");
        assertEq(header.executionId, bytes32(uint256(0x22) * _ones(32)), "execution id");
        assertEq(header.timestamp, 0x33333333, "timestamp");
        assertEq(header.donId, 0x44444444, "id of the network");
        assertEq(header.configVersion, 0x55555555, "version of its configuration");
        assertEq(header.workflowId, bytes32(uint256(0x66) * _ones(32)), "workflow id");
        assertEq(header.workflowName, bytes10(0x77777777777777777777), "workflow name");
        assertEq(header.workflowOwner, 0x8888888888888888888888888888888888888888, "workflow owner");
        assertEq(header.reportId, bytes2(0x9999), "report id");
        assertEq(report, hex"c0ffee", "and what follows is the report");
    }

    function test_TheMetadataIsBytes45To109() public view {
        (ReportHeader memory header,) = adapter.parseReport(_byHand());
        bytes memory raw = _byHand();
        bytes memory expected = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            expected[i] = raw[45 + i];
        }
        assertEq(header.metadata(), expected, "the same bytes");
    }

    function test_WhatIsWrittenIsRead(ReportHeader memory header, bytes memory report) public view {
        header.version = 1;
        (ReportHeader memory read, bytes memory rest) = adapter.parseReport(bytes.concat(header.encode(), report));
        assertEq(abi.encode(read), abi.encode(header), "the header");
        assertEq(rest, report, "the report");
        assertEq(header.encode().length, 109, "in 109 bytes");
    }

    function test_MetadataAloneIsRead(ReportHeader memory header) public view {
        ReportHeader memory read = this.parseMetadata(header.metadata());
        assertEq(read.workflowId, header.workflowId, "workflow id");
        assertEq(read.workflowName, header.workflowName, "workflow name");
        assertEq(read.workflowOwner, header.workflowOwner, "workflow owner");
        assertEq(read.reportId, header.reportId, "report id");
    }

    function test_AReportShorterThanItsHeaderIsRefused(uint256 length) public {
        length = bound(length, 0, 108);
        bytes memory raw = _byHand();
        assembly {
            mstore(raw, length)
        }
        vm.expectRevert(abi.encodeWithSelector(ReportHeaderLibrary.ReportTooShort.selector, length));
        adapter.parseReport(raw);
    }

    function test_AnotherVersionIsRefused(uint8 version) public {
        vm.assume(version != 1);
        bytes memory raw = _byHand();
        raw[0] = bytes1(version);
        vm.expectRevert(abi.encodeWithSelector(ReportHeaderLibrary.UnknownReportVersion.selector, version));
        adapter.parseReport(raw);
    }

    function test_MetadataOfAnotherLengthIsRefused(bytes memory metadata) public {
        vm.assume(metadata.length != 64);
        vm.expectRevert(abi.encodeWithSelector(ReportHeaderLibrary.BadMetadataLength.selector, metadata.length));
        this.parseMetadata(metadata);
    }

    /// @dev 0x…010101: times a byte, `count` times that byte.
    function _ones(uint256 count) private pure returns (uint256 ones) {
        for (uint256 i = 0; i < count; ++i) {
            ones = ones << 8 | 1;
        }
    }
}
