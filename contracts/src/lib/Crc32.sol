// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Crc32
/// @notice The checksum that guards each part of a PNG file (ISO 3309; RFC 2083, appendix 15): CRC-32, reflected.
library Crc32 {
    /// @dev The generator polynomial, its lowest power in the highest of 32 bits.
    uint256 private constant POLYNOMIAL = 0xedb88320;

    /// @notice What a byte does to the checksum, for each of 256 bytes: a word each. Made once, used for many
    /// checksums.
    /// @dev The table is linear over xor, so that each power of two doubles what is known: 256 steps instead of 2,048.
    function table() internal pure returns (uint256[256] memory entries) {
        unchecked {
            uint256 remainder = 1;
            for (uint256 bit = 128; bit != 0; bit >>= 1) {
                remainder = (remainder >> 1) ^ ((remainder & 1) * POLYNOMIAL);
                for (uint256 i = 0; i < 256; i += 2 * bit) {
                    entries[i + bit] = entries[i] ^ remainder;
                }
            }
        }
    }

    /// @notice The checksum of `data[start..end]`.
    function checksum(bytes memory data, uint256 start, uint256 end, uint256[256] memory entries)
        internal
        pure
        returns (uint32 sum)
    {
        assembly ("memory-safe") {
            // A word that begins 31 bytes before a byte has that byte as its lowest one.
            let cursor := add(add(data, 1), start)
            let last := add(add(data, 1), end)
            let crc := 0xffffffff
            function step(crc_, entries_, at) -> next {
                next := xor(shr(8, crc_), mload(add(entries_, shl(5, and(xor(crc_, mload(at)), 0xff)))))
            }
            for { let whole := sub(last, and(sub(last, cursor), 7)) } lt(cursor, whole) { cursor := add(cursor, 8) } {
                crc := step(crc, entries, cursor)
                crc := step(crc, entries, add(cursor, 1))
                crc := step(crc, entries, add(cursor, 2))
                crc := step(crc, entries, add(cursor, 3))
                crc := step(crc, entries, add(cursor, 4))
                crc := step(crc, entries, add(cursor, 5))
                crc := step(crc, entries, add(cursor, 6))
                crc := step(crc, entries, add(cursor, 7))
            }
            for {} lt(cursor, last) { cursor := add(cursor, 1) } { crc := step(crc, entries, cursor) }
            sum := xor(crc, 0xffffffff)
        }
    }
}
