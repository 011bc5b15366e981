// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7007} from "../interfaces/IERC7007.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IVerifier} from "../interfaces/external/IVerifier.sol";
import {Credits} from "./Credits.sol";
import {HubAdapter} from "./HubAdapter.sol";
import {IErc7007Adapter} from "./interfaces/IErc7007Adapter.sol";
import {ConsumerCall} from "./lib/ConsumerCall.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title Erc7007Adapter
/// @notice Content for tokens whose collection, once deployed, knows `addAigcData` and a verifier.
contract Erc7007Adapter is IErc7007Adapter, IVerifier, HubAdapter, Credits {
    /// @dev Whose content is asked for, who pays, and the contract whose code is the prompt.
    struct Order {
        address collection;
        uint32 gasLimit;
        address payer;
        address prompt;
        uint256 tokenId;
    }

    /* CONSTANTS */

    /// @notice Gas for the adapter's own work on an answer: copies of prompt and answer (16,384 bytes each) and storage.
    uint256 public constant ANSWER_GAS = 80_000;

    /* IMMUTABLES */

    /// @inheritdoc IErc7007Adapter
    bytes32 public immutable modelId;

    /* STORAGE */

    mapping(bytes32 requestId => Order) private _orders;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_, bytes32 modelId_)
        HubAdapter(hub_, level_, lifetime_)
    {
        modelId = modelId_;
    }

    /* REQUEST */

    /// @inheritdoc IErc7007Adapter
    function requestContent(address collection, uint256 tokenId, bytes calldata prompt, uint32 gasLimit)
        external
        payable
        returns (bytes32 requestId)
    {
        if (!_mayAsk(collection, tokenId)) revert NotTokenOwner(msg.sender, collection, tokenId);

        uint256 fee = _payment(msg.value, hub.feeOf(modelId, level));
        requestId = _ask(modelId, prompt, _callbackGas(gasLimit, ANSWER_GAS), fee);
        _orders[requestId] = Order(collection, gasLimit, msg.sender, SSTORE2.write(prompt), tokenId);

        emit ContentRequested(requestId, collection, tokenId);
    }

    /* VIEWS */

    /// @inheritdoc IErc7007Adapter
    function proofOf(bytes32 requestId, uint256 promptLength) public pure returns (bytes memory) {
        return abi.encode(requestId, promptLength);
    }

    /// @inheritdoc IVerifier
    /// @dev Warning: collections join prompt and content before they ask, so this can't see where they set the border. The
    /// length in the proof says where the hub's lies; a collection that takes content from anyone must guard its own.
    function verifyProof(bytes calldata proof, bytes calldata publicInputs) external view returns (bool) {
        if (proof.length != 64) return false;
        (bytes32 requestId, uint256 promptLength) = abi.decode(proof, (bytes32, uint256));
        if (promptLength > publicInputs.length || !_stands(requestId)) return false;

        (IInferenceHub.Receipt memory receipt,,) = hub.receiptOf(requestId);
        return receipt.modelId == modelId && hub.levelOf(requestId) >= level
            && receipt.inputHash == keccak256(publicInputs[:promptLength])
            && receipt.outputHash == keccak256(publicInputs[promptLength:]);
    }

    /* HUB */

    function _answer(bytes32 requestId, bytes calldata output, uint256) internal override {
        Order memory order = _orders[requestId];
        bytes memory prompt = SSTORE2.read(order.prompt);
        bytes memory proof = proofOf(requestId, prompt.length);

        ConsumerCall.callOrRevert(
            order.collection,
            order.gasLimit,
            abi.encodeCall(IERC7007.addAigcData, (order.tokenId, prompt, output, proof))
        );
    }

    function _expired(bytes32 requestId, uint256 fee) internal override {
        _credit(_orders[requestId].payer, fee);
    }

    /* PRIVATE */

    function _mayAsk(address collection, uint256 tokenId) private view returns (bool) {
        if (msg.sender == collection) return true;
        address owner = IERC721(collection).ownerOf(tokenId);
        return msg.sender == owner || IERC721(collection).getApproved(tokenId) == msg.sender
            || IERC721(collection).isApprovedForAll(owner, msg.sender);
    }
}
