// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IFunctionsAdapter} from "../../src/adapters/interfaces/IFunctionsAdapter.sol";
import {IFunctionsRouter} from "../../src/interfaces/external/IFunctionsRouter.sol";
import {FunctionsHouse} from "./FunctionsHouse.sol";

/// @notice Who pays for a Functions request, and who may make one.
contract SubscriptionsTest is FunctionsHouse {
    function _ask() internal returns (bytes32) {
        return client.askRaw(INPUT, subscriptionId, 100_000, modelId);
    }

    function test_ASubscriptionBelongsToWhoMadeIt() public {
        (address owner, uint96 balance) = router.subscriptionOf(subscriptionId);
        assertEq(owner, ALICE, "owner");
        assertEq(balance, 0, "empty");
        vm.prank(BOB);
        assertEq(router.createSubscription(), subscriptionId + 1, "the next has the next number");
    }

    function test_OnlyItsOwnerChangesIt(address sender) public {
        vm.assume(sender != ALICE);
        vm.startPrank(sender);
        vm.expectRevert(IFunctionsRouter.MustBeSubscriptionOwner.selector);
        router.addConsumer(subscriptionId, address(client));
        vm.expectRevert(IFunctionsRouter.MustBeSubscriptionOwner.selector);
        router.removeConsumer(subscriptionId, address(client));
        vm.expectRevert(IFunctionsRouter.MustBeSubscriptionOwner.selector);
        router.withdrawSubscription(subscriptionId, payable(sender));
        vm.stopPrank();
    }

    function test_NothingCanBeDoneToASubscriptionThatIsNot(uint64 unknown) public {
        vm.assume(unknown != subscriptionId);
        vm.startPrank(ALICE);
        vm.expectRevert(IFunctionsRouter.InvalidSubscription.selector);
        router.addConsumer(unknown, address(client));
        vm.expectRevert(IFunctionsRouter.InvalidSubscription.selector);
        router.withdrawSubscription(unknown, payable(ALICE));
        vm.expectRevert(IFunctionsRouter.InvalidSubscription.selector);
        router.fundSubscription{value: 1}(unknown);
        vm.expectRevert(IFunctionsRouter.InvalidSubscription.selector);
        client.askRaw(INPUT, unknown, 100_000, modelId);
        vm.stopPrank();
    }

    function test_OnlyAConsumerAsksOnItsAccount() public {
        router.fundSubscription{value: 1 ether}(subscriptionId);
        vm.expectRevert(IFunctionsRouter.InvalidConsumer.selector);
        _ask();

        vm.prank(ALICE);
        router.addConsumer(subscriptionId, address(client));
        _ask();

        vm.prank(ALICE);
        router.removeConsumer(subscriptionId, address(client));
        vm.expectRevert(IFunctionsRouter.InvalidConsumer.selector);
        _ask();
    }

    function test_AnEmptySubscriptionPaysForNothing(uint96 funds) public {
        funds = uint96(bound(funds, 0, FEE - 1));
        vm.startPrank(ALICE);
        router.addConsumer(subscriptionId, address(client));
        router.fundSubscription{value: funds}(subscriptionId);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IFunctionsRouter.InsufficientBalance.selector, funds));
        _ask();
    }

    function test_ARequestCostsExactlyTheModelsFee(uint96 funds) public {
        funds = uint96(bound(funds, FEE, 50 ether));
        vm.startPrank(ALICE);
        router.addConsumer(subscriptionId, address(client));
        router.fundSubscription{value: funds}(subscriptionId);
        vm.stopPrank();
        _ask();
        (, uint96 balance) = router.subscriptionOf(subscriptionId);
        assertEq(balance, funds - FEE, "the fee, no more");
        assertEq(address(hub).balance, FEE, "is the hub's to keep");
        assertEq(address(router).balance, balance, "the rest is here");
    }

    function test_AReceiverThatRefusesLosesNothing() public {
        router.fundSubscription{value: 1 ether}(subscriptionId);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IFunctionsAdapter.PaymentFailed.selector, address(client), 1 ether));
        router.withdrawSubscription(subscriptionId, payable(address(client)));
        (, uint96 balance) = router.subscriptionOf(subscriptionId);
        assertEq(balance, 1 ether, "the balance stays");
    }

    function test_StrayEtherIsRefused(address sender) public {
        vm.assume(sender != address(hub));
        vm.deal(sender, 1 ether);
        vm.prank(sender);
        (bool ok,) = address(router).call{value: 1 ether}("");
        assertFalse(ok, "only the hub sends ether without words");
    }
}
