// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Requests} from "./Requests.sol";

/// @title Quotes
/// @notice What a request will cost, before it is made.
abstract contract Quotes is Requests {
    /* QUOTE */

    /// @inheritdoc IInferenceHub
    function quote(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas)
        external
        view
        returns (Quote memory quote_)
    {
        _requireReachable(modelId, level);
        quote_.fee = feeOf(modelId, level);
        if (level == Assurance.Optimistic) quote_.bond = optimisticOf(modelId).bond;
        quote_.settleGas = input.length + callbackGas;
    }
}
