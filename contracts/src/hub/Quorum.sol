// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {Ticket, TicketState} from "../types/Ticket.sol";
import {Answers} from "./Answers.sol";
import {Requests} from "./Requests.sol";

/// @title Quorum
/// @notice The second level: m of n named operators give the same answer. Each commits to its answer before it sees
/// another's, so that none can copy.
/// @dev One round a request or raise. The first commitment, which the deadline binds, starts it; answers are revealed once
/// all operators have committed, or after `commitTime`, for `revealTime`, even if the deadline passes meanwhile. The round
/// is over when that time is, or as soon as too few can still agree.
abstract contract Quorum is Answers {
    /// @dev One word. A bit in `committed` and `revealed` is an operator's seat.
    struct Round {
        uint32 terms;
        uint40 opensAt;
        uint32 committed;
        uint32 revealed;
    }

    /* STORAGE */

    mapping(bytes32 requestId => Round) private _rounds;
    /// @dev By seat: an operator's commitment, and from its reveal on what it voted for.
    mapping(bytes32 requestId => mapping(uint256 seat => bytes32)) private _ballots;

    /* COMMIT */

    /// @inheritdoc IInferenceHub
    function commit(bytes32 requestId, bytes32 commitment) external {
        Ticket ticket = _awaiting(requestId, Assurance.Quorum);
        _requireInTime(requestId, ticket);
        Round memory round = _rounds[requestId];
        (QuorumTerms storage terms, uint256 seat) = _seatIn(requestId, round);
        if (_has(round.committed, seat)) revert AlreadyCommitted(requestId, msg.sender);
        if (_isOpen(round)) revert CommitClosed(requestId, round.opensAt);

        round.committed = _add(round.committed, seat);
        if (round.opensAt == 0) round.opensAt = _now() + 1 + terms.commitTime;
        if (_count(round.committed) == terms.operators.length) round.opensAt = _now();
        _rounds[requestId] = round;
        _ballots[requestId][seat] = commitment;

        emit AnswerCommitted(requestId, msg.sender, commitment);
    }

    /* REVEAL */

    /// @inheritdoc IInferenceHub
    function reveal(bytes32 requestId, bytes calldata output, bytes32 contentHash, bytes32 salt) external {
        Ticket ticket = _awaiting(requestId, Assurance.Quorum);
        if (output.length > MAX_OUTPUT) revert OutputTooLong(output.length);
        Round memory round = _rounds[requestId];
        (QuorumTerms storage terms, uint256 seat) = _seatIn(requestId, round);
        uint40 closesAt = round.opensAt + terms.revealTime;
        if (!_isOpen(round) || block.timestamp > closesAt) revert RevealClosed(requestId, round.opensAt, closesAt);
        Answer memory answer = Answer(keccak256(output), contentHash);
        _requireCommitted(requestId, round, seat, answer, salt);

        bytes32 vote = _voteFor(ticket, answer);
        _ballots[requestId][seat] = vote;
        round.revealed = _add(round.revealed, seat);
        _rounds[requestId] = round;
        emit AnswerRevealed(requestId, msg.sender, answer.outputHash, contentHash);

        uint256 winners = _votersFor(requestId, round.revealed, vote);
        if (_count(winners) < terms.threshold) return;
        _share(_release(requestId).fee, terms, winners);
        if (ticket.state() == TicketState.Raising) {
            _conclude(requestId, ticket, answer.outputHash);
        } else {
            _answers[requestId] = answer;
            _settle(requestId, ticket, answer, output, msg.sender);
        }
    }

    /* INTERNAL */

    /// @inheritdoc Requests
    function _begin(bytes32 requestId, bytes32 modelId, Assurance level) internal virtual override {
        if (level != Assurance.Quorum) return;
        // forge-lint: disable-next-line(unsafe-typecast)
        _rounds[requestId] = Round(uint32(_quorums[modelId].length - 1), 0, 0, 0);
    }

    /// @inheritdoc Requests
    function _isOver(bytes32 requestId, Ticket ticket) internal view virtual override returns (bool) {
        if (ticket.level() != Assurance.Quorum) return super._isOver(requestId, ticket);
        bool late = block.timestamp > ticket.deadline();
        Round memory round = _rounds[requestId];
        if (round.opensAt == 0) return late;
        QuorumTerms storage terms = _quorums[_questions[requestId].modelId][round.terms];
        if (block.timestamp > uint256(round.opensAt) + terms.revealTime) return true;
        uint256 left = late || _isOpen(round) ? _count(round.committed) : terms.operators.length;
        return _mostVotes(requestId, round.revealed) + left - _count(round.revealed) < terms.threshold;
    }

    /// @inheritdoc Requests
    function _isAtWork(bytes32 requestId, Ticket ticket) internal view virtual override returns (bool) {
        if (ticket.level() != Assurance.Quorum || ticket.state() != TicketState.Raising) {
            return super._isAtWork(requestId, ticket);
        }
        return _rounds[requestId].opensAt != 0 && !_isOver(requestId, ticket);
    }

    /// @dev Binds the operator and the request, and by the request's id chain and hub: a copy can't be revealed elsewhere.
    function _requireCommitted(bytes32 requestId, Round memory round, uint256 seat, Answer memory answer, bytes32 salt)
        private
        view
    {
        bytes32 commitment = keccak256(abi.encode(requestId, msg.sender, answer.outputHash, answer.contentHash, salt));
        if (!_has(round.committed, seat) || _has(round.revealed, seat) || _ballots[requestId][seat] != commitment) {
            revert BadReveal(requestId, msg.sender);
        }
    }

    /// @dev A raise asks whether the output is right, whatever document describes it.
    function _voteFor(Ticket ticket, Answer memory answer) private pure returns (bytes32) {
        if (ticket.state() == TicketState.Raising) return answer.outputHash;
        return keccak256(abi.encode(answer.outputHash, answer.contentHash));
    }

    /// @dev Equal shares; what doesn't divide is the sender's.
    function _share(uint256 fee, QuorumTerms storage terms, uint256 winners) private {
        if (fee == 0) return;
        uint256 each = fee / _count(winners);
        _credit(msg.sender, fee - each * _count(winners));
        for (uint256 seat = 0; winners >> seat != 0; ++seat) {
            if (_has(winners, seat)) _credit(terms.operators[seat], each);
        }
    }

    function _seatIn(bytes32 requestId, Round memory round)
        private
        view
        returns (QuorumTerms storage terms, uint256 seat)
    {
        bytes32 modelId = _questions[requestId].modelId;
        terms = _quorums[modelId][round.terms];
        seat = _seatOf(requestId, modelId, round.terms, msg.sender);
    }

    function _votersFor(bytes32 requestId, uint256 revealed, bytes32 vote) private view returns (uint256 voters) {
        for (uint256 seat = 0; revealed >> seat != 0; ++seat) {
            if (_has(revealed, seat) && _ballots[requestId][seat] == vote) voters |= 1 << seat;
        }
    }

    function _mostVotes(bytes32 requestId, uint256 revealed) private view returns (uint256 most) {
        for (uint256 seat = 0; revealed >> seat != 0; ++seat) {
            if (!_has(revealed, seat)) continue;
            uint256 votes = _count(_votersFor(requestId, revealed, _ballots[requestId][seat]));
            if (votes > most) most = votes;
        }
    }

    function _isOpen(Round memory round) private view returns (bool) {
        return round.opensAt != 0 && block.timestamp >= round.opensAt;
    }

    function _has(uint256 seats, uint256 seat) private pure returns (bool) {
        return (seats >> seat) & 1 != 0;
    }

    // Seats are below 32 (`MAX_OPERATORS`), and times below 2^40.
    // forge-lint: disable-start(unsafe-typecast)

    function _add(uint32 seats, uint256 seat) private pure returns (uint32) {
        return uint32(seats | (1 << seat));
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }

    // forge-lint: disable-end(unsafe-typecast)

    function _count(uint256 seats) private pure returns (uint256 count) {
        for (; seats != 0; seats &= seats - 1) {
            ++count;
        }
    }
}
