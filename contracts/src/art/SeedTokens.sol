// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {TokenMetadata} from "../TokenMetadata.sol";
import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ISeedArt} from "../interfaces/ISeedArt.sol";
import {PictureCodec} from "../lib/PictureCodec.sol";
import {Traits} from "../lib/Traits.sol";
import {PictureInput} from "../types/Picture.sol";
import {TokenState} from "../types/TokenState.sol";
import {ERC721} from "solady/tokens/ERC721.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @title SeedTokens
/// @notice What a collection was deployed with, and what it keeps of each token: the ground that its parts stand on.
abstract contract SeedTokens is ISeedArt, ERC721 {
    /* ERRORS */

    /// @notice `size` must be 1 to 4096.
    error BadSize(uint16 size);
    /// @notice A token's title, the name with the highest number, would be longer than 64 bytes.
    error NameTooLong(uint256 titleLength);
    /// @notice The model's task is not Picture.
    error NotAPictureModel(bytes32 modelId);
    /// @notice There is no contract at the renderer's address.
    error NoRenderer(address renderer);

    /* EVENTS */

    /// @notice A token's metadata changed (ERC-4906).
    event MetadataUpdate(uint256 _tokenId);

    /* CONSTANTS */

    /// @notice Gas that the hub's callback may use.
    uint32 public constant CALLBACK_GAS = 250_000;

    /* IMMUTABLES */

    /// @inheritdoc ISeedArt
    address public immutable hub;
    /// @inheritdoc ISeedArt
    bytes32 public immutable modelId;
    /// @inheritdoc ISeedArt
    uint8 public immutable assurance;
    /// @notice Where the model is registered.
    IModelRegistry public immutable registry;
    /// @notice What draws the pictures inside the chain.
    IExecutor public immutable executor;
    /// @notice keccak256 of the network's canonical form.
    bytes32 public immutable canonicalHash;
    /// @inheritdoc ISeedArt
    uint32 public immutable stages;
    /// @notice The attested pictures' width and height, in pixels.
    uint16 public immutable size;
    /// @inheritdoc ISeedArt
    uint256 public immutable price;
    /// @notice The most tokens that there will be.
    uint256 public immutable maxSupply;
    /// @inheritdoc ISeedArt
    address public immutable renderer;
    /// @notice What writes the tokens' metadata.
    TokenMetadata public immutable metadata;

    /* STORAGE */

    string private _name;
    string private _symbol;

    mapping(uint256 tokenId => bytes32) internal _seeds;
    mapping(uint256 tokenId => mapping(uint256 epoch => bytes32)) internal _requestIds;
    mapping(bytes32 requestId => uint256) internal _tokenIds;
    mapping(uint256 tokenId => bytes32) internal _pixelRoots;
    mapping(uint256 tokenId => bytes32) internal _imageDigests;

    /* CONSTRUCTOR */

    constructor(Edition memory edition) {
        if (edition.size == 0 || edition.size > PictureCodec.MAX_SIZE) revert BadSize(edition.size);
        uint256 titleLength = bytes(_title(edition.name, edition.maxSupply)).length;
        if (titleLength > PictureCodec.MAX_TITLE) revert NameTooLong(titleLength);

        IInferenceHub hub_ = IInferenceHub(edition.hub);
        registry = IModelRegistry(hub_.registry());
        executor = IExecutor(hub_.executor());
        (IModelRegistry.Model memory model,) = registry.modelOf(edition.modelId);
        if (model.task != IModelRegistry.Task.Picture) revert NotAPictureModel(edition.modelId);

        if (!executor.knows(edition.stages)) revert IExecutor.UnknownStages(edition.stages);
        if (edition.renderer != address(0) && edition.renderer.code.length == 0) revert NoRenderer(edition.renderer);

        _name = edition.name;
        _symbol = edition.symbol;
        hub = edition.hub;
        modelId = edition.modelId;
        assurance = edition.assurance;
        canonicalHash = model.canonicalHash;
        stages = edition.stages;
        size = edition.size;
        price = edition.price;
        maxSupply = edition.maxSupply;
        renderer = edition.renderer;
        metadata = new TokenMetadata();

        // Refuses, with the hub's own error, a level that the model can't reach.
        bytes memory input =
            abi.encode(PictureInput(edition.stages, edition.size, 0, 0, _title(edition.name, edition.maxSupply)));
        hub_.quote(edition.modelId, input, IInferenceHub.Assurance(edition.assurance), CALLBACK_GAS);
    }

    /* VIEWS */

    /// @notice The collection's name.
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @notice The collection's symbol.
    function symbol() public view override returns (string memory) {
        return _symbol;
    }

    /// @inheritdoc ISeedArt
    function tokenOfRequest(bytes32 requestId) public view returns (uint256 tokenId) {
        tokenId = _tokenIds[requestId];
        if (tokenId == 0) revert UnknownRequest(requestId);
    }

    /* INTERNAL */

    /// @dev The model's input for a token.
    function _prompt(uint256 tokenId, bytes32 seed, bytes32 traits) internal view returns (bytes memory) {
        return abi.encode(PictureInput(stages, size, seed, traits, _title(tokenId)));
    }

    /// @dev A token's name, which is also its picture's title.
    function _title(uint256 tokenId) internal view returns (string memory) {
        return _title(_name, tokenId);
    }

    /// @dev A token's traits at an epoch; zero before there is a seed.
    function _traitsOf(bytes32 seed, uint16 epoch) internal pure returns (bytes32 traits) {
        if (seed != 0) traits = Traits.withEpoch(Traits.fromSeed(seed), epoch);
    }

    /// @dev A token's present request; zero before its draw.
    function _requestOf(uint256 tokenId) internal view returns (bytes32) {
        return _requestIds[tokenId][_stateOf(tokenId).epoch()];
    }

    /// @dev The state of a token that has a seed.
    function _drawnState(uint256 tokenId) internal view returns (TokenState state) {
        state = _stateOf(tokenId);
        if (state.stage() == Stage.Minted) revert WrongStage(tokenId, Stage.Minted);
    }

    function _setState(uint256 tokenId, TokenState state) internal {
        _setExtraData(tokenId, TokenState.unwrap(state));
    }

    function _stateOf(uint256 tokenId) internal view returns (TokenState) {
        if (!_exists(tokenId)) revert TokenDoesNotExist();
        return TokenState.wrap(_getExtraData(tokenId));
    }

    /// @dev Where a token's request is in its life at the hub.
    function _statusOf(uint256 tokenId) internal view returns (IInferenceHub.Status status) {
        (, status) = IInferenceHub(hub).requestOf(_requestOf(tokenId));
    }

    function _title(string memory name_, uint256 tokenId) private pure returns (string memory) {
        return string.concat(name_, " #", LibString.toString(tokenId));
    }
}
