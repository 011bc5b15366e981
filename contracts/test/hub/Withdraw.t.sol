// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Claimant} from "../mocks/Claimants.sol";
import {HubTest} from "./HubTest.sol";

contract WithdrawTest is HubTest {
    Claimant internal claimant;

    function setUp() public override {
        super.setUp();
        claimant = new Claimant(hub);
        vm.deal(address(claimant), 3 ether);
        claimant.claim(3 ether);
    }

    function testFuzz_whatIsClaimableIsPaidOnceToWhomeverTheAccountNames(uint160 to) public {
        to = uint160(bound(to, 1 << 32, 1 << 40));
        vm.startPrank(OPERATOR);
        hub.unstake(1 ether);
        vm.expectEmit(address(hub));
        emit IInferenceHub.Withdrawn(OPERATOR, address(to), 1 ether);
        hub.withdraw(address(to));
        assertEq(address(to).balance, 1 ether, "paid");
        assertEq(hub.claimableBy(OPERATOR), 0, "claimable");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NothingToWithdraw.selector, OPERATOR));
        hub.withdraw(address(to));
    }

    function testFuzz_whoIsOwedNothingGetsNothing(address account) public {
        vm.assume(account != address(claimant));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NothingToWithdraw.selector, account));
        vm.prank(account);
        hub.withdraw(account);
    }

    function test_aRefusedPaymentStaysClaimable() public {
        claimant.set(Claimant.Mood.Refuse);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.PaymentFailed.selector, address(claimant), 3 ether));
        claimant.collect();
        assertEq(hub.claimableBy(address(claimant)), 3 ether, "claimable");
        claimant.set(Claimant.Mood.Take);
        claimant.collect();
        assertEq(address(claimant).balance, 3 ether, "paid");
    }

    function test_aReentrantClaimantIsPaidOnce() public {
        claimant.set(Claimant.Mood.Reenter);
        uint256 before = address(hub).balance;
        claimant.collect();
        assertEq(claimant.reentries(), 1, "it tried");
        assertFalse(claimant.reentered(), "and failed");
        assertEq(before - address(hub).balance, 3 ether, "paid once");
    }

    /// What a receiver returns is not read: a bomb costs its own sender only what it burns itself.
    function test_aReturnBombIsNotRead() public {
        claimant.set(Claimant.Mood.Bomb);
        uint256 before = gasleft();
        claimant.collect();
        assertLt(before - gasleft(), 700_000, "the bomb's own memory, once");
        assertEq(address(claimant).balance, 3 ether, "paid");
    }
}
