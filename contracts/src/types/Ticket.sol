// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";

/// @notice Where a ticket is in its life. `Open` and `Raising` wait for evidence of the ticket's level; a raised ticket
/// holds an accepted answer meanwhile. `Expired` and `Refuted` are final.
enum TicketState {
    Unknown,
    Open,
    Answered,
    Raising,
    Expired,
    Refuted
}

/// @notice What changes in a request's life, and the callback's terms, in one storage word:
///
/// | bits     | content                                                      |
/// |----------|--------------------------------------------------------------|
/// | 0..159   | consumer                                                     |
/// | 160..182 | callback gas                                                 |
/// | 183..215 | deadline, Unix seconds (until the year 2242)                 |
/// | 216..248 | the receipt's `issuedAt`, Unix seconds; 0 if there is none   |
/// | 249..251 | the level asked for; once answered, and not raised, held     |
/// | 252..254 | state                                                        |
/// | 255      | whether the consumer has the answer                          |
type Ticket is uint256;

using TicketLibrary for Ticket global;

/// @title TicketLibrary
/// @notice Reads and writes the fields of a `Ticket`. Callers check the ranges.
library TicketLibrary {
    /// @notice The largest deadline and `issuedAt` that a ticket can hold.
    uint64 internal constant MAX_TIME = (1 << 33) - 1;

    uint256 private constant GAS_SHIFT = 160;
    uint256 private constant DEADLINE_SHIFT = 183;
    uint256 private constant ISSUED_SHIFT = 216;
    uint256 private constant LEVEL_SHIFT = 249;
    uint256 private constant STATE_SHIFT = 252;
    uint256 private constant DELIVERED_SHIFT = 255;

    uint256 private constant GAS_MASK = (1 << 23) - 1;
    uint256 private constant TIME_MASK = (1 << 33) - 1;
    uint256 private constant SMALL_MASK = (1 << 3) - 1;

    /// @notice A new, open ticket. `callbackGas` must be below 2^23, `deadline` at most `MAX_TIME`.
    function open(address consumer_, uint32 callbackGas_, IInferenceHub.Assurance level_, uint64 deadline_)
        internal
        pure
        returns (Ticket)
    {
        return Ticket.wrap(
            uint256(uint160(consumer_)) | (uint256(callbackGas_) << GAS_SHIFT) | (uint256(deadline_) << DEADLINE_SHIFT)
                | (uint256(level_) << LEVEL_SHIFT) | (uint256(TicketState.Open) << STATE_SHIFT)
        );
    }

    // Each field is masked or shifted to its width first.
    // forge-lint: disable-start(unsafe-typecast)

    /// @notice The contract that asked and is called back.
    function consumer(Ticket self) internal pure returns (address) {
        return address(uint160(Ticket.unwrap(self)));
    }

    /// @notice Gas that the callback may use.
    function callbackGas(Ticket self) internal pure returns (uint32) {
        return uint32((Ticket.unwrap(self) >> GAS_SHIFT) & GAS_MASK);
    }

    /// @notice The last second at which an answer is taken.
    function deadline(Ticket self) internal pure returns (uint64) {
        return uint64((Ticket.unwrap(self) >> DEADLINE_SHIFT) & TIME_MASK);
    }

    /// @notice When the receipt was signed.
    function issuedAt(Ticket self) internal pure returns (uint64) {
        return uint64((Ticket.unwrap(self) >> ISSUED_SHIFT) & TIME_MASK);
    }

    // forge-lint: disable-end(unsafe-typecast)

    /// @notice The assurance level asked for; once answered, and not raised, the level held.
    function level(Ticket self) internal pure returns (IInferenceHub.Assurance) {
        return IInferenceHub.Assurance((Ticket.unwrap(self) >> LEVEL_SHIFT) & SMALL_MASK);
    }

    /// @notice Where the request is in its life.
    function state(Ticket self) internal pure returns (TicketState) {
        return TicketState((Ticket.unwrap(self) >> STATE_SHIFT) & SMALL_MASK);
    }

    /// @notice Whether the consumer has the answer.
    function delivered(Ticket self) internal pure returns (bool) {
        return Ticket.unwrap(self) >> DELIVERED_SHIFT != 0;
    }

    /// @notice Whether an answer is accepted and not refuted.
    function isAnswered(Ticket self) internal pure returns (bool) {
        TicketState now_ = state(self);
        return now_ == TicketState.Answered || now_ == TicketState.Raising;
    }

    /// @notice The same ticket in another state.
    function withState(Ticket self, TicketState state_) internal pure returns (Ticket) {
        return _with(self, STATE_SHIFT, SMALL_MASK, uint256(state_));
    }

    /// @notice The same ticket with the receipt's time, at most `MAX_TIME`.
    function withIssuedAt(Ticket self, uint64 issuedAt_) internal pure returns (Ticket) {
        return _with(self, ISSUED_SHIFT, TIME_MASK, issuedAt_);
    }

    /// @notice The same ticket with another level.
    function withLevel(Ticket self, IInferenceHub.Assurance level_) internal pure returns (Ticket) {
        return _with(self, LEVEL_SHIFT, SMALL_MASK, uint256(level_));
    }

    /// @notice The same ticket with another deadline, at most `MAX_TIME`.
    function withDeadline(Ticket self, uint64 deadline_) internal pure returns (Ticket) {
        return _with(self, DEADLINE_SHIFT, TIME_MASK, deadline_);
    }

    /// @notice The same ticket, its answer delivered or not.
    function withDelivered(Ticket self, bool delivered_) internal pure returns (Ticket) {
        return _with(self, DELIVERED_SHIFT, 1, delivered_ ? 1 : 0);
    }

    function _with(Ticket self, uint256 shift, uint256 mask, uint256 value) private pure returns (Ticket) {
        return Ticket.wrap((Ticket.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
