// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Cid} from "./Cid.sol";

/// @title PictureCodec
/// @notice Reads a picture model's answer, strictly: one sequence of bytes for each answer, and no way to revert.
library PictureCodec {
    /// @dev `abi.encode(PictureOutput)`: six words, for a CID of 36 bytes.
    uint256 private constant OUTPUT_LENGTH = 192;

    /// @notice The parts of `abi.encode(PictureOutput)`; `ok` is false if the bytes are not exactly that, if the CID is
    /// not a CIDv1 of SHA-256, or if the root is zero.
    function decodeOutput(bytes calldata output)
        internal
        pure
        returns (bool ok, bytes32 pixelRoot, bytes1 codec, bytes32 digest)
    {
        if (output.length != OUTPUT_LENGTH) return (false, 0, 0, 0);
        pixelRoot = bytes32(output[32:64]);
        (ok, codec, digest) = Cid.decode(output[128:164]);
        ok = ok && pixelRoot != 0 && uint256(bytes32(output[0:32])) == 0x20 // the structure's place
            && uint256(bytes32(output[64:96])) == 0x40 // the CID's place in it
            && uint256(bytes32(output[96:128])) == Cid.LENGTH && bytes28(output[164:192]) == 0;
    }
}
