// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IOpmlLib} from "../interfaces/external/IOpmlLib.sol";
import {Credits} from "./Credits.sol";
import {HubAdapter} from "./HubAdapter.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title OpmlAdapter
/// @notice Stands where an ERC-7007 collection of the optimistic kind has its opML contract: the collection claims a
/// token's content, and `verify` is true once the hub has answered with the same.
/// @dev The collection pays from its credit, for it sends no ether. Nobody is called back: the collection looks here.
contract OpmlAdapter is IOpmlLib, HubAdapter, Credits {
    /// @dev Who asked, and the contract whose code is the output as claimed or shown.
    struct Claim {
        address collection;
        address output;
    }

    /* ERRORS */

    /// @notice Before the answer is known, only the collection that asked may claim it.
    error NotCollection(bytes32 requestId, address sender);
    /// @notice The output is not the hub's answer.
    error OutputMismatch(bytes32 expected, bytes32 actual);

    /* CONSTANTS */

    /// @notice Gas for the adapter's own work on an answer.
    uint256 public constant ANSWER_GAS = 40_000;

    /* IMMUTABLES */

    /// @notice The model that is asked.
    bytes32 public immutable modelId;

    /* STORAGE */

    mapping(bytes32 requestId => Claim) private _claims;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_, bytes32 modelId_)
        HubAdapter(hub_, level_, lifetime_)
    {
        modelId = modelId_;
    }

    /* COLLECTION */

    /// @inheritdoc IOpmlLib
    function initOpmlRequest(bytes calldata input) external returns (uint256 requestId) {
        uint256 fee = _payment(0, hub.feeOf(modelId, level));
        bytes32 id = _ask(modelId, input, _callbackGas(0, ANSWER_GAS), fee);
        _claims[id].collection = msg.sender;
        return uint256(id);
    }

    /// @inheritdoc IOpmlLib
    /// @dev Once the answer is known, anyone may show it in place of a wrong claim.
    function uploadResult(uint256 requestId, bytes calldata output) external {
        bytes32 id = bytes32(requestId);
        Stage stage = _stageOf(id);
        if (stage == Stage.Unknown) revert NotAsked(id, stage);
        if (_stands(id)) {
            (bytes32 expected, bytes32 actual) = (_answerHash(id), keccak256(output));
            if (actual != expected) revert OutputMismatch(expected, actual);
        } else if (msg.sender != _claims[id].collection) {
            revert NotCollection(id, msg.sender);
        }

        _claims[id].output = SSTORE2.write(output);
    }

    /* VIEWS */

    /// @inheritdoc IOpmlLib
    function isFinalized(uint256 requestId) public view returns (bool) {
        return _stageOf(bytes32(requestId)) != Stage.Unknown && _stands(bytes32(requestId));
    }

    /// @inheritdoc IOpmlLib
    /// @dev Also empty while nobody has shown the answer to which the hub has the hash.
    function getOutput(uint256 requestId) external view returns (bytes memory output) {
        address shown = _claims[bytes32(requestId)].output;
        if (shown == address(0) || !isFinalized(requestId)) return "";
        output = SSTORE2.read(shown);
        if (keccak256(output) != _answerHash(bytes32(requestId))) return "";
    }

    /* HUB */

    /// @dev The hub's record is all that is needed.
    function _answer(bytes32, bytes calldata, uint256) internal override {}

    function _expired(bytes32 requestId, uint256 fee) internal override {
        _credit(_claims[requestId].collection, fee);
    }

    /* PRIVATE */

    function _answerHash(bytes32 requestId) private view returns (bytes32) {
        (IInferenceHub.Receipt memory receipt,,) = hub.receiptOf(requestId);
        return receipt.outputHash;
    }
}
