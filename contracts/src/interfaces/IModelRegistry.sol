// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IModelRegistry
/// @notice Keeps what a model version is: which bytes, who may attest its answers, where its papers lie.
/// @dev A version's id is the hash of everything it says, so a registered version cannot change.
interface IModelRegistry {
    /// @notice What a model does with its input.
    /// @dev Tensor: input and output are the network's raw tensors, one byte a value (`raw` outputs: int32,
    /// big-endian). Picture: input is an ABI-encoded `PictureInput`, output an ABI-encoded `PictureOutput`
    /// (both in docs/protocol.md).
    enum Task {
        Tensor,
        Picture
    }

    /// @notice One version of one model.
    /// @param task what the model does with its input
    /// @param canonicalHash keccak256 of the canonical form
    /// @param onnxHash keccak256 of the ONNX file that was certified
    /// @param attestationKey the key whose receipts count for this version
    /// @param manifestURI where the training manifest lies; may be empty
    struct Model {
        Task task;
        bytes32 canonicalHash;
        bytes32 onnxHash;
        address attestationKey;
        string manifestURI;
    }

    /// @notice A model version was registered; it never changes from here on.
    event ModelRegistered(
        bytes32 indexed modelId,
        address indexed publisher,
        bytes32 indexed canonicalHash,
        bytes32 onnxHash,
        address attestationKey,
        Task task,
        string manifestURI
    );

    /// @notice The same publisher has registered exactly this version before.
    error AlreadyRegistered(bytes32 modelId);
    /// @notice No version has this id.
    error UnknownModel(bytes32 modelId);
    /// @notice The code chunks don't hash to the canonical form that the version names.
    error WeightsMismatch(bytes32 expected, bytes32 actual);
    /// @notice A version needs a key that may attest for it.
    error ZeroAttestationKey();
    /// @notice A chunk address holds no code.
    error EmptyChunk(address chunk);

    /// @notice More than three chunks at once: they would not fit in one transaction (EIP-7825).
    error TooManyChunks(uint256 count);
    /// @notice A chunk is empty or longer than 24,575 bytes.
    error BadChunkLength(uint256 index, uint256 length);

    /// @notice Keeps parts of a canonical form as contract code, at most three at once. A part's address follows from
    /// its contents (CREATE2), so a part that is there already is left as it is and an upload can be resumed.
    /// @param contents the parts, each 1 to 24,575 bytes
    /// @return chunks their addresses, to be handed to `register`
    function storeChunks(bytes[] calldata contents) external returns (address[] memory chunks);

    /// @notice Where a part is kept, or would be.
    function chunkOf(bytes calldata content) external view returns (address chunk, bool stored);

    /// @notice Registers a version for the sender.
    /// @param model what the version is
    /// @param chunks SSTORE2 contracts whose data, joined in order, is the canonical form; empty if the weights
    /// are kept off chain
    /// @return modelId `modelIdOf(msg.sender, model)`
    function register(Model calldata model, address[] calldata chunks) external returns (bytes32 modelId);

    /// @notice The id that `publisher` would get for `model`: keccak256(abi.encode(publisher, model)).
    function modelIdOf(address publisher, Model calldata model) external pure returns (bytes32 modelId);

    /// @notice A registered version. Reverts with `UnknownModel` if there is none.
    function modelOf(bytes32 modelId) external view returns (Model memory model, address[] memory chunks);

    /// @notice Who registered a version. Reverts with `UnknownModel` if there is none.
    function publisherOf(bytes32 modelId) external view returns (address);

    /// @notice What a version does. Reverts with `UnknownModel` if there is none.
    function taskOf(bytes32 modelId) external view returns (Task);

    /// @notice The key whose receipts count for a version. Reverts with `UnknownModel` if there is none.
    function attestationKeyOf(bytes32 modelId) external view returns (address);

    /// @notice The canonical form, read back from its chunks; empty if the weights are kept off chain.
    function weightsOf(bytes32 modelId) external view returns (bytes memory canonicalForm);
}
