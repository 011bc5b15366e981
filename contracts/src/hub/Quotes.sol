// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Answers} from "./Answers.sol";

/// @title Quotes
/// @notice What a request will cost, before it is made.
/// @dev `settleGas` is made of what the settling transaction can use at most: its own cost and its calldata's, a constant
/// for what the level writes (each slot as if it were cold and zero), what grows with the output, and what the callback is
/// promised. A picture's answer is 192 bytes; any other is taken as `MAX_OUTPUT` long, since nobody can know before, but
/// at level Executed, where the model is run to see. Constants were measured (test/hub/Quote.t.sol) and rounded up.
abstract contract Quotes is Answers {
    /* CONSTANTS */

    /// @dev What any transaction costs, and a byte of its calldata: what is paid for it besides execution, and the least
    /// that is paid in all (EIP-7623), a byte that isn't zero.
    uint256 private constant TRANSACTION = 21_000;
    uint256 private constant CALLDATA_BYTE = 16;
    uint256 private constant CALLDATA_FLOOR = 40;
    /// @dev Calldata of a settling call besides the output (`fulfil` has most) or, of `execute`, the input.
    uint256 private constant CALLDATA_REST = 420;

    /// @dev `abi.encode(PictureOutput)`.
    uint256 private constant PICTURE_OUTPUT = 192;

    uint256 private constant FULFIL = 146_000;
    uint256 private constant REVEAL = 87_000;
    uint256 private constant REVEAL_SEAT = 2_800;
    uint256 private constant REVEAL_SHARE = 26_500;
    uint256 private constant FINALISE = 67_000;
    uint256 private constant EXECUTE = 76_000;

    /* QUOTE */

    /// @inheritdoc IInferenceHub
    function quote(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas)
        external
        view
        returns (Quote memory quote_)
    {
        _requireReachable(modelId, level);
        quote_.fee = feeOf(modelId, level);
        if (level == Assurance.Optimistic) {
            _requireBondable(modelId);
            quote_.bond = optimisticOf(modelId).bond;
        }
        // Lengths are bounded, and gas is far below 2^64.
        unchecked {
            (uint256 gasUsed, uint256 sent, uint256 output) = _work(modelId, input, level);
            gasUsed += _outputGas(output) + uint256(callbackGas) + callbackGas / 63 + CALL_COST;
            gasUsed += CALLDATA_BYTE * (CALLDATA_REST + sent);
            uint256 floor = CALLDATA_FLOOR * (CALLDATA_REST + sent);
            quote_.settleGas = TRANSACTION + (gasUsed > floor ? gasUsed : floor);
        }
    }

    /* INTERNAL */

    /// @dev What the level's own work costs, and how long what is sent and what comes out can be.
    function _work(bytes32 modelId, bytes calldata input, Assurance level)
        private
        view
        returns (uint256 gasUsed, uint256 sent, uint256 output)
    {
        unchecked {
            if (level == Assurance.Executed) {
                (gasUsed, output) = _measure(modelId, input);
                return (EXECUTE + gasUsed, input.length, output);
            }
            output = _taskOf(modelId) == IModelRegistry.Task.Picture ? PICTURE_OUTPUT : MAX_OUTPUT;
            gasUsed = level == Assurance.Attested ? FULFIL : FINALISE;
            if (level == Assurance.Quorum) {
                QuorumTerms storage terms = _quorums[modelId][_quorums[modelId].length - 1];
                gasUsed = REVEAL + REVEAL_SEAT * terms.operators.length + REVEAL_SHARE * terms.threshold;
            }
            return (gasUsed, output, output);
        }
    }

    /// @dev What running the model costs, with the 64th that a call holds back (EIP-150), and how long its output is.
    function _measure(bytes32 modelId, bytes calldata input) private view returns (uint256 gasUsed, uint256 length) {
        uint256 before = gasleft();
        length = IExecutor(executor).run(modelId, input).length;
        unchecked {
            gasUsed = before - gasleft();
            gasUsed += gasUsed / 63;
        }
        if (length > MAX_OUTPUT) revert OutputTooLong(length);
    }

    /// @dev An output is hashed, copied into memory, and once more into the callback's calldata: 12 gas a word, and memory
    /// for both, which costs 3 gas a word and its square by 512.
    function _outputGas(uint256 length) private pure returns (uint256) {
        unchecked {
            uint256 words = (length + 31) / 32;
            uint256 memoryWords = 2 * words + 64;
            return 12 * words + 3 * memoryWords + memoryWords * memoryWords / 512;
        }
    }
}
