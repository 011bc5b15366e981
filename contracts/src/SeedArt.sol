// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {InferenceHub} from "./InferenceHub.sol";
import {TokenMetadata} from "./TokenMetadata.sol";
import {IERC7007} from "./interfaces/IERC7007.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {ISeedArt} from "./interfaces/ISeedArt.sol";
import {Cid} from "./lib/Cid.sol";
import {PictureCodec} from "./lib/PictureCodec.sol";
import {PixelRoot} from "./lib/PixelRoot.sol";
import {Traits} from "./lib/Traits.sol";
import {PictureInput} from "./types/Picture.sol";
import {TokenState, TokenStateLibrary} from "./types/TokenState.sol";
import {ERC721} from "solady/tokens/ERC721.sol";
import {BlockHashLib} from "solady/utils/BlockHashLib.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @title SeedArt
/// @notice An ERC-721 collection whose pictures a small neural network draws from a seed and traits.
/// @dev A collection has no owner and nothing of it can be changed. Sales go to the royalty receiver.
///
/// Warning: a seed is the hash of a block two after the mint, so whoever proposes that block can discard it, at the
/// price of its reward, if the seed does not please. And a token that nobody draws for 8,191 blocks (27 hours) gets a
/// new block; keep an operator running that draws in time.
contract SeedArt is ISeedArt, IInferenceConsumer, IERC7007, ERC721 {
    /* ERRORS */

    /// @notice `size` must be 1 to 4096.
    error BadSize(uint16 size);
    /// @notice A token's title, the name with the highest number, would be longer than 64 bytes.
    error NameTooLong(uint256 titleLength);
    /// @notice The model's task is not Picture.
    error NotAPictureModel(bytes32 modelId);
    /// @notice The royalty is more than the price, or its receiver is zero.
    error BadRoyalty(address receiver, uint16 bps);
    /// @notice The proof is not `abi.encode(Receipt, signature)` for this token's request.
    error BadProof(uint256 tokenId);
    /// @notice The prompt is not what the token's model was asked.
    error BadPrompt(uint256 tokenId);
    /// @notice The receiver of the sales refused them.
    error WithdrawalFailed(address receiver, uint256 amount);

    /* EVENTS */

    /// @notice A token's metadata changed (ERC-4906).
    event MetadataUpdate(uint256 _tokenId);
    /// @notice The sales were paid out.
    event Withdrawn(address indexed receiver, uint256 amount);

    /* CONSTANTS */

    /// @notice Blocks from the mint to the one whose hash becomes the seed.
    uint64 public constant DRAW_DELAY = 2;
    /// @notice Gas that the hub's callback may use.
    uint32 public constant CALLBACK_GAS = 250_000;
    /// @notice How long a picture's request stays open, in seconds.
    uint64 public constant REQUEST_LIFETIME = 7 days;
    /// @notice Which rules turn the network's fields into colours.
    uint16 public constant RENDERER_VERSION = 1;

    /// @dev The longest title that a picture's input may have, in bytes.
    uint256 private constant MAX_TITLE = 64;
    /// @dev `abi.encode(Receipt, signature)`: six words, the signature's place and length, 65 bytes in three words.
    uint256 private constant PROOF_LENGTH = 352;

    /* IMMUTABLES */

    /// @inheritdoc ISeedArt
    address public immutable hub;
    /// @inheritdoc ISeedArt
    bytes32 public immutable modelId;
    /// @notice Where the model is registered.
    IModelRegistry public immutable registry;
    /// @notice What writes the tokens' metadata.
    TokenMetadata public immutable metadata;
    /// @notice keccak256 of the network's canonical form.
    bytes32 public immutable canonicalHash;
    /// @notice The attested pictures' width and height, in pixels.
    uint16 public immutable size;
    /// @inheritdoc ISeedArt
    uint256 public immutable price;
    /// @notice The most tokens that there will be.
    uint256 public immutable maxSupply;
    /// @notice Who gets the sales and royalties.
    address public immutable royaltyReceiver;
    /// @notice Royalty on a resale, in hundredths of a percent.
    uint16 public immutable royaltyBps;

    /* STORAGE */

    /// @inheritdoc ISeedArt
    uint256 public totalSupply;

    string private _name;
    string private _symbol;

    mapping(uint256 tokenId => bytes32) private _seeds;
    mapping(uint256 tokenId => bytes32) private _requestIds;
    mapping(bytes32 requestId => uint256) private _tokenIds;
    mapping(uint256 tokenId => bytes32) private _pixelRoots;
    mapping(uint256 tokenId => bytes32) private _imageDigests;

    /* CONSTRUCTOR */

    /// @param name_ the collection's name
    /// @param symbol_ its symbol
    /// @param hub_ the InferenceHub that it asks
    /// @param modelId_ the Picture model that draws it, in the hub's registry
    /// @param size_ the pictures' width and height, 1 to 4096 pixels
    /// @param price_ what a mint costs, in wei
    /// @param maxSupply_ the most tokens that there will be
    /// @param royaltyReceiver_ who gets sales and royalties
    /// @param royaltyBps_ royalty on a resale, in hundredths of a percent
    constructor(
        string memory name_,
        string memory symbol_,
        InferenceHub hub_,
        bytes32 modelId_,
        uint16 size_,
        uint256 price_,
        uint256 maxSupply_,
        address royaltyReceiver_,
        uint16 royaltyBps_
    ) {
        if (size_ == 0 || size_ > 4096) revert BadSize(size_);
        if (royaltyReceiver_ == address(0) || royaltyBps_ > 10_000) revert BadRoyalty(royaltyReceiver_, royaltyBps_);
        uint256 titleLength = bytes(_title(name_, maxSupply_)).length;
        if (titleLength > MAX_TITLE) revert NameTooLong(titleLength);

        registry = hub_.registry();
        (IModelRegistry.Model memory model,) = registry.modelOf(modelId_);
        if (model.task != IModelRegistry.Task.Picture) revert NotAPictureModel(modelId_);

        metadata = new TokenMetadata();
        _name = name_;
        _symbol = symbol_;
        hub = address(hub_);
        modelId = modelId_;
        canonicalHash = model.canonicalHash;
        size = size_;
        price = price_;
        maxSupply = maxSupply_;
        royaltyReceiver = royaltyReceiver_;
        royaltyBps = royaltyBps_;
    }

    /* MINT */

    /// @inheritdoc ISeedArt
    /// @dev A receiver that reverts undoes the mint, but it learns nothing by then: its block is not built yet.
    function mint(address to) external payable returns (uint256 tokenId) {
        if (msg.value != price) revert WrongPrice(msg.value, price);
        tokenId = totalSupply + 1;
        if (tokenId > maxSupply) revert SoldOut(maxSupply);
        totalSupply = tokenId;
        _setDrawBlock(tokenId);
        _safeMint(to, tokenId);
    }

    /* DRAW */

    /// @inheritdoc ISeedArt
    function draw(uint256 tokenId) external {
        TokenState state = _minted(tokenId);
        uint64 drawBlock = state.drawBlock();
        if (block.number <= drawBlock) revert TooEarly(tokenId, drawBlock);
        bytes32 blockHash = BlockHashLib.blockHash(drawBlock);
        if (blockHash == 0) revert BlockHashGone(tokenId, drawBlock);

        bytes32 seed = keccak256(abi.encode(blockHash, block.chainid, address(this), tokenId));
        _seeds[tokenId] = seed;
        _setState(tokenId, state.drawn());
        bytes32 requestId = _ask(tokenId, seed);

        emit SeedDrawn(tokenId, seed, Traits.fromSeed(seed), requestId);
        emit MetadataUpdate(tokenId);
    }

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

    /// @inheritdoc ISeedArt
    /// @dev Also after an answer that this contract could not take. The seed stays, so nothing can be re-rolled.
    function renew(uint256 tokenId) external {
        TokenState state = _stateOf(tokenId);
        if (state.stage() != Stage.Drawn) revert WrongStage(tokenId, state.stage());
        bytes32 requestId = _requestIds[tokenId];
        (, IInferenceHub.Status status) = IInferenceHub(hub).requestOf(requestId);
        if (status == IInferenceHub.Status.Open) revert RequestStillOpen(tokenId, requestId);
        delete _tokenIds[requestId];

        bytes32 seed = _seeds[tokenId];
        requestId = _ask(tokenId, seed);

        emit SeedDrawn(tokenId, seed, Traits.fromSeed(seed), requestId);
    }

    /* ANSWER */

    /// @inheritdoc IInferenceConsumer
    function onInference(bytes32 requestId, bytes calldata output, bytes32, IInferenceHub.Assurance) external {
        if (msg.sender != hub) revert NotHub(msg.sender);
        uint256 tokenId = tokenOfRequest(requestId);
        _keepPicture(tokenId, requestId, output);

        bytes memory prompt = _prompt(tokenId, _seeds[tokenId]);
        emit AigcData(tokenId, prompt, output, _proofOf(requestId));
        emit AigcDataContents(tokenId, prompt, output);
        emit MetadataUpdate(tokenId);
    }

    /// @inheritdoc IERC7007
    /// @dev `proof` is `abi.encode(Receipt, signature)`; it goes to the hub as `fulfil` takes it. Anyone may send it
    /// and gains nothing by being first: the receipt names the request.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
    {
        if (!_isProofFor(_requestIds[tokenId], proof)) revert BadProof(tokenId);
        // The receipt's third word is its input hash.
        if (keccak256(prompt) != bytes32(proof[64:96])) revert BadPrompt(tokenId);
        _forward(aigcData, proof);
        if (_stateOf(tokenId).stage() != Stage.Fulfilled) revert BadOutput(_requestIds[tokenId]);
    }

    /* WITHDRAW */

    /// @notice Pays the sales to `royaltyReceiver`. Anyone may call.
    function withdraw() external {
        uint256 amount = address(this).balance;
        emit Withdrawn(royaltyReceiver, amount);
        (bool paid,) = royaltyReceiver.call{value: amount}("");
        if (!paid) revert WithdrawalFailed(royaltyReceiver, amount);
    }

    /* VIEWS */

    /// @inheritdoc ISeedArt
    function blueprint(uint256 tokenId) external view returns (Blueprint memory) {
        _stateOf(tokenId);
        bytes32 seed = _seeds[tokenId];
        return Blueprint({
            rendererVersion: RENDERER_VERSION,
            size: size,
            modelId: modelId,
            canonicalHash: canonicalHash,
            seed: seed,
            traits: _traits(seed),
            model: registry.weightsOf(modelId)
        });
    }

    /// @inheritdoc ISeedArt
    function tokenOf(uint256 tokenId) external view returns (Token memory token) {
        TokenState state = _stateOf(tokenId);
        token.stage = state.stage();
        token.drawBlock = state.drawBlock();
        token.requestId = _requestIds[tokenId];
        if (token.stage != Stage.Fulfilled) return token;
        (IInferenceHub.Receipt memory receipt,,) = IInferenceHub(hub).receiptOf(token.requestId);
        token.pixelRoot = _pixelRoots[tokenId];
        token.imageCid = Cid.encode(state.imageCodec(), _imageDigests[tokenId]);
        token.metadataCid = Cid.encode(Cid.RAW, receipt.contentHash);
    }

    /// @inheritdoc ISeedArt
    function tokenOfRequest(bytes32 requestId) public view returns (uint256 tokenId) {
        tokenId = _tokenIds[requestId];
        if (tokenId == 0) revert UnknownRequest(requestId);
    }

    /// @notice A token's metadata, a data URI at every stage. Reverts for a token that does not exist.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        TokenState state = _stateOf(tokenId);
        TokenMetadata.Content memory content;
        content.collection = address(this);
        content.title = _title(_name, tokenId);
        content.tokenId = tokenId;
        content.stage = state.stage();
        content.drawBlock = state.drawBlock();
        content.hub = hub;
        content.rendererVersion = RENDERER_VERSION;
        content.size = size;
        content.seed = _seeds[tokenId];
        content.traits = _traits(content.seed);
        if (content.stage == Stage.Fulfilled) {
            content.attestationKey = registry.attestationKeyOf(modelId);
            content.pixelRoot = _pixelRoots[tokenId];
            content.imageCodec = state.imageCodec();
            content.imageDigest = _imageDigests[tokenId];
            (content.receipt, content.signature,) = IInferenceHub(hub).receiptOf(_requestIds[tokenId]);
        }
        return metadata.uri(content);
    }

    /// @inheritdoc IERC7007
    /// @dev Only for the very bytes that were accepted; never reverts.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external view returns (bool) {
        if (proof.length != PROOF_LENGTH) return false;
        bytes32 requestId = bytes32(proof[0:32]);
        uint256 tokenId = _tokenIds[requestId];
        if (tokenId == 0 || _stateOf(tokenId).stage() != Stage.Fulfilled) return false;
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = IInferenceHub(hub).receiptOf(requestId);
        return keccak256(prompt) == receipt.inputHash && keccak256(aigcData) == receipt.outputHash
            && keccak256(proof) == keccak256(abi.encode(receipt, signature));
    }

    /// @notice Whether an 8×8 tile lies at its place in a token's attested picture.
    /// @param tokenId the token; false unless its picture is attested
    /// @param index the tile's number, row by row
    /// @param tile 64 pixels row by row, RGB each
    /// @param proof the tile's siblings, from the leaves up
    function verifyTile(uint256 tokenId, uint32 index, bytes32[6] calldata tile, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 root = _pixelRoots[tokenId];
        return root != 0 && PixelRoot.verify(root, size, index, tile, proof);
    }

    /// @notice What a resale owes, and to whom (ERC-2981).
    function royaltyInfo(uint256, uint256 salePrice) external view returns (address receiver, uint256 royaltyAmount) {
        return (royaltyReceiver, FixedPointMathLib.fullMulDiv(salePrice, royaltyBps, 10_000));
    }

    /// @notice The collection's name.
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @notice The collection's symbol.
    function symbol() public view override returns (string memory) {
        return _symbol;
    }

    /// @notice ERC-165: also ERC-721 with metadata, ERC-2981, ERC-4906 and ERC-7007.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || interfaceId == 0x49064906 || interfaceId == 0x2a55205a
            || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    function _setDrawBlock(uint256 tokenId) private {
        uint64 drawBlock = uint64(block.number) + DRAW_DELAY;
        _setState(tokenId, TokenStateLibrary.minted(drawBlock));
        emit SeedRequested(tokenId, drawBlock);
    }

    /// @dev Asks the hub for a token's picture.
    function _ask(uint256 tokenId, bytes32 seed) private returns (bytes32 requestId) {
        requestId = IInferenceHub(hub)
            .request(
                modelId,
                _prompt(tokenId, seed),
                IInferenceHub.Assurance.Attested,
                CALLBACK_GAS,
                uint64(block.timestamp) + REQUEST_LIFETIME
            );
        _requestIds[tokenId] = requestId;
        _tokenIds[requestId] = tokenId;
    }

    /// @dev The model's input for a token.
    function _prompt(uint256 tokenId, bytes32 seed) private view returns (bytes memory) {
        return abi.encode(PictureInput(RENDERER_VERSION, size, seed, Traits.fromSeed(seed), _title(_name, tokenId)));
    }

    function _title(string memory name_, uint256 tokenId) private pure returns (string memory) {
        return string.concat(name_, " #", LibString.toString(tokenId));
    }

    function _traits(bytes32 seed) private pure returns (bytes32) {
        return seed == 0 ? bytes32(0) : Traits.fromSeed(seed);
    }

    function _proofOf(bytes32 requestId) private view returns (bytes memory) {
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = IInferenceHub(hub).receiptOf(requestId);
        return abi.encode(receipt, signature);
    }

    /// @dev Takes a model's answer as the token's picture.
    function _keepPicture(uint256 tokenId, bytes32 requestId, bytes calldata output) private {
        TokenState state = _stateOf(tokenId);
        if (state.stage() != Stage.Drawn) revert WrongStage(tokenId, state.stage());
        (bool ok, bytes32 pixelRoot, bytes1 codec, bytes32 digest) = PictureCodec.decodeOutput(output);
        if (!ok) revert BadOutput(requestId);

        _setState(tokenId, state.fulfilled(codec));
        _pixelRoots[tokenId] = pixelRoot;
        _imageDigests[tokenId] = digest;

        emit PictureFulfilled(tokenId, requestId, pixelRoot, Cid.encode(codec, digest));
    }

    function _forward(bytes calldata output, bytes calldata proof) private {
        (IInferenceHub.Receipt memory receipt, bytes memory signature) =
            abi.decode(proof, (IInferenceHub.Receipt, bytes));
        IInferenceHub(hub).fulfil(receipt, output, signature);
    }

    /// @dev Whether a proof has the one form that `abi.decode` surely takes, and answers `requestId`.
    function _isProofFor(bytes32 requestId, bytes calldata proof) private pure returns (bool) {
        return requestId != 0 && proof.length == PROOF_LENGTH && bytes32(proof[0:32]) == requestId
            && uint256(bytes32(proof[160:192])) <= type(uint64).max && uint256(bytes32(proof[192:224])) == 0xe0
            && uint256(bytes32(proof[224:256])) == 65;
    }

    function _setState(uint256 tokenId, TokenState state) private {
        _setExtraData(tokenId, TokenState.unwrap(state));
    }

    function _stateOf(uint256 tokenId) private view returns (TokenState) {
        if (!_exists(tokenId)) revert TokenDoesNotExist();
        return TokenState.wrap(_getExtraData(tokenId));
    }

    /// @dev The state of a token whose seed is not drawn.
    function _minted(uint256 tokenId) private view returns (TokenState state) {
        state = _stateOf(tokenId);
        if (state.stage() != Stage.Minted) revert AlreadyDrawn(tokenId);
    }
}
