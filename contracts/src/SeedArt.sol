// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {TokenMetadata} from "./TokenMetadata.sol";
import {Aigc} from "./art/Aigc.sol";
import {Evolution} from "./art/Evolution.sol";
import {SeedTokens} from "./art/SeedTokens.sol";
import {IERC7007} from "./interfaces/IERC7007.sol";
import {IERC7496} from "./interfaces/IERC7496.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {ISeedArt} from "./interfaces/ISeedArt.sol";
import {Cid} from "./lib/Cid.sol";
import {TokenState} from "./types/TokenState.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title SeedArt
/// @notice An ERC-721 collection whose pictures a small neural network draws from a seed and traits.
/// @dev A collection has no owner and nothing of it can be changed. Sales go to the royalty receiver, and so do the
/// fees of requests that expired, which the hub refunds to the collection.
///
/// Its parts: `SeedTokens` (what is kept), `SeedDraw` (randomness), `Pictures` (the drawing), `Evolution` (epochs),
/// `DynamicTraits` (ERC-7496), `Aigc` (answers and ERC-7007), `TokenMetadata` (the JSON).
contract SeedArt is Evolution, Aigc {
    /* ERRORS */

    /// @notice The royalty is more than the price, or its receiver is zero.
    error BadRoyalty(address receiver, uint16 bps);
    /// @notice The receiver of the sales refused them.
    error WithdrawalFailed(address receiver, uint256 amount);

    /* EVENTS */

    /// @notice The sales were paid out.
    event Withdrawn(address indexed receiver, uint256 amount);

    /* IMMUTABLES */

    /// @notice Who gets the sales and royalties.
    address public immutable royaltyReceiver;
    /// @notice Royalty on a resale, in hundredths of a percent.
    uint16 public immutable royaltyBps;

    /* STORAGE */

    /// @inheritdoc ISeedArt
    uint256 public totalSupply;

    /* CONSTRUCTOR */

    constructor(Edition memory edition) SeedTokens(edition) {
        if (edition.royaltyReceiver == address(0) || edition.royaltyBps > 10_000) {
            revert BadRoyalty(edition.royaltyReceiver, edition.royaltyBps);
        }
        royaltyReceiver = edition.royaltyReceiver;
        royaltyBps = edition.royaltyBps;
    }

    /* MINT */

    /// @inheritdoc ISeedArt
    /// @dev A receiver that reverts undoes the mint, but it learns nothing by then: its block is not built yet.
    function mint(address to) external payable returns (uint256 tokenId) {
        if (msg.value != price) revert WrongPrice(msg.value, price);
        tokenId = totalSupply;
        if (tokenId >= maxSupply) revert SoldOut(maxSupply);
        unchecked {
            ++tokenId;
        }
        totalSupply = tokenId;
        _setDrawBlock(tokenId);
        _safeMint(to, tokenId);
    }

    /* WITHDRAW */

    /// @notice Pays the sales, and the fees that the hub has refunded, to `royaltyReceiver`. Anyone may call.
    function withdraw() external {
        if (IInferenceHub(hub).claimableBy(address(this)) != 0) IInferenceHub(hub).withdraw(address(this));
        uint256 amount = address(this).balance;
        emit Withdrawn(royaltyReceiver, amount);
        (bool paid,) = royaltyReceiver.call{value: amount}("");
        if (!paid) revert WithdrawalFailed(royaltyReceiver, amount);
    }

    /// @notice Takes refunds from the hub.
    receive() external payable {
        if (msg.sender != hub) revert NotHub(msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc ISeedArt
    function blueprint(uint256 tokenId) external view returns (Blueprint memory) {
        (bytes32 seed, bytes32 traits) = seedOf(tokenId);
        return Blueprint({
            stages: stages,
            size: size,
            modelId: modelId,
            canonicalHash: canonicalHash,
            seed: seed,
            traits: traits,
            model: registry.weightsOf(modelId)
        });
    }

    /// @inheritdoc ISeedArt
    function seedOf(uint256 tokenId) public view returns (bytes32 seed, bytes32 traits) {
        uint16 epoch = _stateOf(tokenId).epoch();
        seed = _seeds[tokenId];
        traits = _traitsOf(seed, epoch);
    }

    /// @inheritdoc ISeedArt
    function tokenOf(uint256 tokenId) external view returns (Token memory token) {
        TokenState state = _stateOf(tokenId);
        token.stage = state.stage();
        token.drawBlock = state.drawBlock();
        token.requestId = _requestOf(tokenId);
        if (token.stage != Stage.Fulfilled) return token;
        token.pixelRoot = _pixelRoots[tokenId];
        token.imageCid = Cid.encode(state.imageCodec(), _imageDigests[tokenId]);
        (IInferenceHub.Receipt memory receipt,,) = IInferenceHub(hub).receiptOf(token.requestId);
        token.metadataCid = Cid.encode(Cid.RAW, receipt.contentHash);
    }

    /// @notice A token's metadata, a data URI at every stage. Reverts for a token that does not exist.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        TokenMetadata.Content memory content = _contentOf(tokenId);
        if (content.stage != Stage.Minted) {
            content.thumbnail = _tryThumbnail(content.seed, content.traits);
            content.renderer = renderer;
        }
        return metadata.uri(content);
    }

    /// @inheritdoc ISeedArt
    function metadataOf(uint256 tokenId) external view returns (string memory json) {
        return metadata.json(_contentOf(tokenId));
    }

    /// @inheritdoc ISeedArt
    function thumbnail(uint256 tokenId) external view returns (bytes memory png) {
        return metadata.png(rows(tokenId, 0, THUMBNAIL, THUMBNAIL));
    }

    /// @notice What a resale owes, and to whom (ERC-2981).
    function royaltyInfo(uint256, uint256 salePrice) external view returns (address receiver, uint256 royaltyAmount) {
        return (royaltyReceiver, FixedPointMathLib.fullMulDiv(salePrice, royaltyBps, 10_000));
    }

    /// @notice ERC-165: also ERC-721 with metadata, ERC-2981, ERC-4906, ERC-7007 and ERC-7496.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || interfaceId == type(IERC7496).interfaceId
            || interfaceId == 0x49064906 || interfaceId == 0x2a55205a || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    /// @dev All that a token's metadata says, but for the picture drawn in the contract and the token's own page.
    function _contentOf(uint256 tokenId) private view returns (TokenMetadata.Content memory content) {
        TokenState state = _stateOf(tokenId);
        content.title = _title(tokenId);
        content.tokenId = tokenId;
        content.stage = state.stage();
        content.drawBlock = state.drawBlock();
        if (content.stage == Stage.Minted) return content;

        content.collection = address(this);
        content.hub = hub;
        content.modelId = modelId;
        content.assurance = IInferenceHub.Assurance(assurance);
        content.stages = stages;
        content.size = size;
        content.seed = _seeds[tokenId];
        content.traits = _traitsOf(content.seed, state.epoch());
        content.requestId = _requestOf(tokenId);
        content.status = _statusOf(tokenId);
        if (content.stage != Stage.Fulfilled) return content;

        content.pixelRoot = _pixelRoots[tokenId];
        content.imageCodec = state.imageCodec();
        content.imageDigest = _imageDigests[tokenId];
        content.attestationKey = registry.attestationKeyOf(modelId);
        (content.receipt, content.signature,) = IInferenceHub(hub).receiptOf(content.requestId);
        if (content.status != IInferenceHub.Status.Refuted) {
            content.level = IInferenceHub(hub).levelOf(content.requestId);
        }
    }
}
