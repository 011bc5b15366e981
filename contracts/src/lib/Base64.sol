// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Base64
/// @notice Base64 (RFC 4648) of long bytes: a token's metadata with its page inside is encoded twice, some 170 KB.
/// @dev 24 bytes become 32 characters at once, all in one word: a quarter of the gas that it takes to look each
/// character up in a table.
library Base64 {
    /// @notice The base64 of `input`, with padding.
    function encode(bytes memory input) internal pure returns (string memory output) {
        return encode("", input);
    }

    /// @notice `prefix`, and the base64 of `input` behind it: what is long is not copied once more to stand there.
    function encode(string memory prefix, bytes memory input) internal pure returns (string memory output) {
        assembly ("memory-safe") {
            output := mload(0x40)
            let to := add(add(output, 0x20), mload(prefix))
            mcopy(add(output, 0x20), add(prefix, 0x20), mload(prefix))
            let end := add(to, shl(2, div(add(mload(input), 2), 3)))
            mstore(output, sub(sub(end, output), 0x20))
            // As far as the last 32 characters may reach.
            mstore(0x40, and(add(end, 0x5f), not(0x1f)))

            let from := add(input, 0x20)
            let inputEnd := add(from, mload(input))
            // The last characters take zeros for what the input lacks. If the output lies there, it is only its length.
            let behind := mload(inputEnd)
            mstore(inputEnd, 0)
            // One in each byte.
            let ones := div(not(0), 0xff)
            for {} lt(from, inputEnd) { from := add(from, 24) } {
                // 192 bits become 32 times six, each at the lower end of a byte: of every so many bits the upper half is
                // moved up, five times over.
                let v := shr(64, mload(from))
                v := add(v, mul(0xffffffff, and(v, 0xffffffffffffffffffffffff000000000000000000000000)))
                v := add(v, mul(0xffff, and(v, 0x00000000ffffffffffff00000000000000000000ffffffffffff000000000000)))
                v := add(v, mul(0xff, and(v, 0x0000ffffff0000000000ffffff0000000000ffffff0000000000ffffff000000)))
                v := add(v, mul(0xf, and(v, 0x00fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff000)))
                v := add(v, mul(0x3, and(v, 0x0fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc00fc0)))

                // A value's character is "A" + v; from 26 on (a to z) six further, from 52 on (digits) 75 back, at 62
                // ("+") 15 more, and at 63 ("/") three further. Whether v is at least t, bit 7 of v + 128 - t tells. A
                // byte may go below zero on the way: as one number, the sum comes out right.
                let c := add(v, mul(65, ones))
                c := add(c, mul(6, and(shr(7, add(v, mul(102, ones))), ones)))
                c := sub(c, mul(75, and(shr(7, add(v, mul(76, ones))), ones)))
                c := sub(c, mul(15, and(shr(7, add(v, mul(66, ones))), ones)))
                c := add(c, mul(3, and(shr(7, add(v, mul(65, ones))), ones)))
                mstore(to, c)
                to := add(to, 32)
            }
            mstore(inputEnd, behind)
            // A sign of padding for each byte that the last three lack.
            mstore(sub(end, div(2, mod(mload(input), 3))), shl(240, 0x3d3d))
            mstore(end, 0)
        }
    }
}
