// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {MoodyConsumer, Swallower} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

contract DeliverTest is HubTest {
    MoodyConsumer internal moody;
    bytes32 internal requestId;

    function setUp() public override {
        super.setUp();
        moody = new MoodyConsumer(hub);
        requestId = _ask(moody);
        _fulfil(_answer(requestId, OUTPUT));
    }

    function test_aKeptAnswerIsDeliveredOnceTheConsumerTakesIt() public {
        moody.mend();
        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceDelivered(requestId);
        hub.deliver(requestId, OUTPUT);

        assertEq(moody.calls(), 1, "calls");
        assertEq(moody.output(), OUTPUT, "output");
        assertEq(moody.contentHash(), sha256(OUTPUT), "content hash");
        _assertDelivered(requestId, true, "delivered");

        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyDelivered.selector, requestId));
        hub.deliver(requestId, OUTPUT);
    }

    function test_aConsumerThatFailsAgainLosesNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.DeliveryFailed.selector, requestId));
        hub.deliver(requestId, OUTPUT);
        _assertDelivered(requestId, false, "still kept");
    }

    function testFuzz_anotherOutputIsNotDelivered(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(OUTPUT));
        moody.mend();
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.OutputMismatch.selector, keccak256(OUTPUT), keccak256(other))
        );
        hub.deliver(requestId, other);
    }

    function test_deliveryOutlivesTheDeadline() public {
        vm.warp(block.timestamp + 365 days);
        moody.mend();
        hub.deliver(requestId, OUTPUT);
        _assertDelivered(requestId, true, "delivered");
    }

    function test_onlyAnAnsweredRequestCanBeDelivered() public {
        bytes32 open = _ask(consumer);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, open));
        hub.deliver(open, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, keccak256("none")));
        hub.deliver(keccak256("none"), OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, open));
        hub.receiptOf(open);
    }

    /// A consumer that catches its own failures can't be given so little gas that it fails unseen.
    function testFuzz_aDeliveryCannotBeStarved(uint256 gasGiven) public {
        gasGiven = bound(gasGiven, 30_000, 1_000_000);
        Swallower swallower = new Swallower(hub);
        bytes32 kept = _ask(swallower);
        Answer memory answer = _answer(kept, OUTPUT);
        bytes memory code = address(swallower).code;
        vm.etch(address(swallower), "");
        _fulfil(answer);
        vm.etch(address(swallower), code);

        try hub.deliver{gas: gasGiven}(kept, OUTPUT) {
            assertEq(swallower.heard(), 1, "delivered means heard");
        } catch {
            _assertDelivered(kept, false, "or still kept");
        }
    }
}
