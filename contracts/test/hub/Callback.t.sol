// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Consumer, GasBurner, MoodyConsumer, Reentrant, ReturnBomb} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

/// @notice Consumers that fail, burn gas, return too much or call back; and senders who give too little gas.
contract CallbackTest is HubTest {
    /// Whatever gas a sender gives, an honest consumer is either served or the transaction undone: never skipped.
    function testFuzz_aSenderCannotStarveTheConsumer(uint256 gasGiven) public {
        gasGiven = bound(gasGiven, 30_000, 1_500_000);
        bytes32 requestId = _ask(consumer);
        Answer memory answer = _answer(requestId, OUTPUT);
        try hub.fulfil{gas: gasGiven}(answer.receipt, answer.output, answer.signature) {
            _assertDelivered(requestId, true, "taken means delivered");
        } catch {
            _assertStatus(requestId, IInferenceHub.Status.Open, "undone means still open");
        }
    }

    function test_tooLittleGasIsSaidSo() public {
        Answer memory answer = _answer(_ask(consumer), OUTPUT);
        vm.expectPartialRevert(IInferenceHub.TooLittleGas.selector);
        hub.fulfil{gas: CALLBACK_GAS + 50_000}(answer.receipt, answer.output, answer.signature);
    }

    function test_aRevertingConsumerLosesNothing() public {
        MoodyConsumer moody = new MoodyConsumer(hub);
        bytes32 requestId = _ask(moody);
        Answer memory answer = _answer(requestId, OUTPUT);
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceAnswered(
            requestId, ATTESTER, answer.receipt.outputHash, answer.receipt.contentHash, false
        );
        _fulfil(answer);
        _assertStatus(requestId, IInferenceHub.Status.Answered, "status");
        _assertDelivered(requestId, false, "kept");

        moody.mend();
        hub.deliver(requestId, OUTPUT);
        assertEq(moody.output(), OUTPUT, "output");
    }

    function test_aBurningConsumerBurnsOnlyItsOwn() public {
        GasBurner burner = new GasBurner(hub);
        bytes32 requestId = _ask(burner);
        Answer memory answer = _answer(requestId, OUTPUT);
        uint256 before = gasleft();
        _fulfil(answer);
        assertLt(before - gasleft(), uint256(CALLBACK_GAS) + 250_000, "gas used");
        _assertDelivered(requestId, false, "kept");
    }

    function testFuzz_aReturnBombIsNotRead(bool reverting) public {
        ReturnBomb bomb = new ReturnBomb(hub, reverting);
        bytes32 requestId = bomb.ask(modelId, INPUT, 1_000_000, _deadline());
        Answer memory answer = _answer(requestId, OUTPUT);
        uint256 before = gasleft();
        _fulfil(answer);
        // The bomb pays for its own memory (500,000 bytes: some 526,000 gas); copying it would cost the same again.
        assertLt(before - gasleft(), 800_000, "gas used");
        _assertDelivered(requestId, !reverting, "delivered unless it reverts");
    }

    function test_aConsumerWithoutCodeIsNotCalledAndTheAnswerIsKept() public {
        vm.prank(STRANGER);
        bytes32 requestId = hub.request(modelId, INPUT, IInferenceHub.Assurance.Attested, CALLBACK_GAS, _deadline());
        _fulfil(_answer(requestId, OUTPUT));
        _assertDelivered(requestId, false, "kept");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.DeliveryFailed.selector, requestId));
        hub.deliver(requestId, OUTPUT);
    }

    function test_aReentrantConsumerIsServedOnce() public {
        Reentrant reentrant = new Reentrant(hub);
        bytes32 requestId = reentrant.ask(modelId, INPUT, 2_000_000, _deadline());
        Answer memory answer = _answer(requestId, OUTPUT);
        Answer memory other = _answer(requestId, "another");
        reentrant.plan(abi.encodeCall(hub.fulfil, (answer.receipt, answer.output, answer.signature)));
        reentrant.plan(abi.encodeCall(hub.fulfil, (other.receipt, other.output, other.signature)));
        reentrant.plan(abi.encodeCall(hub.deliver, (requestId, OUTPUT)));
        reentrant.plan(abi.encodeCall(hub.expire, (requestId)));
        reentrant.plan(abi.encodeCall(hub.request, (modelId, INPUT, IInferenceHub.Assurance.Attested, 0, _deadline())));
        _fulfil(answer);

        assertEq(reentrant.calls(), 1, "called once");
        assertTrue(reentrant.succeeded(0), "the same answer is taken silently");
        assertFalse(reentrant.succeeded(1), "another answer");
        assertEq(
            reentrant.answers(1),
            abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId),
            "another answer's error"
        );
        assertEq(
            reentrant.answers(2),
            abi.encodeWithSelector(IInferenceHub.AlreadyDelivered.selector, requestId),
            "delivery's error"
        );
        assertEq(
            reentrant.answers(3),
            abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, requestId),
            "expiry's error"
        );
        assertTrue(reentrant.succeeded(4), "a further request is fine");
        _assertDelivered(requestId, true, "delivered");
    }

    function test_theCallbackGetsAtLeastWhatItWasPromised() public {
        GasMeter meter = new GasMeter(hub);
        bytes32 requestId = _ask(meter);
        Answer memory answer = _answer(requestId, OUTPUT);
        // The least gas with which it goes through.
        (uint256 low, uint256 high) = (100_000, 2_000_000);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            uint256 snapshot = vm.snapshotState();
            try hub.fulfil{gas: middle}(answer.receipt, answer.output, answer.signature) {
                high = middle;
            } catch {
                low = middle;
            }
            vm.revertToState(snapshot);
        }
        hub.fulfil{gas: high}(answer.receipt, answer.output, answer.signature);
        // Some hundreds of gas pass before the consumer's first line.
        assertGe(meter.got() + 1_000, CALLBACK_GAS, "gas at the callback's first line");
        assertLe(meter.got(), CALLBACK_GAS, "and no more than promised");
    }
}

/// @notice A consumer that notes how much gas it was given.
contract GasMeter is Consumer {
    uint256 public got;

    constructor(IInferenceHub hub) Consumer(hub) {}

    function onInference(bytes32, bytes calldata, bytes32, IInferenceHub.Assurance) external override {
        got = gasleft();
    }
}
