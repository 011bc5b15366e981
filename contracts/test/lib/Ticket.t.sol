// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Ticket, TicketLibrary, TicketState} from "../../src/types/Ticket.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The packed word of a request.
contract TicketTest is Test {
    function testFuzz_aTicketKeepsItsFieldsApart(
        address consumer,
        uint32 callbackGas,
        uint8 level,
        uint64 deadline,
        uint64 issuedAt,
        uint8 state,
        bool delivered
    ) public pure {
        callbackGas = uint32(bound(callbackGas, 0, (1 << 23) - 1));
        deadline = uint64(bound(deadline, 0, TicketLibrary.MAX_TIME));
        issuedAt = uint64(bound(issuedAt, 0, TicketLibrary.MAX_TIME));
        Ticket ticket = TicketLibrary.open(consumer, callbackGas, IInferenceHub.Assurance(level % 5), deadline);
        assertEq(uint256(ticket.state()), uint256(TicketState.Open), "open at first");
        assertEq(ticket.issuedAt(), 0, "no receipt at first");
        assertFalse(ticket.delivered(), "not delivered at first");

        // Set twice, so that the second setting must clear the first.
        ticket = ticket.withIssuedAt(TicketLibrary.MAX_TIME).withState(TicketState.Refuted).withDelivered(true);
        ticket = ticket.withIssuedAt(issuedAt).withState(TicketState(state % 6)).withDelivered(delivered);
        assertEq(ticket.consumer(), consumer, "consumer");
        assertEq(ticket.callbackGas(), callbackGas, "callback gas");
        assertEq(ticket.deadline(), deadline, "deadline");
        assertEq(ticket.issuedAt(), issuedAt, "issued at");
        assertEq(uint256(ticket.level()), level % 5, "level");
        assertEq(uint256(ticket.state()), state % 6, "state");
        assertEq(ticket.delivered(), delivered, "delivered");
    }

    function testFuzz_aRaiseChangesLevelAndDeadlineOnly(uint256 word, uint8 level, uint64 deadline) public pure {
        deadline = uint64(bound(deadline, 0, TicketLibrary.MAX_TIME));
        Ticket before = Ticket.wrap(word);
        Ticket ticket = before.withLevel(IInferenceHub.Assurance(level % 5)).withDeadline(deadline);
        assertEq(uint256(ticket.level()), level % 5, "level");
        assertEq(ticket.deadline(), deadline, "deadline");
        assertEq(ticket.consumer(), before.consumer(), "consumer");
        assertEq(ticket.callbackGas(), before.callbackGas(), "callback gas");
        assertEq(ticket.issuedAt(), before.issuedAt(), "issued at");
        assertEq(ticket.delivered(), before.delivered(), "delivered");
        assertEq(Ticket.unwrap(ticket) >> 252, word >> 252, "state and delivery");
    }

    function test_answeredMeansHeldAndNotRefuted() public pure {
        Ticket ticket = TicketLibrary.open(address(1), 0, IInferenceHub.Assurance.Attested, 0);
        assertFalse(ticket.isAnswered(), "open");
        assertTrue(ticket.withState(TicketState.Answered).isAnswered(), "answered");
        assertTrue(ticket.withState(TicketState.Raising).isAnswered(), "being raised");
        assertFalse(ticket.withState(TicketState.Expired).isAnswered(), "expired");
        assertFalse(ticket.withState(TicketState.Refuted).isAnswered(), "refuted");
    }
}
