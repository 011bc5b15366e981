// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "./interfaces/IExecutor.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {PictureCodec} from "./lib/PictureCodec.sol";
import {PixelRoot} from "./lib/PixelRoot.sol";

/// @title PictureEvidence
/// @notice Says what a tile, a pixel or the leaves of a tree prove about a picture model's answer. Keeps nothing.
/// @dev A contract of its own, created by InferenceHub, since both together would be larger than a contract may be (EIP-170).
contract PictureEvidence {
    /// @notice What a tile says about an answer.
    enum Verdict {
        NoTile,
        Right,
        Wrong
    }

    /// @dev What a picture follows from.
    struct Picture {
        uint16 size;
        bytes32 seed;
        bytes32 traits;
    }

    /* IMMUTABLES */

    IExecutor private immutable _EXECUTOR;

    /* CONSTRUCTOR */

    constructor(IExecutor executor_) {
        _EXECUTOR = executor_;
    }

    /* QUESTIONS AND ANSWERS */

    /// @notice What picture is asked for.
    /// @return size its width and height in pixels; zero if the input is not well-formed
    /// @return bondable whether an answer can be proved wrong, whatever is wrong with it
    function sizeOf(bytes calldata input) external pure returns (uint16 size, bool bondable) {
        (, size,,) = PictureCodec.decodeInput(input);
        return (size, PixelRoot.isBondable(size));
    }

    /// @notice Whether a bondable picture can be drawn for this input: asks the executor for its first pixel, and passes its
    /// refusal on.
    function isQuestion(bytes32 modelId, bytes calldata input) external view returns (bool) {
        (, uint16 size, bytes32 seed, bytes32 traits) = PictureCodec.decodeInput(input);
        if (!PixelRoot.isBondable(size)) return false;
        _EXECUTOR.pixel(modelId, seed, traits, size, 0, 0);
        return true;
    }

    /// @notice Whether the output is well-formed.
    function isAnswer(bytes calldata output) external pure returns (bool ok) {
        (ok,,,) = PictureCodec.decodeOutput(output);
    }

    /* PARTS */

    /// @notice Whether a tile shows what was demanded: it lies in the tree, or the picture has none of that number.
    function answersDemand(bytes calldata input, bytes calldata output, IInferenceHub.Opening calldata opening)
        external
        pure
        returns (bool)
    {
        (bool ok, uint16 size,,) = PictureCodec.decodeInput(input);
        return (ok && !_isInside(size, opening.index)) || _holds(size, output, opening);
    }

    /// @notice Whether these are all leaves of the tree, in ascending order.
    function areLeaves(bytes calldata input, bytes calldata output, bytes32[] calldata leaves)
        external
        pure
        returns (bool)
    {
        (, uint16 size,,) = PictureCodec.decodeInput(input);
        (bool ok, bytes32 root,,) = PictureCodec.decodeOutput(output);
        return ok && PixelRoot.isBondable(size) && leaves.length == PixelRoot.tilesAcross(size) ** 2
            && PixelRoot.rootOf(leaves) == root;
    }

    /// @notice Draws a pixel of a tile and compares. Only the picture's tiles may lie in its tree: one beyond them is wrong
    /// as it stands, and so is a pixel outside the picture that isn't zero.
    /// @param column the pixel's place in the tile, 0 to 7
    /// @param row the pixel's place in the tile, 0 to 7
    function judge(
        bytes32 modelId,
        bytes calldata input,
        bytes calldata output,
        IInferenceHub.Opening calldata opening,
        uint8 column,
        uint8 row
    ) external view returns (Verdict) {
        Picture memory picture;
        (, picture.size, picture.seed, picture.traits) = PictureCodec.decodeInput(input);
        if (!_holds(picture.size, output, opening)) return Verdict.NoTile;
        if (!_isInside(picture.size, opening.index)) return Verdict.Wrong;
        uint256 across = PixelRoot.tilesAcross(picture.size);
        uint256 x = (opening.index % across) * PixelRoot.TILE + column;
        // The tile's row, then the pixel's in it.
        // forge-lint: disable-next-line(divide-before-multiply)
        uint256 y = (opening.index / across) * PixelRoot.TILE + row;
        return _pixelIn(opening.tile, column, row) == _draw(modelId, picture, x, y) ? Verdict.Right : Verdict.Wrong;
    }

    /* INTERNAL */

    function _isInside(uint16 size, uint32 index) private pure returns (bool) {
        return index < PixelRoot.tilesAcross(size) ** 2;
    }

    /// @dev Whether the tile lies in the tree of a bondable picture; none has size zero.
    function _holds(uint16 size, bytes calldata output, IInferenceHub.Opening calldata opening)
        private
        pure
        returns (bool)
    {
        (bool ok, bytes32 root,,) = PictureCodec.decodeOutput(output);
        return
            ok && PixelRoot.isBondable(size) && PixelRoot.verify(root, size, opening.index, opening.tile, opening.proof);
    }

    /// @dev The right colour; zero outside the picture.
    function _draw(bytes32 modelId, Picture memory picture, uint256 x, uint256 y) private view returns (bytes3) {
        if (x >= picture.size || y >= picture.size) return 0;
        // Both are below the size.
        // forge-lint: disable-next-line(unsafe-typecast)
        return _EXECUTOR.pixel(modelId, picture.seed, picture.traits, picture.size, uint16(x), uint16(y));
    }

    /// @dev Three bytes a pixel, row by row; a pixel may lie across two words.
    function _pixelIn(bytes32[6] calldata tile, uint256 column, uint256 row) private pure returns (bytes3) {
        uint256 start = 3 * (PixelRoot.TILE * row + column);
        uint256 shift = 8 * (start % 32);
        bytes32 pixel = tile[start / 32] << shift;
        if (shift > 232) pixel |= tile[start / 32 + 1] >> (256 - shift);
        return bytes3(pixel);
    }
}
