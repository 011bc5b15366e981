// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title CompactSignature
/// @notice Keeps a 65-byte secp256k1 signature in two storage words (ERC-2098) and gives the same 65 bytes back.
library CompactSignature {
    /// @notice The two words of `signature`, which must be 65 bytes with v = 27 or 28 and s in the lower half order.
    /// @return r the signature's r
    /// @return vs s, with v - 27 in its highest bit
    function pack(bytes calldata signature) internal pure returns (bytes32 r, bytes32 vs) {
        r = bytes32(signature[0:32]);
        vs = bytes32(signature[32:64]) | bytes32(uint256(uint8(signature[64]) - 27) << 255);
    }

    /// @notice The 65-byte signature (r, s, v) of two words.
    function unpack(bytes32 r, bytes32 vs) internal pure returns (bytes memory signature) {
        bytes32 s = vs & bytes32(type(uint256).max >> 1);
        // forge-lint: disable-next-line(unsafe-typecast)
        uint8 v = uint8(uint256(vs) >> 255) + 27;
        signature = abi.encodePacked(r, s, v);
    }
}
