// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IErc7007Adapter
/// @notice Brings the answers of one model to ERC-7007 collections, and is the verifier that they consult about them.
/// @dev A proof is abi.encode(requestId, length of the prompt): the hub has the rest. Any request to the hub for this model
/// will do, also one that did not come from here.
interface IErc7007Adapter {
    /// @notice Somebody has asked for a token's content.
    event ContentRequested(bytes32 indexed requestId, address indexed collection, uint256 indexed tokenId);

    /// @notice The sender neither owns the token, nor may move it, nor is its collection.
    error NotTokenOwner(address sender, address collection, uint256 tokenId);

    /// @notice Asks for a token's content: when the answer is there, `addAigcData` of the collection gets prompt, answer
    /// and proof. Only for the token's owner, those whom it has approved, and the collection itself.
    /// @param collection an ERC-7007 collection
    /// @param tokenId the token
    /// @param prompt the model's input
    /// @param gasLimit gas for `addAigcData`
    function requestContent(address collection, uint256 tokenId, bytes calldata prompt, uint32 gasLimit)
        external
        payable
        returns (bytes32 requestId);

    /// @notice The proof that goes with a request's answer.
    function proofOf(bytes32 requestId, uint256 promptLength) external pure returns (bytes memory);

    /// @notice The only model whose answers are believed.
    function modelId() external view returns (bytes32);
}
