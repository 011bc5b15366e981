// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Adler32
/// @notice The checksum at the end of a zlib stream (RFC 1950): the sum of all bytes plus one, and the sum of those
/// sums.
library Adler32 {
    uint256 private constant MODULUS = 65_521;

    /// @dev In sixteen lanes of 16 bits: the lower byte of each; 1; and from the right 0 up to 15.
    uint256 private constant LOW_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 private constant RANKS = 0x000f000e000d000c000b000a0009000800070006000500040003000200010000;

    /// @notice The checksum of `data[start..end]`.
    /// @dev A word at a time. Let its bytes be b_0 to b_31 and p_k = b_2k + b_2k+1; then b_i counts 32 - i times, so
    /// the second sum grows by 32 times the first and Σ (32 - i) b_i = 32 Σ p_k - 2 Σ k p_k - Σ b_2k+1. A product with
    /// a word of lanes has such a sum in its highest lane, and no lane overflows: 510 · (0 + … + 15) is below 2^16.
    /// Both sums fit a word whatever fits in memory, so the remainder is taken once, at the end.
    function checksum(bytes memory data, uint256 start, uint256 end) internal pure returns (uint32 both) {
        assembly ("memory-safe") {
            let last := add(add(data, 0x20), end)
            let sum := 1
            let sums := 0
            for { let cursor := add(add(data, 0x20), start) } lt(cursor, last) { cursor := add(cursor, 32) } {
                // The last word's bytes, fewer than 32, move to its right end, where they count as often as they
                // should.
                let length := sub(last, cursor)
                if gt(length, 32) { length := 32 }
                let word := shr(sub(256, shl(3, length)), mload(cursor))

                let second := and(word, LOW_BYTES)
                let pairs := add(second, and(shr(8, word), LOW_BYTES))
                let total := shr(240, mul(pairs, ONES))
                let weighted :=
                    sub(sub(shl(5, total), shl(1, shr(240, mul(pairs, RANKS)))), shr(240, mul(second, ONES)))
                sums := add(sums, add(mul(length, sum), weighted))
                sum := add(sum, total)
            }
            both := or(shl(16, mod(sums, MODULUS)), mod(sum, MODULUS))
        }
    }
}
