// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IInferenceResolver
/// @notice Answers of registered models as if the chain knew them: whoever calls is sent to an off-chain gateway (EIP-3668),
/// and what the gateway says counts if the model's key has signed it.
/// @dev Warning: an answer is at level Attested. It rests on the model's key alone; nothing is bonded and nobody can
/// challenge it. Ask the hub for more.
/// @dev Warning: nothing is kept. Libraries follow the lookup in calls, not in transactions. A contract that needs an answer
/// in a transaction has its sender bring along what a gateway answered, and calls `inferCallback` itself.
/// @dev Warning: such a contract makes `extraData` itself, of the model and the input that it means. Anybody may register a
/// model, and sign for it whatever they like: `extraData` that a sender brings along says nothing.
interface IInferenceResolver {
    /// @notice EIP-3668: the answer is to be had at one of these URLs, and to be given to `callbackFunction`.
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);
    /// @notice The signature is another key's, or is for another model, input, output, contract or chain.
    error NotAttester(address signer, address attestationKey);
    /// @notice No version has this id. The registry says so; the error is named here for whoever reads this ABI.
    error UnknownModel(bytes32 modelId);
    /// @notice A resolver needs a URL, and takes eight at most.
    error BadUrlCount(uint256 count);
    /// @notice A URL is empty or longer than 256 bytes.
    error BadUrlLength(uint256 index, uint256 length);

    /// @notice Where gateways are, as EIP-3668 wants them: with `{sender}` and `{data}` in them to be asked by GET, or
    /// without `{data}` by POST. They never change.
    function urls() external view returns (string[] memory);

    /// @notice The registry that says whose signature counts for a model.
    function registry() external view returns (address);

    /// @notice The EIP-712 digest that a model's key signs for an answer (`IInferenceGateway.GatewayAnswer`).
    function answerDigest(bytes32 modelId, bytes32 inputHash, bytes32 outputHash) external view returns (bytes32);

    /// @notice What a model answers. Always reverts with `OffchainLookup`, or with `UnknownModel` if nobody registered it.
    /// @dev To be called by a library that follows EIP-3668, which then gives back what `inferCallback` does.
    /// @param modelId the model version
    /// @param input as a request to the hub would have it
    /// @return output as an answer of the hub would have it
    function infer(bytes32 modelId, bytes calldata input) external view returns (bytes memory output);

    /// @notice What a gateway answered, if the model's key has signed it for this contract. Reverts else.
    /// @param response `abi.encode(bytes output, bytes signature)`
    /// @param extraData `abi.encode(bytes32 modelId, bytes32 inputHash)`: what was asked, as `infer` gave it
    /// @return output the answer
    function inferCallback(bytes calldata response, bytes calldata extraData)
        external
        view
        returns (bytes memory output);
}
