// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract ExpireTest is HubTest {
    bytes32 internal requestId;
    uint64 internal deadline;

    function setUp() public override {
        super.setUp();
        requestId = _ask(consumer);
        deadline = _deadline();
    }

    function testFuzz_anyoneClosesARequestAfterItsDeadline(address sender) public {
        vm.warp(deadline + 1);
        _assertStatus(requestId, IInferenceHub.Status.Expired, "expired by the clock alone");
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceExpired(requestId);
        vm.prank(sender);
        hub.expire(requestId);
        _assertStatus(requestId, IInferenceHub.Status.Expired, "and closed");
    }

    function testFuzz_notBefore(uint256 time) public {
        vm.warp(bound(time, START_TIME, deadline));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotYetExpired.selector, requestId, deadline));
        hub.expire(requestId);
    }

    function test_notTwice() public {
        vm.warp(deadline + 1);
        hub.expire(requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        hub.expire(requestId);
    }

    function test_notAfterAnAnswer() public {
        _fulfil(_answer(requestId, OUTPUT));
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        hub.expire(requestId);
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
    }

    function test_aClosedRequestTakesNoAnswerEvenIfTheClockIsSetBack() public {
        vm.warp(deadline + 1);
        hub.expire(requestId);
        vm.warp(START_TIME);
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        _fulfil(answer);
    }

    function testFuzz_notAnUnknownRequest(bytes32 unknown) public {
        vm.assume(unknown != requestId);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, unknown));
        hub.expire(unknown);
    }
}
