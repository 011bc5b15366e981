// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../src/interfaces/IInferenceHub.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice Signs receipts as a model's key does, for all tests that answer a request.
library Receipts {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The receipt that answers a request with `output`, signed with `key`.
    function sign(IInferenceHub hub, bytes32 requestId, bytes memory output, uint256 key)
        internal
        view
        returns (IInferenceHub.Receipt memory receipt, bytes memory signature)
    {
        (IInferenceHub.Request memory request,) = hub.requestOf(requestId);
        receipt = IInferenceHub.Receipt({
            requestId: requestId,
            modelId: request.modelId,
            inputHash: request.inputHash,
            outputHash: keccak256(output),
            contentHash: sha256(output),
            // Not `block.timestamp`, which the compiler takes for the same throughout a test that warps.
            issuedAt: uint64(VM.getBlockTimestamp())
        });
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, hub.receiptDigest(receipt));
        signature = abi.encodePacked(r, s, v);
    }
}
