// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Consumer, GasBurner, Reentrant, ReturnBomb} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

/// @notice Consumers that call back, burn their gas or return too much, at every level; `Callback.t.sol` has the same for
/// level Attested.
contract ReentrancyTest is HubTest {
    uint32 internal constant PLENTY = 3_000_000;

    Reentrant internal reentrant;
    bytes32 internal requestId;
    bytes internal right;

    function setUp() public override {
        super.setUp();
        reentrant = new Reentrant(hub);
        right = _right(INPUT);
    }

    /// @dev Everything that could end, raise or pay this request once more.
    function _plan(Answer memory answer) internal {
        reentrant.plan(abi.encodeCall(hub.deliver, (requestId, right)));
        reentrant.plan(abi.encodeCall(hub.expire, (requestId)));
        reentrant.plan(abi.encodeCall(hub.execute, (requestId, INPUT)));
        reentrant.plan(abi.encodeCall(hub.finalise, (requestId, right)));
        reentrant.plan(abi.encodeCall(hub.commit, (requestId, bytes32(0))));
        reentrant.plan(abi.encodeCall(hub.reveal, (requestId, right, CONTENT, SALT)));
        reentrant.plan(abi.encodeCall(hub.challengeOutput, (requestId, INPUT, right)));
        reentrant.plan(abi.encodeCall(hub.withdraw, (address(reentrant))));
        reentrant.plan(abi.encodeCall(hub.voidProposal, (requestId, 0)));
        reentrant.plan(abi.encodeCall(hub.reclaimDeposit, (requestId, 0)));
        // Sending the same answer again is allowed, and changes nothing.
        reentrant.plan(abi.encodeCall(hub.propose, (answer.receipt, right, answer.signature)));
    }

    function _assertOnce(uint256 balance, string memory message) internal view {
        assertEq(reentrant.calls(), 1, string.concat(message, ": called once"));
        for (uint256 i = 0; i < 10; ++i) {
            assertFalse(reentrant.succeeded(i), string.concat(message, ": refused"));
        }
        assertEq(address(hub).balance, balance, string.concat(message, ": nothing is paid"));
        _assertDelivered(requestId, true, message);
    }

    function _askReentrant(IInferenceHub.Assurance level) internal {
        requestId = reentrant.askAt{value: FEE}(tensorId, INPUT, level, PLENTY, _deadline());
        Answer memory answer = _answer(requestId, right);
        answer.receipt.contentHash = level == IInferenceHub.Assurance.Quorum
            ? CONTENT
            : level == IInferenceHub.Assurance.Executed ? bytes32(0) : answer.receipt.contentHash;
        _plan(answer);
    }

    function test_aQuorumsAnswerIsSettledOnce() public {
        _askReentrant(IInferenceHub.Assurance.Quorum);
        _agree(requestId, right);
        _assertOnce(10 ether + FEE, "quorum");
        uint256 paid;
        for (uint256 i = 0; i < operators.length; ++i) {
            paid += hub.claimableBy(operators[i]);
        }
        assertEq(paid, FEE, "one fee in all");
    }

    function test_anOptimisticAnswerIsSettledOnce() public {
        _askReentrant(IInferenceHub.Assurance.Optimistic);
        _propose(requestId, right);
        _passWindow();
        hub.finalise(requestId, right);
        _assertOnce(10 ether + FEE, "optimistic");
        assertEq(hub.claimableBy(ATTESTER), FEE, "one fee");
        _assertStake(OPERATOR, 10 ether, 0, "the bond is freed once");
    }

    function test_anExecutedAnswerIsSettledOnce() public {
        _askReentrant(IInferenceHub.Assurance.Executed);
        hub.execute(requestId, INPUT);
        _assertOnce(10 ether + FEE, "executed");
        assertEq(hub.claimableBy(address(this)), FEE, "one fee");
    }

    /// A consumer may raise its answer while it is told of it; a later failure of the same callback undoes that as well.
    function test_aConsumerMayRaiseWhileItIsCalledBack() public {
        requestId = reentrant.ask(tensorId, INPUT, PLENTY, _deadline());
        reentrant.plan(abi.encodeCall(hub.raise, (requestId, IInferenceHub.Assurance.Executed, _deadline())));
        reentrant.plan(abi.encodeCall(hub.execute, (requestId, INPUT)));
        reentrant.plan(abi.encodeCall(hub.deliver, (requestId, right)));
        _fulfil(_answer(requestId, right));
        assertTrue(reentrant.succeeded(0) && reentrant.succeeded(1), "raised and executed");
        assertFalse(reentrant.succeeded(2), "but not delivered twice");
        _assertLevel(requestId, IInferenceHub.Assurance.Executed, "level");
        _assertDelivered(requestId, true, "delivered");
    }

    function test_aConsumerThatRaisesAndThenFailsHasNotRaised() public {
        RaiserThatFails fickle = new RaiserThatFails(hub);
        requestId = fickle.ask(tensorId, INPUT, PLENTY, _deadline());
        _fulfil(_answer(requestId, right));
        _assertDelivered(requestId, false, "kept");
        _assertLevel(requestId, IInferenceHub.Assurance.Attested, "level");
        (IInferenceHub.Request memory request,) = hub.requestOf(requestId);
        assertEq(uint256(request.level), uint256(IInferenceHub.Assurance.Attested), "nothing is awaited");
        _raise(requestId, IInferenceHub.Assurance.Executed);
        hub.execute(requestId, INPUT);
        _assertLevel(requestId, IInferenceHub.Assurance.Executed, "raised later");
    }

    /* GRIEFERS */

    function test_aBurningConsumerHoldsUpNoLevel() public {
        _assertHeldUpByNobody(new GasBurner(hub), false);
    }

    function test_aReturnBombHoldsUpNoLevel() public {
        _assertHeldUpByNobody(new ReturnBomb(hub, false), true);
    }

    function test_aRevertBombHoldsUpNoLevel() public {
        _assertHeldUpByNobody(new ReturnBomb(hub, true), false);
    }

    function _assertHeldUpByNobody(Consumer griefer, bool delivered) internal {
        uint32 callbackGas = 1_000_000;
        uint256 most = uint256(callbackGas) + 450_000;
        requestId = griefer.askAt{value: FEE}(tensorId, INPUT, IInferenceHub.Assurance.Quorum, callbackGas, _deadline());
        _commitAll(requestId, right);
        _reveal(requestId, 0, right);
        _reveal(requestId, 1, right);
        uint256 before = gasleft();
        _reveal(requestId, 2, right);
        assertLt(before - gasleft(), most, "quorum: gas used");
        _assertDelivered(requestId, delivered, "quorum");

        requestId =
            griefer.askAt{value: FEE}(tensorId, INPUT, IInferenceHub.Assurance.Optimistic, callbackGas, _deadline());
        _propose(requestId, right);
        _passWindow();
        before = gasleft();
        hub.finalise(requestId, right);
        assertLt(before - gasleft(), most, "optimistic: gas used");
        _assertDelivered(requestId, delivered, "optimistic");

        requestId =
            griefer.askAt{value: FEE}(tensorId, INPUT, IInferenceHub.Assurance.Executed, callbackGas, _deadline());
        before = gasleft();
        hub.execute(requestId, INPUT);
        assertLt(before - gasleft(), most, "executed: gas used");
        _assertDelivered(requestId, delivered, "executed");
    }
}

/// @notice A consumer that raises its answer and then fails.
contract RaiserThatFails is Consumer {
    constructor(IInferenceHub hub) Consumer(hub) {}

    function onInference(bytes32 id, bytes calldata, bytes32, IInferenceHub.Assurance) external override {
        HUB.raise(id, IInferenceHub.Assurance.Executed, uint64(block.timestamp + 1));
        revert("changed my mind");
    }
}
