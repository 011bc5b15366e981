// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IFunctionsRouter} from "../../src/interfaces/external/IFunctionsRouter.sol";
import {FunctionsHouse} from "./FunctionsHouse.sol";
import {BurningClient, KeepingClient, MoodyClient} from "./consumers/FunctionsConsumers.sol";

/// @notice A Functions client whose request finds no answer is told so, and its subscription gets the fee back.
contract FunctionsExpireTest is FunctionsHouse {
    function setUp() public override {
        super.setUp();
        _open();
    }

    function _late() internal {
        vm.warp(START_TIME + LIFETIME + 1);
    }

    function _balance() internal view returns (uint256 balance) {
        (, balance) = router.subscriptionOf(subscriptionId);
    }

    function test_AnyoneMayTellAClientThatNoAnswerCame() public {
        bytes32 requestId = _ask(client);
        _late();
        vm.expectEmit(address(router));
        emit IHubAdapter.RequestRefunded(requestId, FEE);
        vm.expectEmit(address(router));
        emit IFunctionsRouter.RequestProcessed(
            requestId,
            subscriptionId,
            0,
            STRANGER,
            IFunctionsRouter.FulfillResult.FULFILLED,
            "",
            "no answer in time",
            ""
        );
        vm.prank(STRANGER);
        router.expire(requestId);

        assertEq(client.calls(), 1, "the client is told");
        assertEq(client.err(), "no answer in time", "what is wrong");
        assertEq(client.response(), "", "and no response");
        assertEq(_balance(), 1 ether, "the subscription has its fee back");
        assertEq(address(router).balance, 1 ether, "and the adapter the ether for it");
    }

    function test_ItWorksTheSameAfterTheHubWasAskedToExpire() public {
        bytes32 requestId = _ask(client);
        _late();
        hub.expire(requestId);
        router.expire(requestId);
        assertEq(client.err(), "no answer in time", "the client is told");
        assertEq(_balance(), 1 ether, "the fee is back");
    }

    function test_AnOpenRequestDoesNotExpire(uint256 wait) public {
        bytes32 requestId = _ask(client);
        vm.warp(START_TIME + bound(wait, 0, LIFETIME));
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotExpired.selector, requestId, IInferenceHub.Status.Open));
        router.expire(requestId);
    }

    function test_AnAnsweredRequestDoesNotExpire() public {
        bytes32 requestId = _ask(client);
        _settle(requestId, hex"01");
        _late();
        _expectNotAsked(requestId, IHubAdapter.Stage.Answered);
        router.expire(requestId);
    }

    function test_ARequestExpiresOnce() public {
        bytes32 requestId = _ask(client);
        _late();
        router.expire(requestId);
        _expectNotAsked(requestId, IHubAdapter.Stage.Expired);
        router.expire(requestId);
        assertEq(_balance(), 1 ether, "the fee is back once");
    }

    function test_AnAnswerAfterExpiryIsRefused() public {
        bytes32 requestId = _ask(client);
        _late();
        router.expire(requestId);
        vm.prank(address(hub));
        _expectNotAsked(requestId, IHubAdapter.Stage.Expired);
        router.onInference(requestId, hex"01", 0, ATTESTED);
    }

    function test_AnUnknownRequestDoesNotExpire(bytes32 requestId) public {
        _expectNotAsked(requestId, IHubAdapter.Stage.Unknown);
        router.expire(requestId);
    }

    function test_AClientThatFailsDoesNotHoldUpTheRefund() public {
        MoodyClient moody = new MoodyClient(address(router));
        BurningClient burning = new BurningClient(address(router));
        _add(address(moody));
        _add(address(burning));
        bytes32 first = _ask(moody);
        bytes32 second = _ask(burning);
        _late();
        router.expire(first);
        router.expire(second);
        assertEq(_balance(), 1 ether, "both fees are back");
        _assertStage(router, first, IHubAdapter.Stage.Expired, "the first is closed");
        _assertStage(router, second, IHubAdapter.Stage.Expired, "and the second");
    }

    function test_NobodyCanStarveAClientOfItsGas(uint256 gasLimit) public {
        bytes32 requestId = _ask(client);
        _late();
        gasLimit = bound(gasLimit, 30_000, 600_000);
        try router.expire{gas: gasLimit}(requestId) {
            assertEq(client.calls(), 1, "who pays enough has the client told");
        } catch {
            assertEq(client.calls(), 0, "who doesn't changes nothing");
            assertEq(_balance(), 1 ether - FEE, "not even the balance");
            _assertStage(router, requestId, IHubAdapter.Stage.Asked, "or the stage");
        }
    }

    function test_SeveralRefundsComeInAnyOrder(uint256 seed) public {
        uint256 count = bound(seed, 2, 6);
        bytes32[] memory ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = _ask(client);
        }
        _late();
        for (uint256 i = 0; i < count; ++i) {
            if ((seed >> (8 + i)) & 1 == 1) hub.expire(ids[i]);
        }
        uint256 start = seed % count;
        for (uint256 i = 0; i < count; ++i) {
            router.expire(ids[(start + i) % count]);
        }
        assertEq(_balance(), 1 ether, "every fee is back");
        assertEq(address(router).balance, 1 ether, "in ether");
        assertEq(client.calls(), count, "and every request told");
    }

    function test_AFeeThatComesBackAfterAWithdrawalIsTheOwners() public {
        bytes32 requestId = _ask(client);
        vm.prank(ALICE);
        router.withdrawSubscription(subscriptionId, payable(BOB));
        assertEq(BOB.balance, 101 ether - FEE, "all that was there");
        _late();
        router.expire(requestId);
        vm.prank(ALICE);
        router.withdrawSubscription(subscriptionId, payable(BOB));
        assertEq(BOB.balance, 101 ether, "and the rest later");
        assertEq(address(router).balance, 0, "nothing stays");
    }

    function test_AFreeModelsRequestExpiresToo() public {
        vm.prank(PUBLISHER);
        hub.setFee(modelId, ATTESTED, 0);
        bytes32 requestId = _ask(client);
        _late();
        router.expire(requestId);
        assertEq(client.err(), "no answer in time", "the client is told");
        assertEq(_balance(), 1 ether, "and nothing is paid");
    }
}
