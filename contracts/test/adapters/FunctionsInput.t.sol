// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FunctionsInput} from "../../src/adapters/lib/FunctionsInput.sol";
import {FunctionsRequest} from "./Chainlink.sol";
import {Test} from "forge-std/Test.sol";

/// @notice A model's input is found in what Chainlink's own library encodes.
contract FunctionsInputTest is Test {
    using FunctionsRequest for FunctionsRequest.Request;

    function inputOf(bytes calldata data) external pure returns (bytes memory) {
        return FunctionsInput.inputOf(data);
    }

    function _request(string memory source) internal pure returns (FunctionsRequest.Request memory request) {
        request.initializeRequestForInlineJavaScript(bytes(source).length == 0 ? "s" : source);
    }

    function _one(string memory arg) internal pure returns (string[] memory args) {
        args = new string[](1);
        args[0] = arg;
    }

    function test_BytesArgsAreJoined(string memory source, string memory arg, bytes[3] memory entries, uint256 count)
        public
        view
    {
        FunctionsRequest.Request memory request = _request(source);
        if (bytes(arg).length != 0) request.args = _one(arg);
        request.bytesArgs = new bytes[](bound(count, 1, 3));
        bytes memory joined;
        for (uint256 i = 0; i < request.bytesArgs.length; ++i) {
            request.bytesArgs[i] = entries[i];
            joined = bytes.concat(joined, entries[i]);
        }
        assertEq(this.inputOf(request.encodeCBOR()), joined, "the entries, one after the other");
    }

    function test_LengthsOfEverySizeAreRead(uint256 length) public view {
        // 23 and 24, 255 and 256, 65,535 and 65,536 are where CBOR's lengths grow.
        uint24[8] memory edges = [0, 23, 24, 255, 256, 4_000, 16_384, 65_536];
        bytes memory entry = new bytes(edges[length % 8]);
        FunctionsRequest.Request memory request = _request("source");
        request.bytesArgs = new bytes[](1);
        request.bytesArgs[0] = entry;
        assertEq(this.inputOf(request.encodeCBOR()), entry, "the entry");
    }

    function test_SecretsAreSkipped(bytes memory secrets, uint8 slot, uint64 version) public view {
        FunctionsRequest.Request memory request = _request("source");
        if (secrets.length == 0) request.addDONHostedSecrets(slot, version);
        else request.addSecretsReference(secrets);
        request.bytesArgs = new bytes[](1);
        request.bytesArgs[0] = hex"010203";
        assertEq(this.inputOf(request.encodeCBOR()), hex"010203", "the entry behind the secrets");
    }

    function test_ARequestWithoutBytesArgsIsTheInputItself(string memory source, string memory arg) public view {
        FunctionsRequest.Request memory request = _request(source);
        if (bytes(arg).length != 0) request.args = _one(arg);
        bytes memory data = request.encodeCBOR();
        assertEq(this.inputOf(data), data, "as it is");
    }

    function test_OtherDataIsTheInputItself(bytes memory data) public view {
        vm.assume(data.length == 0 || data[0] != 0x6c);
        assertEq(this.inputOf(data), data, "as it is");
    }

    /// @dev Written by hand: "codeLocation" 0, "language" 0 as a big number, "source" "s", "bytesArgs" [h'AABB'].
    function test_AByteForByteExampleIsRead() public view {
        bytes memory data = abi.encodePacked(
            hex"6c", "codeLocation", hex"00", hex"68", "language", hex"c24100", hex"66", "source", hex"61", "s"
        );
        data = bytes.concat(data, hex"69", "bytesArgs", hex"9f42aabbff");
        assertEq(this.inputOf(data), hex"aabb", "the entry");
    }

    function test_ACutRequestIsRefusedOrHasNoBytesArgs(uint256 length) public view {
        FunctionsRequest.Request memory request = _request("source");
        request.bytesArgs = new bytes[](2);
        (request.bytesArgs[0], request.bytesArgs[1]) = (hex"0102", new bytes(300));
        bytes memory data = request.encodeCBOR();
        length = bound(length, 0, data.length - 1);
        assembly {
            mstore(data, length)
        }
        try this.inputOf(data) returns (bytes memory input) {
            assertEq(input, data, "cut before the entries: as it is");
        } catch (bytes memory reason) {
            // The selector is meant.
            // forge-lint: disable-next-line(unsafe-typecast)
            assertEq(bytes4(reason), FunctionsInput.MalformedRequest.selector, "refused by name");
        }
    }

    function test_AnySpoiltRequestIsReadOrRefusedByName(uint256 place, bytes1 value) public view {
        FunctionsRequest.Request memory request = _request("source");
        request.bytesArgs = new bytes[](2);
        (request.bytesArgs[0], request.bytesArgs[1]) = (hex"0102", new bytes(300));
        bytes memory data = request.encodeCBOR();
        data[bound(place, 13, data.length - 1)] = value;
        try this.inputOf(data) returns (bytes memory) {}
        catch (bytes memory reason) {
            // The selector is meant.
            // forge-lint: disable-next-line(unsafe-typecast)
            assertEq(bytes4(reason), FunctionsInput.MalformedRequest.selector, "no panic, but a name");
        }
    }

    function test_AnythingBehindBytesArgsIsRefused() public {
        FunctionsRequest.Request memory request = _request("source");
        request.bytesArgs = new bytes[](1);
        request.bytesArgs[0] = hex"0102";
        bytes memory data = bytes.concat(request.encodeCBOR(), hex"00");
        vm.expectRevert(abi.encodeWithSelector(FunctionsInput.MalformedRequest.selector, data.length - 2));
        this.inputOf(data);
    }
}
