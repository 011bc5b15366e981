// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7007} from "../interfaces/IERC7007.sol";
import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {ISeedArt} from "../interfaces/ISeedArt.sol";
import {Pictures} from "./Pictures.sol";

/// @title Aigc
/// @notice The hub's answers as ERC-7007 speaks of them: a token's prompt, its content, and the proof of it.
/// @dev A proof is `abi.encode(Receipt, signature)`, as the hub keeps them; at levels Quorum and Executed the signature
/// is empty, because their evidence is no key's and lies in the hub.
abstract contract Aigc is Pictures, IInferenceConsumer, IERC7007 {
    /* ERRORS */

    /// @notice The proof is not `abi.encode(Receipt, signature)` for this token's request.
    error BadProof(uint256 tokenId);
    /// @notice The prompt is not what the token's model was asked.
    error BadPrompt(uint256 tokenId);
    /// @notice Answers of this collection's level come through the hub alone: they take more than one proof, or a
    /// stake.
    error OnlyThroughHub(IInferenceHub.Assurance level);
    /// @notice The answer's level is lower than the one that was asked for.
    error LevelTooLow(bytes32 requestId, IInferenceHub.Assurance level);

    /* CONSTANTS */

    /// @dev A proof with a key's signature: six words, the signature's place and length, 65 bytes in three words.
    uint256 private constant SIGNED_PROOF_LENGTH = 352;

    /* ANSWER */

    /// @inheritdoc IInferenceConsumer
    function onInference(bytes32 requestId, bytes calldata output, bytes32, IInferenceHub.Assurance level) external {
        if (msg.sender != hub) revert NotHub(msg.sender);
        if (uint8(level) < assurance) revert LevelTooLow(requestId, level);
        uint256 tokenId = tokenOfRequest(requestId);
        _keepPicture(tokenId, requestId, output);

        bytes32 seed = _seeds[tokenId];
        bytes memory prompt = _prompt(tokenId, seed, _traitsOf(seed, _stateOf(tokenId).epoch()));
        emit AigcData(tokenId, prompt, output, _proofOf(requestId));
        emit AigcDataContents(tokenId, prompt, output);
        emit MetadataUpdate(tokenId);
    }

    /// @inheritdoc IERC7007
    /// @dev At level Attested only, where the proof is all that the hub needs. Anyone may send it and gains nothing by
    /// being first: the receipt names the request.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
    {
        if (assurance != uint8(IInferenceHub.Assurance.Attested)) {
            revert OnlyThroughHub(IInferenceHub.Assurance(assurance));
        }
        if (!_isSignedProofFor(_requestOf(tokenId), proof)) revert BadProof(tokenId);
        // The receipt's third word is its input hash.
        if (keccak256(prompt) != bytes32(proof[64:96])) revert BadPrompt(tokenId);
        _forward(aigcData, proof);
        if (_stateOf(tokenId).stage() != Stage.Fulfilled) revert BadOutput(_requestOf(tokenId));
    }

    /* VIEWS */

    /// @inheritdoc IERC7007
    /// @dev Only for the very bytes that were accepted, and not once they are refuted; never reverts.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external view returns (bool) {
        if (proof.length < 32) return false;
        bytes32 requestId = bytes32(proof[0:32]);
        uint256 tokenId = _tokenIds[requestId];
        if (tokenId == 0 || _stateOf(tokenId).stage() != Stage.Fulfilled) return false;
        if (_statusOf(tokenId) != IInferenceHub.Status.Answered) return false;
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = IInferenceHub(hub).receiptOf(requestId);
        return keccak256(prompt) == receipt.inputHash && keccak256(aigcData) == receipt.outputHash
            && keccak256(proof) == keccak256(abi.encode(receipt, signature));
    }

    /* INTERNAL */

    function _proofOf(bytes32 requestId) private view returns (bytes memory) {
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = IInferenceHub(hub).receiptOf(requestId);
        return abi.encode(receipt, signature);
    }

    function _forward(bytes calldata output, bytes calldata proof) private {
        (IInferenceHub.Receipt memory receipt, bytes memory signature) =
            abi.decode(proof, (IInferenceHub.Receipt, bytes));
        IInferenceHub(hub).fulfil(receipt, output, signature);
    }

    /// @dev Whether a proof has the one form that `abi.decode` surely takes, and answers `requestId`.
    function _isSignedProofFor(bytes32 requestId, bytes calldata proof) private pure returns (bool) {
        // Bytes either are the ones that are wanted or are not: no amount is compared.
        // slither-disable-next-line incorrect-equality
        return requestId != 0 && proof.length == SIGNED_PROOF_LENGTH && bytes32(proof[0:32]) == requestId
            && uint256(bytes32(proof[160:192])) <= type(uint64).max && uint256(bytes32(proof[192:224])) == 0xe0
            && uint256(bytes32(proof[224:256])) == 65;
    }
}
