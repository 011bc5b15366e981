// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IHubAdapter} from "./interfaces/IHubAdapter.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title HubAdapter
/// @notice The hub's side of an adapter: asking with a fee, taking the answer once, taking the fee back if none comes.
/// @dev What is particular to the other oracle is in `_answer` and `_expired` and in the function that calls `_ask`.
abstract contract HubAdapter is IHubAdapter, IInferenceConsumer {
    /// @dev A request's fee in wei, and where it is in its life.
    struct Ask {
        uint128 fee;
        Stage stage;
    }

    /* IMMUTABLES */

    /// @inheritdoc IHubAdapter
    IInferenceHub public immutable hub;
    /// @inheritdoc IHubAdapter
    IInferenceHub.Assurance public immutable level;
    /// @inheritdoc IHubAdapter
    uint64 public immutable lifetime;

    /* STORAGE */

    mapping(bytes32 requestId => Ask) private _asks;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_) {
        hub = hub_;
        level = level_;
        lifetime = lifetime_;
    }

    /* HUB */

    /// @notice Takes back what the hub refunds.
    receive() external payable {
        if (msg.sender != address(hub)) revert NotHub(msg.sender);
    }

    /// @inheritdoc IInferenceConsumer
    function onInference(bytes32 requestId, bytes calldata output, bytes32, IInferenceHub.Assurance) external {
        if (msg.sender != address(hub)) revert NotHub(msg.sender);

        // Undone if the consumer fails, so that the hub can deliver again.
        uint256 fee = _close(requestId, Stage.Answered);

        _answer(requestId, output, fee);
    }

    /// @inheritdoc IHubAdapter
    function expire(bytes32 requestId) external {
        uint256 fee = _close(requestId, Stage.Expired);

        (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(requestId);
        if (status != IInferenceHub.Status.Expired) revert NotExpired(requestId, status);
        // The hub has no answer to come, but may hold the fee still.
        if (request.fee != 0) hub.expire(requestId);

        // What the hub refunds for several requests comes at once, with the first of them.
        if (hub.claimableBy(address(this)) != 0) hub.withdraw(address(this));
        emit RequestRefunded(requestId, fee);
        _expired(requestId, fee);
    }

    /* VIEWS */

    /// @inheritdoc IHubAdapter
    function askOf(bytes32 requestId) external view returns (Stage stage, uint256 fee) {
        Ask storage ask = _asks[requestId];
        return (ask.stage, ask.fee);
    }

    /* FOR ADAPTERS */

    /// @dev Asks the hub, with a fee that the adapter holds.
    function _ask(bytes32 modelId, bytes memory input, uint32 callbackGas, uint256 fee)
        internal
        returns (bytes32 requestId)
    {
        uint64 deadline = uint64(block.timestamp) + lifetime;
        requestId = hub.request{value: fee}(modelId, input, level, callbackGas, deadline);
        _asks[requestId] = Ask(SafeCast.toUint128(fee), Stage.Asked);
    }

    /// @dev What the hub must promise for the consumer to get `gasLimit` after `overhead` of the adapter's own.
    function _callbackGas(uint256 gasLimit, uint256 overhead) internal pure returns (uint32) {
        if (gasLimit > type(uint32).max / 2) revert GasLimitTooHigh(gasLimit);
        return SafeCast.toUint32(gasLimit + gasLimit / 63 + overhead);
    }

    /// @dev Whether the hub's answer stands: accepted, and not refuted by a higher level since.
    function _stands(bytes32 requestId) internal view returns (bool) {
        (, IInferenceHub.Status status) = hub.requestOf(requestId);
        return status == IInferenceHub.Status.Answered;
    }

    function _stageOf(bytes32 requestId) internal view returns (Stage) {
        return _asks[requestId].stage;
    }

    /// @dev Hands an answer on. A revert leaves it with the hub.
    function _answer(bytes32 requestId, bytes calldata output, uint256 fee) internal virtual;

    /// @dev Gives a fee back that the adapter has received from the hub.
    function _expired(bytes32 requestId, uint256 fee) internal virtual;

    /* PRIVATE */

    function _close(bytes32 requestId, Stage stage) private returns (uint256 fee) {
        Ask storage ask = _asks[requestId];
        if (ask.stage != Stage.Asked) revert NotAsked(requestId, ask.stage);
        ask.stage = stage;
        return ask.fee;
    }
}
