// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IAIOracle} from "../interfaces/external/IAIOracle.sol";
import {IAIOracleCallbackReceiver} from "../interfaces/external/IAIOracleCallbackReceiver.sol";
import {Credits} from "./Credits.sol";
import {HubAdapter} from "./HubAdapter.sol";
import {ConsumerCall} from "./lib/ConsumerCall.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title OraAdapter
/// @notice Stands where ORA's onchain AI oracle stood: its consumers ask here and are called back from here.
/// @dev `modelId` is the hub's model id, and `requestId` the hub's request id, as a number. Unlike ORA's oracle, this one
/// calls back once, after the answer is final at the adapter's level.
contract OraAdapter is IAIOracle, HubAdapter, Credits {
    /// @dev Who asked, who is called back with how much gas, and the contract whose code is the callback data (zero: none).
    struct Callback {
        address account;
        uint64 gasLimit;
        address consumer;
        address data;
    }

    /* ERRORS */

    /// @notice The request has no input.
    error EmptyInput();
    /// @notice A callback contract needs gas, and gas needs a callback contract.
    error InvalidGasLimit(address callbackContract, uint64 gasLimit);

    /* CONSTANTS */

    /// @notice Gas for the adapter's own work on an answer as long as the hub's longest, 16,384 bytes: 131,072 for its
    /// event, the rest for copies and storage.
    uint256 public constant ANSWER_GAS = 220_000;

    /* STORAGE */

    mapping(uint256 requestId => Callback) private _callbacks;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_)
        HubAdapter(hub_, level_, lifetime_)
    {}

    /* REQUEST */

    /// @inheritdoc IAIOracle
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256 requestId) {
        if (input.length == 0) revert EmptyInput();
        if ((callbackContract == address(0)) != (gasLimit == 0)) revert InvalidGasLimit(callbackContract, gasLimit);

        uint256 fee = _payment(msg.value, hub.feeOf(bytes32(modelId), level));
        requestId = uint256(_ask(bytes32(modelId), input, _callbackGas(gasLimit, ANSWER_GAS), fee));
        address data = callbackData.length == 0 ? address(0) : SSTORE2.write(callbackData);
        _callbacks[requestId] = Callback(msg.sender, gasLimit, callbackContract, data);

        emit AICallbackRequest(msg.sender, requestId, modelId, input, callbackContract, gasLimit, callbackData);
    }

    /* VIEWS */

    /// @inheritdoc IAIOracle
    function estimateFee(uint256 modelId, uint256) external view returns (uint256) {
        // Reverts for a model that nobody registered, as ORA's oracle does.
        IModelRegistry(hub.registry()).publisherOf(bytes32(modelId));
        return hub.feeOf(bytes32(modelId), level);
    }

    /// @inheritdoc IAIOracle
    function isFinalized(uint256 requestId) external view returns (bool) {
        return _stageOf(bytes32(requestId)) != Stage.Unknown && _stands(bytes32(requestId));
    }

    /* HUB */

    function _answer(bytes32 requestId, bytes calldata output, uint256) internal override {
        Callback memory callback = _callbacks[uint256(requestId)];

        emit AICallbackResult(callback.account, uint256(requestId), msg.sender, output);
        if (callback.consumer == address(0)) return;
        bytes memory data = callback.data == address(0) ? bytes("") : SSTORE2.read(callback.data);
        ConsumerCall.callOrRevert(
            callback.consumer,
            callback.gasLimit,
            abi.encodeCall(IAIOracleCallbackReceiver.aiOracleCallback, (uint256(requestId), output, data))
        );
    }

    function _expired(bytes32 requestId, uint256 fee) internal override {
        _credit(_callbacks[uint256(requestId)].account, fee);
    }
}
