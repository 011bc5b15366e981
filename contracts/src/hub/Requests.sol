// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Ticket, TicketLibrary, TicketState} from "../types/Ticket.sol";
import {Payments} from "./Payments.sol";
import {Terms} from "./Terms.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Requests
/// @notice What is asked, what is escrowed for it, and how it ends without an answer.
/// @dev A request is a ticket (what changes), a question, an escrow and an answer; each level keeps its own evidence
/// beside them. A level says by `_begin` what it notes when it is asked for, and by `_isOver` when it can't come any more.
abstract contract Requests is Terms, Payments {
    using SafeCast for uint256;

    /// @dev What is asked.
    struct Question {
        bytes32 modelId;
        bytes32 inputHash;
    }

    /// @dev What was accepted, or is bonded to be.
    struct Answer {
        bytes32 outputHash;
        bytes32 contentHash;
    }

    /// @dev What is paid for evidence, and who gets it back if none comes; none while nothing is awaited. `held` counts
    /// while an answer is being raised: the level that it has meanwhile.
    struct Escrow {
        address payer;
        uint88 fee;
        Assurance held;
    }

    /* CONSTANTS */

    /// @notice The longest input, in bytes.
    uint256 public constant MAX_INPUT = 16_384;
    /// @notice The longest output, in bytes.
    uint256 public constant MAX_OUTPUT = 16_384;
    /// @notice The most gas that a callback may be promised; well below EIP-7825's 2^24 for a transaction.
    uint32 public constant MAX_CALLBACK_GAS = 5_000_000;
    /// @notice The longest time that a request or raise may stay open, in seconds.
    uint64 public constant MAX_LIFETIME = 30 days;

    /* STORAGE */

    /// @notice How many requests were made; part of each request's id.
    uint256 public requestCount;

    mapping(bytes32 requestId => Ticket) internal _tickets;
    mapping(bytes32 requestId => Question) internal _questions;
    // Written by the levels, which inherit this.
    // slither-disable-next-line uninitialized-state
    mapping(bytes32 requestId => Answer) internal _answers;
    mapping(bytes32 requestId => Escrow) internal _escrows;

    /* REQUEST */

    /// @inheritdoc IInferenceHub
    function request(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas, uint64 deadline)
        external
        payable
        returns (bytes32 requestId)
    {
        if (input.length > MAX_INPUT) revert InputTooLong(input.length);
        if (callbackGas > MAX_CALLBACK_GAS) revert CallbackGasTooHigh(callbackGas);
        _requireAskable(modelId, level, deadline);
        if (level == Assurance.Optimistic) _requireBondable(modelId);

        bytes32 inputHash = keccak256(input);
        requestId = keccak256(abi.encode(block.chainid, address(this), msg.sender, modelId, inputHash, ++requestCount));
        _tickets[requestId] = TicketLibrary.open(msg.sender, callbackGas, level, deadline);
        _questions[requestId] = Question(modelId, inputHash);
        if (msg.value != 0) _escrows[requestId] = Escrow(msg.sender, msg.value.toUint88(), Assurance.Attested);
        _begin(requestId, modelId, level);

        emit InferenceRequested(requestId, modelId, msg.sender, input, level, callbackGas, deadline);
    }

    /* RAISE */

    /// @inheritdoc IInferenceHub
    /// @dev A raise takes the place of one to another level that nobody is at work for, so that such a one keeps none out.
    function raise(bytes32 requestId, Assurance level, uint64 deadline) external payable {
        Ticket ticket = _tickets[requestId];
        if (!ticket.isAnswered() || _isAtWork(requestId, ticket)) {
            revert NotRaisable(requestId, _statusOf(requestId, ticket));
        }
        Assurance held = _heldLevel(requestId, ticket);
        if (level <= held || level == ticket.level()) revert LevelNotHigher(requestId, ticket.level());
        bytes32 modelId = _questions[requestId].modelId;
        _requireAskable(modelId, level, deadline);

        Escrow memory before = _release(requestId);
        _credit(before.payer, before.fee);
        _tickets[requestId] = ticket.withState(TicketState.Raising).withLevel(level).withDeadline(deadline);
        _escrows[requestId] = Escrow(msg.sender, msg.value.toUint88(), held);
        _begin(requestId, modelId, level);

        emit RaiseRequested(requestId, modelId, level, msg.value, deadline);
    }

    /* EXPIRE */

    /// @inheritdoc IInferenceHub
    function expire(bytes32 requestId) external {
        Ticket ticket = _awaiting(requestId);
        if (!_isOver(requestId, ticket)) revert NotYetExpired(requestId, ticket.deadline());

        Escrow memory escrow = _release(requestId);
        _tickets[requestId] = ticket.state() == TicketState.Raising
            ? ticket.withState(TicketState.Answered).withLevel(escrow.held)
            : ticket.withState(TicketState.Expired);
        _credit(escrow.payer, escrow.fee);

        emit InferenceExpired(requestId);
    }

    /* VIEWS */

    /// @inheritdoc IInferenceHub
    /// @dev Expired as soon as no answer can come any more, whether or not `expire` was called.
    function requestOf(bytes32 requestId) external view returns (Request memory request_, Status status) {
        Ticket ticket = _tickets[requestId];
        if (ticket.state() == TicketState.Unknown) return (request_, Status.Unknown);
        Question storage question = _questions[requestId];
        request_ = Request({
            consumer: ticket.consumer(),
            callbackGas: ticket.callbackGas(),
            level: ticket.level(),
            modelId: question.modelId,
            inputHash: question.inputHash,
            deadline: ticket.deadline(),
            fee: _escrows[requestId].fee
        });
        status = _statusOf(requestId, ticket);
    }

    /// @inheritdoc IInferenceHub
    function levelOf(bytes32 requestId) external view returns (Assurance) {
        return _heldLevel(requestId, _tickets[requestId]);
    }

    /* INTERNAL */

    /// @dev What a level notes when it is asked for.
    function _begin(bytes32 requestId, bytes32 modelId, Assurance level) internal virtual;

    /// @dev That an answer can be bonded to the input of the call at hand, of which it is the second argument.
    function _requireBondable(bytes32 modelId) internal view virtual;

    /// @dev Whether a ticket that waits for evidence waits in vain: nothing can come any more.
    function _isOver(bytes32 requestId, Ticket ticket) internal view virtual returns (bool) {
        return block.timestamp > ticket.deadline() && !_isProposed(requestId);
    }

    /// @dev Whether somebody has begun to give the evidence that a ticket waits for.
    function _isAtWork(bytes32 requestId, Ticket) internal view virtual returns (bool) {
        return _isProposed(requestId);
    }

    /// @dev Whether an answer waits for challenges.
    function _isProposed(bytes32 requestId) internal view virtual returns (bool);

    /// @dev The ticket of a request or raise that waits for evidence, whatever the clock says.
    function _awaiting(bytes32 requestId) internal view returns (Ticket ticket) {
        ticket = _known(requestId);
        TicketState state = ticket.state();
        if (state == TicketState.Expired) revert RequestExpired(requestId, ticket.deadline());
        if (state != TicketState.Open && state != TicketState.Raising) revert AlreadyAnswered(requestId);
    }

    /// @dev The same, for evidence of one level.
    function _awaiting(bytes32 requestId, Assurance level) internal view returns (Ticket ticket) {
        ticket = _awaiting(requestId);
        if (ticket.level() != level) revert WrongLevel(requestId, ticket.level());
    }

    function _requireInTime(bytes32 requestId, Ticket ticket) internal view {
        if (block.timestamp > ticket.deadline()) revert RequestExpired(requestId, ticket.deadline());
    }

    function _known(bytes32 requestId) internal view returns (Ticket ticket) {
        ticket = _tickets[requestId];
        if (ticket.state() == TicketState.Unknown) revert UnknownRequest(requestId);
    }

    /// @dev The level of an accepted answer.
    function _heldLevel(bytes32 requestId, Ticket ticket) internal view returns (Assurance) {
        if (!ticket.isAnswered()) revert UnknownRequest(requestId);
        return ticket.state() == TicketState.Raising ? _escrows[requestId].held : ticket.level();
    }

    /// @dev Empties the escrow; the caller credits its fee.
    function _release(bytes32 requestId) internal returns (Escrow memory escrow) {
        escrow = _escrows[requestId];
        delete _escrows[requestId];
    }

    function _requireHash(bytes32 expected, bytes calldata output) internal pure {
        bytes32 actual = keccak256(output);
        if (actual != expected) revert OutputMismatch(expected, actual);
    }

    function _requireInput(bytes32 requestId, bytes calldata input) internal view {
        bytes32 expected = _questions[requestId].inputHash;
        bytes32 actual = keccak256(input);
        if (actual != expected) revert InputMismatch(expected, actual);
    }

    function _statusOf(bytes32 requestId, Ticket ticket) private view returns (Status) {
        TicketState state = ticket.state();
        if (state == TicketState.Open) {
            if (_isProposed(requestId)) return Status.Proposed;
            return _isOver(requestId, ticket) ? Status.Expired : Status.Open;
        }
        if (ticket.isAnswered()) return Status.Answered;
        if (state == TicketState.Expired) return Status.Expired;
        return state == TicketState.Refuted ? Status.Refuted : Status.Unknown;
    }

    /// @dev What a request and a raise must fulfil alike.
    function _requireAskable(bytes32 modelId, Assurance level, uint64 deadline) private view {
        if (
            deadline < block.timestamp || deadline > block.timestamp + MAX_LIFETIME || deadline > TicketLibrary.MAX_TIME
        ) revert BadDeadline(deadline);
        _requireReachable(modelId, level);
        uint256 fee = feeOf(modelId, level);
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
    }
}
