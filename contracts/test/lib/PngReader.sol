// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice Reads PNG files of stored, unfiltered RGB pixels: written from the RFCs (2083, 1950, 1951), a bit at a time,
/// and strict, so that it shares nothing with the writer.
contract PngReader {
    struct Picture {
        uint256 width;
        uint256 height;
        bytes rgb;
    }

    function read(bytes calldata file) external pure returns (Picture memory picture) {
        require(bytes8(file[0:8]) == 0x89504e470d0a1a0a, "signature");
        uint256 at = 8;
        bytes calldata header;
        bytes calldata content;
        bytes calldata ending;
        (header, at) = _chunk(file, at, "IHDR");
        (content, at) = _chunk(file, at, "IDAT");
        (ending, at) = _chunk(file, at, "IEND");
        require(at == file.length && ending.length == 0, "the end");

        require(header.length == 13, "header");
        require(bytes5(header[8:13]) == 0x0802000000, "8 bits, RGB, deflate, filters, not interlaced");
        picture.width = uint32(bytes4(header[0:4]));
        picture.height = uint32(bytes4(header[4:8]));
        picture.rgb = _unfilter(_inflate(content), picture.width, picture.height);
    }

    /// @notice CRC-32, a bit at a time.
    function crc32(bytes calldata data) public pure returns (uint32) {
        uint32 crc = type(uint32).max;
        for (uint256 i = 0; i < data.length; ++i) {
            crc ^= uint8(data[i]);
            for (uint256 bit = 0; bit < 8; ++bit) {
                crc = crc & 1 == 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }
        return ~crc;
    }

    /// @notice Adler-32, with the remainder taken at each byte.
    function adler32(bytes memory data) public pure returns (uint32) {
        uint256 a = 1;
        uint256 b = 0;
        for (uint256 i = 0; i < data.length; ++i) {
            a = (a + uint8(data[i])) % 65_521;
            b = (b + a) % 65_521;
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32((b << 16) | a);
    }

    function _chunk(bytes calldata file, uint256 at, bytes4 name) private pure returns (bytes calldata, uint256) {
        uint256 length = uint32(bytes4(file[at:at + 4]));
        require(bytes4(file[at + 4:at + 8]) == name, "chunk's name");
        uint256 end = at + 8 + length;
        require(uint32(bytes4(file[end:end + 4])) == crc32(file[at + 4:end]), "chunk's checksum");
        return (file[at + 8:end], end + 4);
    }

    /// @dev A zlib stream of stored blocks.
    function _inflate(bytes calldata stream) private pure returns (bytes memory data) {
        require(uint8(stream[0]) & 0x0f == 8, "deflate");
        require(uint16(bytes2(stream[0:2])) % 31 == 0, "zlib header's check");
        require(uint8(stream[1]) & 0x20 == 0, "no dictionary");
        uint256 at = 2;
        bool last = false;
        while (!last) {
            uint8 kind = uint8(stream[at]);
            require(kind & 6 == 0, "stored");
            last = kind & 1 == 1;
            uint16 length = uint16(uint8(stream[at + 1])) | (uint16(uint8(stream[at + 2])) << 8);
            uint16 complement = uint16(uint8(stream[at + 3])) | (uint16(uint8(stream[at + 4])) << 8);
            require(length == ~complement, "block's length");
            data = bytes.concat(data, stream[at + 5:at + 5 + length]);
            at += 5 + uint256(length);
        }
        require(at + 4 == stream.length, "the stream's end");
        require(uint32(bytes4(stream[at:])) == adler32(data), "the stream's checksum");
    }

    function _unfilter(bytes memory rows, uint256 width, uint256 height) private pure returns (bytes memory rgb) {
        require(rows.length == height * (3 * width + 1), "rows");
        rgb = new bytes(3 * width * height);
        uint256 at = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            if (i % (3 * width + 1) == 0) require(rows[i] == 0, "no filter");
            else rgb[at++] = rows[i];
        }
    }
}
