// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "./IInferenceHub.sol";

/// @title IInferenceConsumer
/// @notice What a contract implements to be called back by the hub.
interface IInferenceConsumer {
    /// @notice An answer has been accepted. Only the hub may call this.
    /// @param requestId the request that the consumer made
    /// @param output the answer
    /// @param contentHash SHA-256 of the pinned document that describes the answer
    /// @param level the assurance level that the answer has
    function onInference(bytes32 requestId, bytes calldata output, bytes32 contentHash, IInferenceHub.Assurance level)
        external;
}
