// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ISeedArt} from "../interfaces/ISeedArt.sol";
import {TokenState, TokenStateLibrary} from "../types/TokenState.sol";
import {SeedTokens} from "./SeedTokens.sol";
import {BlockHashLib} from "solady/utils/BlockHashLib.sol";

/// @title SeedDraw
/// @notice How a token comes by its randomness: it is bound to a block that nobody knows yet, whose hash becomes its
/// seed and the question that the hub is asked.
/// @dev Warning: whoever proposes that block can discard it, at the price of its reward, if the seed does not please.
/// And a token that nobody draws for 8,191 blocks (27 hours) gets a new block; keep an operator running that draws in
/// time. What a picture costs at the hub is set by the model's publisher, and paid by whoever draws.
abstract contract SeedDraw is SeedTokens {
    /* CONSTANTS */

    /// @notice Blocks from the mint to the one whose hash becomes the seed.
    uint64 public constant DRAW_DELAY = 2;
    /// @notice How long a picture's request stays open, in seconds.
    uint64 public constant REQUEST_LIFETIME = 7 days;

    /* DRAW */

    /// @inheritdoc ISeedArt
    function draw(uint256 tokenId) external payable {
        TokenState state = _minted(tokenId);
        uint64 drawBlock = state.drawBlock();
        if (block.number <= drawBlock) revert TooEarly(tokenId, drawBlock);
        bytes32 blockHash = BlockHashLib.blockHash(drawBlock);
        if (blockHash == 0) revert BlockHashGone(tokenId, drawBlock);

        _seeds[tokenId] = keccak256(abi.encode(blockHash, block.chainid, address(this), tokenId));
        _setState(tokenId, state.drawn());
        _ask(tokenId);

        emit MetadataUpdate(tokenId);
    }

    /* REDRAW */

    /// @inheritdoc ISeedArt
    /// @dev Nobody can make a hash look gone by giving too little gas: what is left after the history contract ran out
    /// of gas, a 64th, does not pay for the rest.
    function redraw(uint256 tokenId) external {
        uint64 drawBlock = _minted(tokenId).drawBlock();
        if (block.number <= drawBlock || BlockHashLib.blockHash(drawBlock) != 0) {
            revert StillDrawable(tokenId, drawBlock);
        }
        _setDrawBlock(tokenId);
        emit MetadataUpdate(tokenId);
    }

    /* RENEW */

    /// @inheritdoc ISeedArt
    /// @dev Also after an answer that this contract could not take. The seed stays, so nothing can be re-rolled.
    function renew(uint256 tokenId) external payable {
        TokenState state = _drawnState(tokenId);
        IInferenceHub.Status status = _statusOf(tokenId);
        bytes32 requestId = _requestOf(tokenId);
        if (state.stage() == Stage.Fulfilled) {
            if (status != IInferenceHub.Status.Refuted) revert WrongStage(tokenId, Stage.Fulfilled);
            _setState(tokenId, state.drawn());
            _forgetPicture(tokenId);
            emit MetadataUpdate(tokenId);
        } else if (_isAwaited(status)) {
            revert RequestStillOpen(tokenId, requestId);
        }
        delete _tokenIds[requestId];
        _ask(tokenId);
    }

    /* INTERNAL */

    /// @dev Binds a token to a block that is not built yet.
    function _setDrawBlock(uint256 tokenId) internal {
        uint64 drawBlock = uint64(block.number) + DRAW_DELAY;
        _setState(tokenId, TokenStateLibrary.minted(drawBlock));
        emit SeedRequested(tokenId, drawBlock);
    }

    /// @dev Asks the hub for the picture of a token's present epoch, and pays it what was sent.
    function _ask(uint256 tokenId) internal {
        bytes32 seed = _seeds[tokenId];
        uint16 epoch = _stateOf(tokenId).epoch();
        bytes32 traits = _traitsOf(seed, epoch);
        bytes32 requestId = IInferenceHub(hub).request{value: msg.value}(
            modelId,
            _prompt(tokenId, seed, traits),
            IInferenceHub.Assurance(assurance),
            CALLBACK_GAS,
            uint64(block.timestamp) + REQUEST_LIFETIME
        );
        _requestIds[tokenId][epoch] = requestId;
        _tokenIds[requestId] = tokenId;

        emit SeedDrawn(tokenId, seed, traits, requestId);
    }

    /// @dev Forgets what the hub's last answer named.
    function _forgetPicture(uint256 tokenId) internal {
        delete _pixelRoots[tokenId];
        delete _imageDigests[tokenId];
    }

    /// @dev Whether an answer may still come.
    function _isAwaited(IInferenceHub.Status status) private pure returns (bool) {
        // A place in a request's life, not an amount.
        // slither-disable-next-line incorrect-equality
        return status == IInferenceHub.Status.Open || status == IInferenceHub.Status.Proposed;
    }

    /// @dev The state of a token whose seed is not drawn.
    function _minted(uint256 tokenId) private view returns (TokenState state) {
        state = _stateOf(tokenId);
        if (state.stage() != Stage.Minted) revert AlreadyDrawn(tokenId);
    }
}
