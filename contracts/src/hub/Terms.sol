// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../interfaces/IExecutor.sol";
import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title Terms
/// @notice Which levels a model can reach and what they cost. Its publisher sets that; what a request was made under it
/// keeps.
abstract contract Terms is IInferenceHub {
    /* CONSTANTS */

    /// @notice The most operators in a quorum.
    uint256 public constant MAX_OPERATORS = 32;
    /// @notice The longest time for commitments, and for reveals, in seconds.
    uint32 public constant MAX_ROUND_TIME = 1 days;
    /// @notice The longest challenge window, in seconds.
    uint64 public constant MAX_WINDOW = 30 days;

    /* IMMUTABLES */

    /// @inheritdoc IInferenceHub
    address public immutable registry;
    /// @inheritdoc IInferenceHub
    address public immutable executor;

    /* STORAGE */

    mapping(bytes32 modelId => mapping(Assurance level => uint256)) private _fees;
    mapping(bytes32 modelId => OptimisticTerms) private _optimistic;
    /// @dev Append-only, so that a request can name its terms by their place.
    mapping(bytes32 modelId => QuorumTerms[]) internal _quorums;
    /// @dev An operator's place among its quorum's operators, from 1; 0 if it isn't one.
    mapping(bytes32 modelId => mapping(uint256 terms => mapping(address operator => uint256))) private _seats;

    /* CONSTRUCTOR */

    constructor(address registry_, address executor_) {
        if (IExecutor(executor_).registry() != registry_) revert WrongExecutor(executor_);
        registry = registry_;
        executor = executor_;
    }

    /* MODIFIERS */

    modifier onlyPublisher(bytes32 modelId) {
        _requirePublisher(modelId);
        _;
    }

    /* TERMS */

    /// @inheritdoc IInferenceHub
    function setFee(bytes32 modelId, Assurance level, uint256 fee) external onlyPublisher(modelId) {
        _fees[modelId][level] = fee;
        emit FeeSet(modelId, level, fee);
    }

    /// @inheritdoc IInferenceHub
    function setQuorum(bytes32 modelId, QuorumTerms calldata terms) external onlyPublisher(modelId) {
        uint256 count = terms.operators.length;
        if (
            count == 0 || count > MAX_OPERATORS || terms.threshold > count || uint256(terms.threshold) * 2 <= count
                || terms.commitTime == 0 || terms.commitTime > MAX_ROUND_TIME || terms.revealTime == 0
                || terms.revealTime > MAX_ROUND_TIME
        ) revert BadQuorum();

        mapping(address => uint256) storage seats = _seats[modelId][_quorums[modelId].length];
        for (uint256 i = 0; i < count; ++i) {
            if (seats[terms.operators[i]] != 0) revert BadQuorum();
            seats[terms.operators[i]] = i + 1;
        }
        _quorums[modelId].push(terms);
        emit QuorumSet(modelId, terms);
    }

    /// @inheritdoc IInferenceHub
    function setOptimistic(bytes32 modelId, OptimisticTerms calldata terms) external onlyPublisher(modelId) {
        if (terms.bond == 0 || terms.bond > type(uint88).max || terms.window == 0 || terms.window > MAX_WINDOW) {
            revert BadOptimisticTerms();
        }
        _optimistic[modelId] = terms;
        emit OptimisticSet(modelId, terms);
    }

    /// @inheritdoc IInferenceHub
    function feeOf(bytes32 modelId, Assurance level) public view returns (uint256) {
        return _fees[modelId][level];
    }

    /// @inheritdoc IInferenceHub
    function quorumOf(bytes32 modelId) external view returns (QuorumTerms memory terms) {
        uint256 count = _quorums[modelId].length;
        if (count != 0) terms = _quorums[modelId][count - 1];
    }

    /// @inheritdoc IInferenceHub
    function optimisticOf(bytes32 modelId) public view returns (OptimisticTerms memory) {
        return _optimistic[modelId];
    }

    /* INTERNAL */

    /// @dev Reverts for an unknown model, too.
    function _requireReachable(bytes32 modelId, Assurance level) internal view {
        _attestationKeyOf(modelId);
        bool reachable;
        if (level == Assurance.Attested) {
            reachable = true;
        } else if (level == Assurance.Quorum) {
            reachable = _quorums[modelId].length != 0;
        } else if (level == Assurance.Optimistic) {
            reachable = _optimistic[modelId].bond != 0 && IExecutor(executor).isCertified(modelId);
        } else if (level == Assurance.Executed) {
            reachable = _taskOf(modelId) == IModelRegistry.Task.Tensor && IExecutor(executor).isCertified(modelId);
        }
        if (!reachable) revert UnreachableLevel(modelId, level);
    }

    /// @dev The operator's place in the quorum, from 0.
    function _seatOf(bytes32 requestId, bytes32 modelId, uint256 terms, address operator)
        internal
        view
        returns (uint256)
    {
        uint256 seat = _seats[modelId][terms][operator];
        if (seat == 0) revert NotOperator(requestId, operator);
        return seat - 1;
    }

    function _attestationKeyOf(bytes32 modelId) internal view returns (address) {
        return IModelRegistry(registry).attestationKeyOf(modelId);
    }

    function _taskOf(bytes32 modelId) internal view returns (IModelRegistry.Task) {
        return IModelRegistry(registry).taskOf(modelId);
    }

    function _requirePublisher(bytes32 modelId) private view {
        if (IModelRegistry(registry).publisherOf(modelId) != msg.sender) revert NotPublisher(modelId);
    }
}
