// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ISeedArt} from "../interfaces/ISeedArt.sol";
import {Cid} from "../lib/Cid.sol";
import {PictureCodec} from "../lib/PictureCodec.sol";
import {PixelRoot} from "../lib/PixelRoot.sol";
import {THUMBNAIL_SIZE} from "../types/Picture.sol";
import {TokenState} from "../types/TokenState.sol";
import {SeedTokens} from "./SeedTokens.sol";

/// @title Pictures
/// @notice A token's picture, two ways: as the hub's answer names it, and drawn anew inside the chain.
abstract contract Pictures is SeedTokens {
    /* CONSTANTS */

    /// @notice Width and height of the picture that is drawn in the contract for `tokenURI`, in pixels.
    uint16 public constant THUMBNAIL = THUMBNAIL_SIZE;

    /* VIEWS */

    /// @inheritdoc ISeedArt
    function pixel(uint256 tokenId, uint16 x, uint16 y, uint16 size_) external view returns (bytes3 rgb) {
        uint16 epoch = _drawnState(tokenId).epoch();
        bytes32 seed = _seeds[tokenId];
        return executor.pixel(modelId, stages, seed, _traitsOf(seed, epoch), size_, x, y);
    }

    /// @inheritdoc ISeedArt
    function rows(uint256 tokenId, uint16 y0, uint16 y1, uint16 size_) public view returns (bytes memory rgb) {
        return _rows(tokenId, _drawnState(tokenId).epoch(), y0, y1, size_);
    }

    /// @notice Whether an 8×8 tile lies at its place in a token's attested picture.
    /// @param tokenId the token; false unless its picture is attested, and not refuted
    /// @param index the tile's number, row by row
    /// @param tile 64 pixels row by row, RGB each
    /// @param proof the tile's siblings, from the leaves up
    function verifyTile(uint256 tokenId, uint32 index, bytes32[6] calldata tile, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 root = _pixelRoots[tokenId];
        return root != 0 && PixelRoot.verify(root, size, index, tile, proof)
            && _statusOf(tokenId) != IInferenceHub.Status.Refuted;
    }

    /* INTERNAL */

    /// @dev Takes a model's answer as the token's picture.
    function _keepPicture(uint256 tokenId, bytes32 requestId, bytes calldata output) internal {
        TokenState state = _stateOf(tokenId);
        if (state.stage() != Stage.Drawn) revert WrongStage(tokenId, state.stage());
        (bool ok, bytes32 pixelRoot, bytes1 codec, bytes32 digest) = PictureCodec.decodeOutput(output);
        if (!ok) revert BadOutput(requestId);

        _setState(tokenId, state.fulfilled(codec));
        _pixelRoots[tokenId] = pixelRoot;
        _imageDigests[tokenId] = digest;

        emit PictureFulfilled(tokenId, requestId, pixelRoot, Cid.encode(codec, digest));
    }

    /// @dev The pixels of the picture that stands in `tokenURI`; none if the model can't be run in the chain.
    function _tryThumbnail(bytes32 seed, bytes32 traits) internal view returns (bytes memory rgb) {
        try executor.rows(modelId, stages, seed, traits, THUMBNAIL, 0, THUMBNAIL) returns (bytes memory drawn) {
            return drawn;
        } catch (bytes memory reason) {
            // Running out of gas gives no reason, and what is shown must not depend on the caller's gas.
            if (reason.length == 0) revert TooLittleGas();
        }
    }

    /// @dev Rows of the picture that a token has, or had, at an epoch.
    function _rows(uint256 tokenId, uint16 epoch, uint16 y0, uint16 y1, uint16 size_)
        internal
        view
        returns (bytes memory rgb)
    {
        bytes32 seed = _seeds[tokenId];
        return executor.rows(modelId, stages, seed, _traitsOf(seed, epoch), size_, y0, y1);
    }
}
