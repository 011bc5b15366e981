// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CodeChunks} from "./lib/CodeChunks.sol";

/// @title ModelRegistry
/// @notice Keeps what a model version is: which bytes, who may attest its answers, where its papers lie.
/// @dev It has no owner and no function that changes or removes a version.
contract ModelRegistry is IModelRegistry {
    /// @dev A registered version; `attestationKey` is zero where there is none.
    struct Version {
        address attestationKey;
        Task task;
        address publisher;
        bytes32 canonicalHash;
        bytes32 onnxHash;
        string manifestURI;
        address[] chunks;
    }

    /* ERRORS */

    /// @notice The code at a chunk's address does not begin with STOP (0x00), so it is not an SSTORE2 chunk.
    error NotAChunk(address chunk);

    /* CONSTANTS */

    /// @notice How many chunks fit in one transaction: three full ones cost 16.2 of 16.8 million gas (EIP-7825).
    uint256 public constant MAX_CHUNKS_A_CALL = 3;

    /* STORAGE */

    mapping(bytes32 modelId => Version) private _versions;

    /* CHUNKS */

    /// @inheritdoc IModelRegistry
    function storeChunks(bytes[] calldata contents) external returns (address[] memory chunks) {
        if (contents.length > MAX_CHUNKS_A_CALL) revert TooManyChunks(contents.length);
        chunks = new address[](contents.length);
        for (uint256 i = 0; i < contents.length; ++i) {
            _requireChunkLength(i, contents[i].length);
            chunks[i] = CodeChunks.store(contents[i]);
        }
    }

    /// @inheritdoc IModelRegistry
    function chunkOf(bytes calldata content) external view returns (address chunk, bool stored) {
        _requireChunkLength(0, content.length);
        chunk = CodeChunks.addressOf(content);
        stored = chunk.code.length != 0;
    }

    /* REGISTER */

    /// @inheritdoc IModelRegistry
    function register(Model calldata model, address[] calldata chunks) external returns (bytes32 modelId) {
        modelId = modelIdOf(msg.sender, model);
        Version storage version = _versions[modelId];
        if (version.attestationKey != address(0)) revert AlreadyRegistered(modelId);
        if (model.attestationKey == address(0)) revert ZeroAttestationKey();
        if (chunks.length != 0) _checkChunks(model.canonicalHash, chunks);

        version.attestationKey = model.attestationKey;
        version.publisher = msg.sender;
        version.task = model.task;
        version.canonicalHash = model.canonicalHash;
        version.onnxHash = model.onnxHash;
        version.manifestURI = model.manifestURI;
        version.chunks = chunks;

        emit ModelRegistered(
            modelId,
            msg.sender,
            model.canonicalHash,
            model.onnxHash,
            model.attestationKey,
            model.task,
            model.manifestURI
        );
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function modelIdOf(address publisher, Model calldata model) public pure returns (bytes32) {
        return keccak256(abi.encode(publisher, model));
    }

    /// @inheritdoc IModelRegistry
    function modelOf(bytes32 modelId) external view returns (Model memory model, address[] memory chunks) {
        Version storage version = _versionOf(modelId);
        model = Model({
            task: version.task,
            canonicalHash: version.canonicalHash,
            onnxHash: version.onnxHash,
            attestationKey: version.attestationKey,
            manifestURI: version.manifestURI
        });
        chunks = version.chunks;
    }

    /// @inheritdoc IModelRegistry
    function publisherOf(bytes32 modelId) external view returns (address) {
        return _versionOf(modelId).publisher;
    }

    /// @inheritdoc IModelRegistry
    function taskOf(bytes32 modelId) external view returns (Task) {
        return _versionOf(modelId).task;
    }

    /// @inheritdoc IModelRegistry
    function attestationKeyOf(bytes32 modelId) external view returns (address) {
        return _versionOf(modelId).attestationKey;
    }

    /// @inheritdoc IModelRegistry
    /// @dev The hash is checked on every read: a chunk that was created and destroyed in the transaction of its
    /// registration (EIP-6780 still allows that) could be replaced later, and must then not pass for the model.
    function weightsOf(bytes32 modelId) external view returns (bytes memory canonicalForm) {
        address[] memory chunks = _versions[modelId].chunks;
        if (chunks.length == 0) {
            _versionOf(modelId); // Reverts if there is none.
            return "";
        }
        canonicalForm = CodeChunks.join(chunks);
        _checkHash(_versions[modelId].canonicalHash, canonicalForm);
    }

    /* INTERNAL */

    function _requireChunkLength(uint256 index, uint256 length) private pure {
        if (length == 0 || length > CodeChunks.MAX_LENGTH) revert BadChunkLength(index, length);
    }

    function _versionOf(bytes32 modelId) private view returns (Version storage version) {
        version = _versions[modelId];
        if (version.attestationKey == address(0)) revert UnknownModel(modelId);
    }

    function _checkChunks(bytes32 canonicalHash, address[] calldata chunks) private view {
        for (uint256 i = 0; i < chunks.length; ++i) {
            if (chunks[i].code.length == 0) revert EmptyChunk(chunks[i]);
            if (!CodeChunks.isChunk(chunks[i])) revert NotAChunk(chunks[i]);
        }
        _checkHash(canonicalHash, CodeChunks.join(chunks));
    }

    function _checkHash(bytes32 expected, bytes memory canonicalForm) private pure {
        bytes32 actual = keccak256(canonicalForm);
        if (actual != expected) revert WeightsMismatch(expected, actual);
    }
}
