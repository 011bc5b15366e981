// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";
import {Payee} from "../mocks/Receivers.sol";

contract WithdrawTest is BaseTest {
    function testFuzz_anyonePaysTheSalesOut(uint256 sales, address sender) public {
        sales = bound(sales, 0, MAX_SUPPLY);
        for (uint256 i = 0; i < sales; ++i) {
            _mint();
        }
        vm.expectEmit(address(art));
        emit SeedArt.Withdrawn(ARTIST, sales * PRICE);
        vm.prank(sender);
        art.withdraw();
        assertEq(ARTIST.balance, sales * PRICE, "the artist's");
        assertEq(address(art).balance, 0, "nothing left");
    }

    function test_aPayeeThatRefusesLosesNothing() public {
        Payee payee = new Payee();
        ISeedArt.Edition memory edition = _edition();
        edition.royaltyReceiver = address(payee);
        art = new SeedArt(edition);
        _mint();
        payee.set(Payee.Mood.Refuse);
        vm.expectRevert(abi.encodeWithSelector(SeedArt.WithdrawalFailed.selector, address(payee), PRICE));
        art.withdraw();

        payee.set(Payee.Mood.Reenter);
        vm.expectPartialRevert(SeedArt.WithdrawalFailed.selector);
        art.withdraw{gas: 3_000_000}();

        payee.set(Payee.Mood.Take);
        art.withdraw();
        assertEq(address(payee).balance, PRICE, "paid");
    }
}
