// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceGateway} from "../interfaces/IInferenceGateway.sol";
import {IInferenceResolver} from "../interfaces/IInferenceResolver.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "solady/utils/EIP712.sol";

/// @title InferenceResolver
/// @notice Sends whoever asks to a gateway, and checks what the gateway answers. Nobody owns it and it keeps nothing.
contract InferenceResolver is IInferenceResolver, EIP712 {
    /* CONSTANTS */

    /// @notice Most URLs. A client asks them one after the other.
    uint256 public constant MAX_URLS = 8;
    /// @notice Longest URL, in bytes.
    uint256 public constant MAX_URL_LENGTH = 256;
    /// @notice The EIP-712 type hash of an answer.
    bytes32 public constant ANSWER_TYPEHASH =
        keccak256("GatewayAnswer(bytes32 modelId,bytes32 inputHash,bytes32 outputHash)");

    /* IMMUTABLES */

    IModelRegistry private immutable _REGISTRY;

    /* STORAGE */

    /// @dev Written by the constructor alone.
    string[] private _urls;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_, string[] memory urls_) {
        if (urls_.length == 0 || urls_.length > MAX_URLS) revert BadUrlCount(urls_.length);
        for (uint256 i = 0; i < urls_.length; ++i) {
            uint256 length = bytes(urls_[i]).length;
            if (length == 0 || length > MAX_URL_LENGTH) revert BadUrlLength(i, length);
        }
        _REGISTRY = registry_;
        _urls = urls_;
    }

    /* VIEWS */

    /// @inheritdoc IInferenceResolver
    function urls() external view returns (string[] memory) {
        return _urls;
    }

    /// @inheritdoc IInferenceResolver
    function registry() external view returns (address) {
        return address(_REGISTRY);
    }

    /// @inheritdoc IInferenceResolver
    function answerDigest(bytes32 modelId, bytes32 inputHash, bytes32 outputHash) public view returns (bytes32) {
        return _hashTypedData(keccak256(abi.encode(ANSWER_TYPEHASH, modelId, inputHash, outputHash)));
    }

    /* LOOKUP */

    /// @inheritdoc IInferenceResolver
    function infer(bytes32 modelId, bytes calldata input) external view returns (bytes memory) {
        // Nobody can answer for a model that is not registered, so nobody is asked.
        _REGISTRY.attestationKeyOf(modelId);

        revert OffchainLookup(
            address(this),
            _urls,
            abi.encodeCall(IInferenceGateway.infer, (modelId, input)),
            this.inferCallback.selector,
            abi.encode(modelId, keccak256(input))
        );
    }

    /// @inheritdoc IInferenceResolver
    /// @dev OpenZeppelin's ECDSA refuses wrong lengths, high s and v other than 27 and 28.
    function inferCallback(bytes calldata response, bytes calldata extraData)
        external
        view
        returns (bytes memory output)
    {
        bytes memory signature;
        (output, signature) = abi.decode(response, (bytes, bytes));
        (bytes32 modelId, bytes32 inputHash) = abi.decode(extraData, (bytes32, bytes32));

        address signer = ECDSA.recover(answerDigest(modelId, inputHash, keccak256(output)), signature);
        address attestationKey = _REGISTRY.attestationKeyOf(modelId);
        if (signer != attestationKey) revert NotAttester(signer, attestationKey);
    }

    /* INTERNAL */

    /// @dev The EIP-712 domain, other than the hub's; solady's EIP712 asks for it.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Verdigris Gateway", "1");
    }
}
