// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "./interfaces/IExecutor.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {PictureCodec} from "./lib/PictureCodec.sol";
import {PixelRoot} from "./lib/PixelRoot.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Evidence
/// @notice Says what an output, a tile, a pixel or the leaves of a tree prove about an answer. Keeps nothing.
/// @dev A contract of its own, created by InferenceHub, since both together would be larger than a contract may be (EIP-170).
/// The hub passes its own calls on, with the model's id in the request's place; so arguments stand here in the hub's order,
/// some of them unused.
contract Evidence {
    /// @notice What something says about an answer.
    enum Verdict {
        Nothing,
        Right,
        Wrong
    }

    /// @dev What a picture follows from.
    struct Picture {
        uint32 stages;
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

    /* OUTPUTS */

    /// @notice The size of the picture that is asked for, if no answer to that could be bonded; zero if one could, or if
    /// none is asked for in good form.
    function unbondableSize(bytes32, bytes calldata input) external pure returns (uint256) {
        (,, uint16 size,,) = PictureCodec.decodeInput(input);
        return PixelRoot.isBondable(size) ? 0 : size;
    }

    /// @notice keccak256 of a tensor model's right output; zero if the model refuses the input.
    function rightOutput(bytes32 modelId, bytes calldata input) external view returns (bytes32) {
        try _EXECUTOR.run(modelId, input) returns (bytes memory right) {
            return keccak256(right);
        } catch (bytes memory reason) {
            _requireRefusal(reason);
            return 0;
        }
    }

    /// @notice What a picture's output says as it stands: wrong if it is not well-formed; nothing if the question has no
    /// answer that could be bonded; right if a pixel is needed to tell.
    function judgePicture(bytes32 modelId, bytes calldata input, bytes calldata output)
        external
        view
        returns (Verdict)
    {
        (bool ok,,,) = PictureCodec.decodeOutput(output);
        if (!ok) return Verdict.Wrong;
        Picture memory picture = _pictureOf(input);
        if (!PixelRoot.isBondable(picture.size)) return Verdict.Nothing;
        try _EXECUTOR.pixel(modelId, picture.stages, picture.seed, picture.traits, picture.size, 0, 0) returns (
            bytes3
        ) {
            return Verdict.Right;
        } catch (bytes memory reason) {
            _requireRefusal(reason);
            return Verdict.Nothing;
        }
    }

    /* PARTS */

    /// @notice Whether a tile shows what was demanded: it lies in the tree, or the picture has none of that number.
    function answersDemand(bytes32, bytes calldata input, bytes calldata output, IInferenceHub.Opening calldata opening)
        external
        pure
        returns (bool)
    {
        (bool ok,, uint16 size,,) = PictureCodec.decodeInput(input);
        return (ok && !_isInside(size, opening.index)) || _holds(size, output, opening);
    }

    /// @notice Whether these are half of the tree's leaves, as far as this half tells.
    /// @return halves what both halves of the same tree have in common: their roots and the leaves where they meet; zero if
    /// they are not
    function halvesOf(bytes32, bytes calldata input, bytes calldata output, IInferenceHub.Half calldata half)
        external
        pure
        returns (bytes32 halves)
    {
        (,, uint16 size,,) = PictureCodec.decodeInput(input);
        (bool ok, bytes32 root,,) = PictureCodec.decodeOutput(output);
        uint256 count = half.leaves.length;
        if (!ok || !PixelRoot.isBondable(size) || 2 * count != PixelRoot.tilesAcross(size) ** 2) return 0;
        bytes32 own = PixelRoot.rootOf(half.leaves);
        if (own == 0 || Hashes.commutativeKeccak256(own, half.otherRoot) != root) return 0;
        bytes32 edge = half.isUpper ? half.leaves[0] : half.leaves[count - 1];
        if (half.isUpper ? half.otherEdge >= edge : edge >= half.otherEdge) return 0;
        return half.isUpper
            ? keccak256(abi.encode(half.otherRoot, own, half.otherEdge, edge))
            : keccak256(abi.encode(own, half.otherRoot, edge, half.otherEdge));
    }

    /// @notice Draws a pixel of a tile and compares. Only the picture's tiles may lie in its tree: one beyond them is wrong
    /// as it stands, and so is a pixel outside the picture that isn't zero.
    /// @param column the pixel's place in the tile, 0 to 7
    /// @param row the pixel's place in the tile, 0 to 7
    function judgePixel(
        bytes32 modelId,
        bytes calldata input,
        bytes calldata output,
        IInferenceHub.Opening calldata opening,
        uint8 column,
        uint8 row
    ) external view returns (Verdict) {
        Picture memory picture = _pictureOf(input);
        if (!_holds(picture.size, output, opening)) return Verdict.Nothing;
        if (!_isInside(picture.size, opening.index)) return Verdict.Wrong;
        uint256 across = PixelRoot.tilesAcross(picture.size);
        uint256 x = (opening.index % across) * PixelRoot.TILE + column;
        // The tile's row, then the pixel's in it.
        // forge-lint: disable-next-line(divide-before-multiply)
        uint256 y = (opening.index / across) * PixelRoot.TILE + row;
        return _pixelIn(opening.tile, column, row) == _draw(modelId, picture, x, y) ? Verdict.Right : Verdict.Wrong;
    }

    /* INTERNAL */

    /// @dev What is asked for; all zero if that is not in good form.
    function _pictureOf(bytes calldata input) private pure returns (Picture memory picture) {
        (, picture.stages, picture.size, picture.seed, picture.traits) = PictureCodec.decodeInput(input);
    }

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
        (uint16 column, uint16 row) = (uint16(x), uint16(y));
        return _EXECUTOR.pixel(modelId, picture.stages, picture.seed, picture.traits, picture.size, column, row);
    }

    /// @dev Passes any failure on but a refusal: one of the errors that say what is wrong with the question, or that the
    /// model's weights are gone (EIP-6780 lets a publisher make code that lasts for one transaction only).
    function _requireRefusal(bytes memory reason) private pure {
        // forge-lint: disable-next-line(unsafe-typecast)
        bytes4 error_ = bytes4(reason);
        if (
            error_ == IExecutor.BadInputLength.selector || error_ == IExecutor.InputOutOfRange.selector
                || error_ == IExecutor.UnknownStages.selector || error_ == IExecutor.BadTraits.selector
                || error_ == IExecutor.NotAPicture.selector || error_ == IModelRegistry.WeightsMismatch.selector
        ) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
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
