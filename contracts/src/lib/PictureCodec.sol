// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Cid} from "./Cid.sol";

/// @title PictureCodec
/// @notice Reads what a picture model is asked and what it answers, strictly: one sequence of bytes for each question
/// and answer, and no way to revert.
library PictureCodec {
    /// @notice The largest width and height, in pixels.
    uint16 internal constant MAX_SIZE = 4096;
    /// @notice The longest title, in bytes.
    uint256 internal constant MAX_TITLE = 64;

    /// @dev `abi.encode(PictureInput)` before the title's bytes: seven words.
    uint256 private constant INPUT_HEAD = 224;
    /// @dev `abi.encode(PictureOutput)`: six words, for a CID of 36 bytes.
    uint256 private constant OUTPUT_LENGTH = 192;

    /// @notice What a picture follows from, out of `abi.encode(PictureInput)`; `ok` is false if the bytes are not
    /// exactly that, or say stages, a size or a title out of bounds. Whether such stages and traits exist is not looked
    /// at.
    function decodeInput(bytes calldata input)
        internal
        pure
        returns (bool ok, uint32 stages, uint16 size, bytes32 seed, bytes32 traits)
    {
        if (input.length < INPUT_HEAD || input.length > INPUT_HEAD + MAX_TITLE) return (false, 0, 0, 0, 0);
        uint256 stages_ = _word(input, 1);
        uint256 size_ = _word(input, 2);
        uint256 title = _word(input, 6);
        ok = _word(input, 0) == 0x20 // the structure's place
            && stages_ <= type(uint32).max && size_ != 0 && size_ <= MAX_SIZE && _word(input, 5) == 0xa0 // the title's place in it
            && title <= MAX_TITLE && input.length == INPUT_HEAD + ((title + 31) & ~uint256(31));
        // What follows the title in its last word must be zero.
        if (ok && title % 32 != 0) ok = _word(input, input.length / 32 - 1) << (8 * (title % 32)) == 0;
        if (!ok) return (false, 0, 0, 0, 0);
        // At most the types' largest numbers.
        // forge-lint: disable-next-line(unsafe-typecast)
        (stages, size) = (uint32(stages_), uint16(size_));
        (seed, traits) = (bytes32(_word(input, 3)), bytes32(_word(input, 4)));
    }

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

    function _word(bytes calldata data, uint256 index) private pure returns (uint256) {
        return uint256(bytes32(data[32 * index:32 * index + 32]));
    }
}
