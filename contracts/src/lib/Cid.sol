// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Cid
/// @notice Content identifiers: the names that IPFS gives to bytes, made from their SHA-256 digest.
/// @dev Only CIDv1 with SHA-256: `01`, codec, `12 20`, 32 bytes of digest (https://github.com/multiformats/cid).
library Cid {
    /// @notice Codec of a file that fits one block, kept as it is.
    bytes1 internal constant RAW = 0x55;
    /// @notice Codec of a file of several blocks.
    bytes1 internal constant DAG_PB = 0x70;
    /// @notice Length of the binary form, in bytes.
    uint256 internal constant LENGTH = 36;

    /// @dev RFC 4648, lower case, as multibase `b` has it.
    bytes32 private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    /// @notice The binary form, 36 bytes.
    function encode(bytes1 codec, bytes32 digest) internal pure returns (bytes memory) {
        return abi.encodePacked(bytes1(0x01), codec, bytes2(0x1220), digest);
    }

    /// @notice The codec and digest of a binary form; `ok` is false if it isn't one that `encode` makes.
    function decode(bytes calldata cid) internal pure returns (bool ok, bytes1 codec, bytes32 digest) {
        if (cid.length != LENGTH) return (false, 0, 0);
        codec = cid[1];
        ok = cid[0] == 0x01 && (codec == RAW || codec == DAG_PB) && bytes2(cid[2:4]) == 0x1220;
        digest = bytes32(cid[4:36]);
    }

    /// @notice The text form: multibase `b`, then base32 without padding.
    function text(bytes1 codec, bytes32 digest) internal pure returns (string memory) {
        return string.concat("b", _base32(encode(codec, digest)));
    }

    /// @notice The text form as an `ipfs://` URI.
    function uri(bytes1 codec, bytes32 digest) internal pure returns (string memory) {
        return string.concat("ipfs://", text(codec, digest));
    }

    function _base32(bytes memory data) private pure returns (string memory) {
        bytes memory encoded = new bytes((data.length * 8 + 4) / 5);
        uint256 bits;
        uint256 pending;
        uint256 length;
        for (uint256 i = 0; i < data.length; ++i) {
            bits = (bits << 8) | uint8(data[i]);
            for (pending += 8; pending >= 5; ++length) {
                pending -= 5;
                encoded[length] = ALPHABET[(bits >> pending) & 31];
            }
        }
        if (pending != 0) encoded[length] = ALPHABET[(bits << (5 - pending)) & 31];
        return string(encoded);
    }
}
