// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";

/// @notice Where a ticket is in its life, one step finer than `IInferenceHub.Status`: an answer that the consumer's
/// callback refused is `Kept` until it is delivered. Levels with more stages (commit–reveal, challenges) add theirs
/// at the end; three values are free.
enum TicketState {
    Unknown,
    Open,
    Kept,
    Delivered,
    Expired
}

/// @notice What changes in a request's life, and the callback's terms, in one storage word:
///
/// | bits     | content                                            |
/// |----------|----------------------------------------------------|
/// | 0..159   | consumer                                           |
/// | 160..183 | callback gas                                       |
/// | 184..216 | deadline, Unix seconds (until the year 2242)       |
/// | 217..249 | the receipt's `issuedAt`, Unix seconds; 0 till answered |
/// | 250..252 | level                                              |
/// | 253..255 | state                                              |
type Ticket is uint256;

using TicketLibrary for Ticket global;

/// @title TicketLibrary
/// @notice Reads and writes the fields of a `Ticket`. Callers check the ranges.
library TicketLibrary {
    /// @notice The largest deadline and `issuedAt` that a ticket can hold.
    uint64 internal constant MAX_TIME = (1 << 33) - 1;

    uint256 private constant GAS_SHIFT = 160;
    uint256 private constant DEADLINE_SHIFT = 184;
    uint256 private constant ISSUED_SHIFT = 217;
    uint256 private constant LEVEL_SHIFT = 250;
    uint256 private constant STATE_SHIFT = 253;

    uint256 private constant GAS_MASK = (1 << 24) - 1;
    uint256 private constant TIME_MASK = (1 << 33) - 1;
    uint256 private constant LEVEL_MASK = (1 << 3) - 1;
    uint256 private constant REST_MASK = (1 << 253) - 1;

    /// @notice A new, open ticket. `callbackGas` must be below 2^24, `deadline` at most `MAX_TIME`.
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

    /// @notice When the accepted receipt was signed.
    function issuedAt(Ticket self) internal pure returns (uint64) {
        return uint64((Ticket.unwrap(self) >> ISSUED_SHIFT) & TIME_MASK);
    }

    // forge-lint: disable-end(unsafe-typecast)

    /// @notice The assurance level asked for.
    function level(Ticket self) internal pure returns (IInferenceHub.Assurance) {
        return IInferenceHub.Assurance((Ticket.unwrap(self) >> LEVEL_SHIFT) & LEVEL_MASK);
    }

    /// @notice Where the request is in its life.
    function state(Ticket self) internal pure returns (TicketState) {
        return TicketState(Ticket.unwrap(self) >> STATE_SHIFT);
    }

    /// @notice Whether an answer was accepted, delivered or not.
    function isAnswered(Ticket self) internal pure returns (bool) {
        TicketState now_ = state(self);
        return now_ == TicketState.Kept || now_ == TicketState.Delivered;
    }

    /// @notice The same ticket in another state.
    function withState(Ticket self, TicketState state_) internal pure returns (Ticket) {
        uint256 rest = Ticket.unwrap(self) & REST_MASK;
        return Ticket.wrap(rest | (uint256(state_) << STATE_SHIFT));
    }

    /// @notice The same ticket with the receipt's time, at most `MAX_TIME`.
    function withIssuedAt(Ticket self, uint64 issuedAt_) internal pure returns (Ticket) {
        uint256 rest = Ticket.unwrap(self) & ~(TIME_MASK << ISSUED_SHIFT);
        return Ticket.wrap(rest | (uint256(issuedAt_) << ISSUED_SHIFT));
    }
}
