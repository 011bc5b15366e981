// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ISeedArt} from "../interfaces/ISeedArt.sol";

/// @notice What is kept of a token beside its owner, in the 96 bits that the ownership word has to spare:
///
/// | bits   | content                                                     |
/// |--------|-------------------------------------------------------------|
/// | 0..63  | the block whose hash becomes the seed                       |
/// | 64..71 | stage                                                       |
/// | 72..79 | codec of the picture's CID; 0 till fulfilled                |
/// | 80..95 | epoch: how often the token has evolved                      |
type TokenState is uint96;

using TokenStateLibrary for TokenState global;

/// @title TokenStateLibrary
/// @notice Reads and writes the fields of a `TokenState`.
library TokenStateLibrary {
    uint96 private constant STAGE_SHIFT = 64;
    uint96 private constant CODEC_SHIFT = 72;
    uint96 private constant EPOCH_SHIFT = 80;

    /// @notice A token whose seed comes from `drawBlock_`.
    function minted(uint64 drawBlock_) internal pure returns (TokenState) {
        return TokenState.wrap(uint96(drawBlock_));
    }

    /// @notice The same token with its seed drawn.
    function drawn(TokenState self) internal pure returns (TokenState) {
        return _at(self, ISeedArt.Stage.Drawn, epoch(self));
    }

    /// @notice The same token with its picture, whose CID has `codec`.
    function fulfilled(TokenState self, bytes1 codec) internal pure returns (TokenState) {
        TokenState fulfilled_ = _at(self, ISeedArt.Stage.Fulfilled, epoch(self));
        return TokenState.wrap(TokenState.unwrap(fulfilled_) | (uint96(uint8(codec)) << CODEC_SHIFT));
    }

    /// @notice The same token at its next epoch, without its picture. It must not be at the last one.
    function evolved(TokenState self) internal pure returns (TokenState) {
        return _at(self, ISeedArt.Stage.Drawn, epoch(self) + 1);
    }

    // Each field is shifted so that the cast keeps exactly its bits.
    // forge-lint: disable-start(unsafe-typecast)

    /// @notice The block whose hash becomes the seed.
    function drawBlock(TokenState self) internal pure returns (uint64) {
        return uint64(TokenState.unwrap(self));
    }

    /// @notice Where the token is in its life.
    function stage(TokenState self) internal pure returns (ISeedArt.Stage) {
        return ISeedArt.Stage(uint8(TokenState.unwrap(self) >> STAGE_SHIFT));
    }

    /// @notice Codec of the picture's CID.
    function imageCodec(TokenState self) internal pure returns (bytes1) {
        return bytes1(uint8(TokenState.unwrap(self) >> CODEC_SHIFT));
    }

    /// @notice How often the token has evolved.
    function epoch(TokenState self) internal pure returns (uint16) {
        return uint16(TokenState.unwrap(self) >> EPOCH_SHIFT);
    }

    // forge-lint: disable-end(unsafe-typecast)

    /// @dev The same token at another stage, without a picture.
    function _at(TokenState self, ISeedArt.Stage stage_, uint16 epoch_) private pure returns (TokenState) {
        return
            TokenState.wrap(uint96(drawBlock(self)) | (uint96(stage_) << STAGE_SHIFT) | (uint96(epoch_) << EPOCH_SHIFT));
    }
}
