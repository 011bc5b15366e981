// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {OraAdapter} from "../../src/adapters/OraAdapter.sol";
import {ICredits} from "../../src/adapters/interfaces/ICredits.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {PromptConsumer} from "./consumers/OraConsumers.sol";

/// @notice What is sent for a request goes to the hub, and comes back to who sent it if no answer comes.
contract CreditsTest is AdapterTest {
    OraAdapter internal oracle;
    PromptConsumer internal consumer;

    function setUp() public override {
        super.setUp();
        oracle = new OraAdapter(hub, ATTESTED, LIFETIME);
        consumer = new PromptConsumer(oracle);
        consumer.setCallbackGasLimit(uint256(modelId), 1_000_000);
    }

    function _ask(address account, uint256 value) internal returns (bytes32) {
        vm.prank(account);
        return bytes32(oracle.requestCallback{value: value}(uint256(modelId), INPUT, address(0), 0, ""));
    }

    function _late() internal {
        vm.warp(START_TIME + LIFETIME + 1);
    }

    function test_AllThatIsSentGoesToTheHub(uint256 value) public {
        value = bound(value, FEE, 50 ether);
        bytes32 requestId = _ask(ALICE, value);
        assertEq(address(hub).balance, value, "the hub has it");
        (, uint256 fee) = oracle.askOf(requestId);
        assertEq(fee, value, "and the adapter knows");
        assertEq(oracle.creditOf(ALICE), 0, "nothing is left over");
    }

    function test_AnUnansweredRequestsFeeIsPaidBackExactly(uint256 value) public {
        value = bound(value, FEE, 50 ether);
        bytes32 requestId = _ask(ALICE, value);
        _late();
        vm.expectEmit(address(oracle));
        emit IHubAdapter.RequestRefunded(requestId, value);
        vm.expectEmit(address(oracle));
        emit ICredits.CreditChanged(ALICE, value);
        vm.prank(STRANGER);
        oracle.expire(requestId);

        vm.prank(ALICE);
        oracle.withdrawCredit(payable(ALICE));
        assertEq(ALICE.balance, 100 ether, "to the wei");
        assertEq(address(oracle).balance, 0, "nothing stays here");
        assertEq(address(hub).balance, 0, "or there");
    }

    function test_EachGetsItsOwnBack(uint256 first, uint256 second) public {
        first = bound(first, FEE, 50 ether);
        second = bound(second, FEE, 50 ether);
        bytes32 a = _ask(ALICE, first);
        bytes32 b = _ask(BOB, second);
        _late();
        hub.expire(a);
        oracle.expire(b);
        assertEq(oracle.creditOf(BOB), second, "Bob has his");
        assertEq(oracle.creditOf(ALICE), 0, "Alice's waits");
        oracle.expire(a);
        assertEq(oracle.creditOf(ALICE), first, "for her");
        assertEq(address(oracle).balance, first + second, "and the ether is there");
    }

    function test_ACreditPaysForTheNextRequest() public {
        oracle.fund{value: 3 * FEE}(ALICE);
        _ask(ALICE, 0);
        assertEq(oracle.creditOf(ALICE), 2 * FEE, "a fee less");
        _ask(ALICE, FEE / 4);
        assertEq(oracle.creditOf(ALICE), 5 * FEE / 4, "what was lacking less");
        _ask(ALICE, FEE);
        assertEq(oracle.creditOf(ALICE), 5 * FEE / 4, "nothing was lacking");
    }

    /// @dev A consumer that was written for ORA takes no ether back and knows no `withdrawCredit`.
    function test_AConsumersRefundPaysForItsNextQuestion() public {
        vm.prank(ALICE);
        uint256 requestId = consumer.calculateAIResult{value: FEE}(uint256(modelId), "first", "");
        _late();
        oracle.expire(bytes32(requestId));
        assertEq(oracle.creditOf(address(consumer)), FEE, "the consumer has the credit");

        vm.prank(BOB);
        requestId = consumer.calculateAIResult(uint256(modelId), "second", "");
        assertEq(oracle.creditOf(address(consumer)), 0, "and has spent it");
        assertTrue(_settle(bytes32(requestId), hex"01"), "on an answer");
    }

    function test_NobodySpendsAnothersCredit() public {
        oracle.fund{value: FEE}(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ICredits.FeeTooLow.selector, 0, FEE));
        this.ask(BOB, 0);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(ICredits.NoCredit.selector, BOB));
        oracle.withdrawCredit(payable(BOB));
    }

    function ask(address account, uint256 value) external returns (bytes32) {
        return _ask(account, value);
    }

    function test_AReceiverThatRefusesLosesNothing() public {
        oracle.fund{value: FEE}(ALICE);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ICredits.PaymentFailed.selector, address(consumer), FEE));
        oracle.withdrawCredit(payable(address(consumer)));
        assertEq(oracle.creditOf(ALICE), FEE, "the credit stays");
    }

    function test_AReentrantReceiverIsPaidOnce() public {
        GreedyAccount greedy = new GreedyAccount(oracle);
        oracle.fund{value: FEE}(address(greedy));
        oracle.fund{value: 10 * FEE}(ALICE);
        greedy.take();
        assertEq(address(greedy).balance, FEE, "its own");
        assertEq(address(oracle).balance, 10 * FEE, "Alice's is untouched");
    }

    function test_OnlyTheHubSendsEtherWithoutWords(address sender) public {
        vm.assume(sender != address(hub));
        vm.deal(sender, 1 ether);
        vm.prank(sender);
        (bool ok,) = address(oracle).call{value: 1}("");
        assertFalse(ok, "refused");
    }

    function test_AnAnsweredOrOpenRequestIsNotRefunded() public {
        bytes32 open = _ask(ALICE, FEE);
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotExpired.selector, open, IInferenceHub.Status.Open));
        oracle.expire(open);
        _settle(open, hex"01");
        _late();
        _expectNotAsked(open, IHubAdapter.Stage.Answered);
        oracle.expire(open);
    }
}

/// @notice An account that asks for its credit again while it is paid.
contract GreedyAccount {
    OraAdapter private immutable ORACLE;

    constructor(OraAdapter oracle) {
        ORACLE = oracle;
    }

    function take() external {
        ORACLE.withdrawCredit(payable(address(this)));
    }

    receive() external payable {
        try ORACLE.withdrawCredit(payable(address(this))) {} catch {}
    }
}
