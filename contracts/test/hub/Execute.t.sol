// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {HubTest} from "./HubTest.sol";

contract ExecuteTest is HubTest {
    function testFuzz_theContractAnswersItself(bytes calldata input, uint256 length, address sender) public {
        vm.assume(input.length != 0 && input.length <= 1_024 && input[0] != 0xff);
        vm.assume(sender != address(0));
        stub.setOutput(bound(length, 1, 256), 0);
        bytes32 requestId =
            consumer.askAt{value: FEE}(tensorId, input, IInferenceHub.Assurance.Executed, CALLBACK_GAS, _deadline());
        bytes memory output = _right(input);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceAnswered(requestId, sender, keccak256(output), 0, true);
        vm.prank(sender);
        hub.execute(requestId, input);

        assertEq(consumer.output(), output, "output");
        assertEq(uint256(consumer.level()), uint256(IInferenceHub.Assurance.Executed), "the level that it is told");
        _assertLevel(requestId, IInferenceHub.Assurance.Executed, "level");
        assertEq(hub.claimableBy(sender), FEE, "fee");
        (, bytes memory signature,) = hub.receiptOf(requestId);
        assertEq(signature.length, 0, "no key's signature");
    }

    function testFuzz_onlyTheInputThatWasAsked(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(INPUT));
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Executed);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.InputMismatch.selector, keccak256(INPUT), keccak256(other))
        );
        hub.execute(requestId, other);
    }

    function test_notTwice() public {
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Executed);
        hub.execute(requestId, INPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId));
        hub.execute(requestId, INPUT);
    }

    function testFuzz_notAfterTheDeadline(uint256 late) public {
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Executed);
        uint64 deadline = _deadline();
        vm.warp(bound(late, uint256(deadline) + 1, deadline + 30 days));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.RequestExpired.selector, requestId, deadline));
        hub.execute(requestId, INPUT);
    }

    /// What the model refuses can't be answered; the fee comes back by the deadline.
    function test_anInputThatTheModelRefusesIsRefunded() public {
        bytes32 requestId =
            consumer.askAt{value: FEE}(tensorId, hex"ff", IInferenceHub.Assurance.Executed, CALLBACK_GAS, _deadline());
        vm.expectPartialRevert(IExecutor.InputOutOfRange.selector);
        hub.execute(requestId, hex"ff");
        vm.warp(_deadline() + 1);
        hub.expire(requestId);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function test_anOutputThatIsTooLongIsRefused() public {
        stub.setOutput(hub.MAX_OUTPUT() + 1, 0);
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Executed);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.OutputTooLong.selector, hub.MAX_OUTPUT() + 1));
        hub.execute(requestId, INPUT);
    }

    /// Too little gas undoes the whole: neither the run nor the consumer can be starved.
    function testFuzz_anExecutionCannotBeStarved(uint256 gasGiven, uint256 work) public {
        stub.setOutput(32, bound(work, 0, 1_000));
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Executed);
        try hub.execute{gas: bound(gasGiven, 30_000, 1_500_000)}(requestId, INPUT) {
            _assertDelivered(requestId, true, "taken means delivered");
        } catch {
            _assertStatus(requestId, IInferenceHub.Status.Open, "undone means still open");
        }
    }
}
