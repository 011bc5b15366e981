// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract StakeTest is HubTest {
    function testFuzz_stakesAddUp(uint80 first, uint80 second) public {
        vm.deal(STRANGER, uint256(first) + second);
        vm.startPrank(STRANGER);
        hub.stake{value: first}();
        vm.expectEmit(address(hub));
        emit IInferenceHub.StakeChanged(STRANGER, uint256(first) + second, 0);
        hub.stake{value: second}();
        _assertStake(STRANGER, uint256(first) + second, 0, "stake");
    }

    function testFuzz_freeStakeIsTakenBackByWayOfClaims(uint256 amount) public {
        amount = bound(amount, 1, 10 ether);
        vm.startPrank(OPERATOR);
        vm.expectEmit(address(hub));
        emit IInferenceHub.StakeChanged(OPERATOR, 10 ether - amount, 0);
        hub.unstake(amount);
        assertEq(hub.claimableBy(OPERATOR), amount, "claimable");
        _assertStake(OPERATOR, 10 ether - amount, 0, "the rest");
        hub.withdraw(STRANGER);
        assertEq(STRANGER.balance, amount, "paid");
    }

    function testFuzz_moreThanIsFreeIsNotTakenBack(uint256 amount) public {
        amount = bound(amount, 10 ether + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.StakeTooLow.selector, OPERATOR, 10 ether, amount));
        vm.prank(OPERATOR);
        hub.unstake(amount);
    }

    /// A bond can't be pulled out before it is slashed.
    function test_lockedStakeStays() public {
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Optimistic);
        _propose(requestId, OUTPUT);
        _assertStake(OPERATOR, 10 ether - BOND, BOND, "bonded");
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.StakeTooLow.selector, OPERATOR, 10 ether - BOND, 10 ether));
        hub.unstake(10 ether);
        hub.unstake(10 ether - BOND);
        vm.stopPrank();

        vm.prank(WATCHER);
        hub.challengeOutput(requestId, INPUT, OUTPUT);
        _assertStake(OPERATOR, 0, 0, "slashed all the same");
        assertEq(hub.claimableBy(WATCHER), BOND / 2, "the challenger's half");
    }

    function test_aProposalNeedsFreeStakeForItsBond() public {
        vm.prank(OPERATOR);
        hub.unstake(10 ether - BOND + 1);
        Answer memory answer = _answer(_askAt(IInferenceHub.Assurance.Optimistic), OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.StakeTooLow.selector, OPERATOR, BOND - 1, BOND));
        _propose(answer);
    }

    function test_oneStakeCoversSeveralBondsOnlyIfItIsEnough() public {
        for (uint256 i = 1; i <= 10; ++i) {
            _propose(_askAt(IInferenceHub.Assurance.Optimistic), OUTPUT);
            _assertStake(OPERATOR, 10 ether - i * BOND, i * BOND, "bonded");
        }
        Answer memory answer = _answer(_askAt(IInferenceHub.Assurance.Optimistic), OUTPUT);
        vm.expectPartialRevert(IInferenceHub.StakeTooLow.selector);
        _propose(answer);
    }
}
