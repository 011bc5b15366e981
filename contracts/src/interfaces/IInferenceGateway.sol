// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IInferenceGateway
/// @notice What an off-chain gateway (EIP-3668) of Verdigris is asked and answers, as if it were a contract.
interface IInferenceGateway {
    /// @notice What the model's key signs for an answer (EIP-712). Domain: name "Verdigris Gateway", version "1", the
    /// chain, the contract that asks.
    /// @dev No receipt: nobody asked the hub. Without a time, since an exact model's answer never changes.
    /// @param modelId the model version
    /// @param inputHash keccak256 of the input
    /// @param outputHash keccak256 of the output
    struct GatewayAnswer {
        bytes32 modelId;
        bytes32 inputHash;
        bytes32 outputHash;
    }

    /// @notice Runs a model.
    /// @param modelId the model version
    /// @param input as a request to the hub would have it
    /// @return output as an answer of the hub would have it
    /// @return signature of the model's attestation key over the `GatewayAnswer`, 65 bytes
    function infer(bytes32 modelId, bytes calldata input)
        external
        view
        returns (bytes memory output, bytes memory signature);
}
