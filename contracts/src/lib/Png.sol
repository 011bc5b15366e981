// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Adler32} from "./Adler32.sol";
import {Crc32} from "./Crc32.sol";

/// @title Png
/// @notice Writes a picture as a PNG file (RFC 2083): 8 bits a channel, not compressed, so that it costs little gas.
library Png {
    /// @notice The pixels are not three bytes for each of `width` × `height`.
    error WrongPixelCount(uint256 length, uint16 width, uint16 height);
    /// @notice The picture is empty, or its rows, with a byte more each, are longer than 65,535 bytes.
    error BadPngSize(uint16 width, uint16 height);

    /// @dev The most that one stored block of a deflate stream holds (RFC 1951), in bytes.
    uint256 private constant MAX_BLOCK = 65_535;
    /// @dev Where the header's checksum begins and ends, and where the rows and their own begin, in bytes of the file.
    uint256 private constant HEADER_START = 12;
    uint256 private constant HEADER_END = 29;
    uint256 private constant CONTENT_START = 37;
    uint256 private constant ROWS_START = 48;

    /// @dev The empty chunk IEND: length, name, checksum.
    bytes private constant ENDING = hex"0000000049454e44ae426082";

    /// @notice A PNG file of `rgb`: rows from the top, pixels from the left, three bytes each.
    function encode(bytes memory rgb, uint16 width, uint16 height) internal pure returns (bytes memory png) {
        uint256 row = 3 * uint256(width);
        uint256 length = height * (row + 1);
        if (row == 0 || length == 0 || length > MAX_BLOCK) revert BadPngSize(width, height);
        if (rgb.length != height * row) revert WrongPixelCount(rgb.length, width, height);

        png = bytes.concat(_opening(width, height, length), _rows(rgb, row, length), new bytes(8), ENDING);
        uint256 rowsEnd = ROWS_START + length;
        uint256[256] memory table = Crc32.table();
        _put(png, HEADER_END, Crc32.checksum(png, HEADER_START, HEADER_END, table));
        _put(png, rowsEnd, Adler32.checksum(png, ROWS_START, rowsEnd));
        _put(png, rowsEnd + 4, Crc32.checksum(png, CONTENT_START, rowsEnd + 4, table));
    }

    /// @dev All that stands before the rows; checksums are zero.
    ///
    /// | bytes | content                                                                       |
    /// |-------|-------------------------------------------------------------------------------|
    /// | 0     | the file's signature                                                          |
    /// | 8     | chunk IHDR: length, name, width, height, 8 bits, RGB, no options, checksum    |
    /// | 33    | chunk IDAT: length, name                                                      |
    /// | 41    | zlib header: deflate, window of 32 KiB                                        |
    /// | 43    | a stored block, the last: its length, and the complement of it, little-endian |
    function _opening(uint16 width, uint16 height, uint256 length) private pure returns (bytes memory) {
        // forge-lint: disable-next-item(unsafe-typecast)
        return abi.encodePacked(
            hex"89504e470d0a1a0a0000000d49484452",
            uint32(width),
            uint32(height),
            hex"0802000000",
            uint32(0),
            uint32(length + 11),
            "IDAT",
            hex"780101",
            _littleEndian(length),
            ~_littleEndian(length)
        );
    }

    /// @dev Each row of `row` bytes behind a zero: "no filter".
    function _rows(bytes memory rgb, uint256 row, uint256 length) private pure returns (bytes memory rows) {
        rows = new bytes(length);
        assembly ("memory-safe") {
            let source := add(rgb, 0x20)
            let target := add(rows, 0x21)
            for { let end := add(source, mload(rgb)) } lt(source, end) {
                source := add(source, row)
                target := add(target, add(row, 1))
            } { mcopy(target, source, row) }
        }
    }

    function _littleEndian(uint256 number) private pure returns (bytes2) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes2(uint16((number >> 8) | (number << 8)));
    }

    /// @dev Writes four bytes.
    function _put(bytes memory data, uint256 at, uint32 value) private pure {
        assembly ("memory-safe") {
            let word := add(add(data, 0x20), at)
            mstore(word, or(shl(224, value), shr(32, shl(32, mload(word)))))
        }
    }
}
