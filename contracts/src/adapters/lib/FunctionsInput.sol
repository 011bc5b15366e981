// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title FunctionsInput
/// @notice Finds a model's input in the data of a Chainlink Functions request.
/// @dev `FunctionsRequest.encodeCBOR` (npm @chainlink/contracts, functions/v1_0_0/libraries) writes pairs of a text and a
/// value (CBOR, RFC 8949), with no map around them, "codeLocation" first. Values are numbers, also as c2 and 32 bytes,
/// strings, and arrays of strings, which have no stated length: 9f … ff. The input
/// is the entries of "bytesArgs", joined: a model's inputs and its latents can be an entry each. Data that begins
/// otherwise, and a request without "bytesArgs", is the input as it is.
library FunctionsInput {
    /// @notice The data begins as a Functions request, but goes on otherwise at this byte.
    error MalformedRequest(uint256 offset);

    /// @dev The text "codeLocation": major type 3, length 12.
    bytes13 private constant OPENING = bytes13(abi.encodePacked(hex"6c", "codeLocation"));
    bytes32 private constant BYTES_ARGS = keccak256("bytesArgs");

    uint8 private constant UNSIGNED = 0;
    uint8 private constant BYTES = 2;
    uint8 private constant TEXT = 3;
    /// @dev The bytes that follow are a number.
    bytes1 private constant BIG_NUMBER = 0xc2;
    bytes1 private constant ARRAY_START = 0x9f;
    bytes1 private constant ARRAY_END = 0xff;

    function inputOf(bytes calldata data) internal pure returns (bytes memory) {
        if (data.length < 13 || bytes13(data[:13]) != OPENING) return data;

        uint256 offset = 0;
        while (offset < data.length) {
            (uint8 major, uint256 start, uint256 end) = _item(data, offset);
            if (major != TEXT) revert MalformedRequest(offset);
            if (keccak256(data[start:end]) == BYTES_ARGS) return _joined(data, end);
            offset = _skip(data, end);
        }
        return data;
    }

    /// @dev The entries of the array that begins at `offset`, one after the other. It must be the last of the data.
    function _joined(bytes calldata data, uint256 offset) private pure returns (bytes memory input) {
        if (offset >= data.length || data[offset] != ARRAY_START) revert MalformedRequest(offset);
        ++offset;
        while (offset < data.length && data[offset] != ARRAY_END) {
            (uint8 major, uint256 start, uint256 end) = _item(data, offset);
            if (major != BYTES) revert MalformedRequest(offset);
            input = bytes.concat(input, data[start:end]);
            offset = end;
        }
        if (offset + 1 != data.length) revert MalformedRequest(offset);
    }

    /// @dev The offset behind the value at `offset`.
    function _skip(bytes calldata data, uint256 offset) private pure returns (uint256 end) {
        if (offset < data.length && data[offset] == BIG_NUMBER) ++offset;
        if (offset >= data.length) revert MalformedRequest(offset);
        if (data[offset] != ARRAY_START) {
            (,, end) = _item(data, offset);
            return end;
        }
        ++offset;
        while (offset < data.length && data[offset] != ARRAY_END) {
            (,, offset) = _item(data, offset);
        }
        if (offset >= data.length) revert MalformedRequest(offset);
        return offset + 1;
    }

    /// @dev One number or string: its major type, and where its contents begin and end.
    function _item(bytes calldata data, uint256 offset) private pure returns (uint8 major, uint256 start, uint256 end) {
        uint8 head = uint8(data[offset]);
        major = head >> 5;
        uint256 length = head & 31;
        start = offset + 1;
        // 24 to 27: the length, or the number, is in the next 1, 2, 4 or 8 bytes.
        if (length > 27) revert MalformedRequest(offset);
        if (length > 23) {
            uint256 width = 2 ** (length - 24);
            if (start + width > data.length) revert MalformedRequest(offset);
            length = uint256(bytes32(data[start:start + width])) >> (256 - 8 * width);
            start += width;
        }
        if (major != UNSIGNED && major != BYTES && major != TEXT) revert MalformedRequest(offset);
        end = major == UNSIGNED ? start : start + length;
        if (end > data.length) revert MalformedRequest(offset);
    }
}
