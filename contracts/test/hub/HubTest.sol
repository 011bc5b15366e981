// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {BaseTest} from "../BaseTest.sol";
import {Consumer} from "../mocks/Consumers.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";

/// @notice What the hub's tests share: a picture model and a tensor model with all their terms, a consumer and its question,
/// and the steps of each level.
abstract contract HubTest is BaseTest {
    uint32 internal constant CALLBACK_GAS = 300_000;
    bytes internal constant INPUT = "what is it?";
    bytes internal constant OUTPUT = "copper";

    uint256 internal constant FEE = 0.01 ether;
    uint128 internal constant BOND = 1 ether;
    uint64 internal constant WINDOW = 1 hours;
    uint256 internal constant DEPOSIT = BOND / 64;
    uint32 internal constant COMMIT_TIME = 10 minutes;
    uint32 internal constant REVEAL_TIME = 20 minutes;
    uint32 internal constant THRESHOLD = 3;
    bytes32 internal constant CONTENT = keccak256("content");
    bytes32 internal constant SALT = keccak256("salt");

    address internal immutable WATCHER = makeAddr("watcher");
    address internal immutable RAISER = makeAddr("raiser");

    StubExecutor internal stub;
    Consumer internal consumer;
    /// @dev A certified tensor model; `modelId` is a certified picture model.
    bytes32 internal tensorId;
    address[] internal operators;

    function setUp() public virtual override {
        super.setUp();
        stub = new StubExecutor(address(registry));
        hub = _deployHub(address(stub));
        consumer = new Consumer(hub);
        tensorId = _tensorModel("tensor weights");
        stub.certify(modelId);
        stub.certify(tensorId);
        for (uint256 i = 0; i < 5; ++i) {
            operators.push(makeAddr(string.concat("operator ", vm.toString(i))));
        }
        _setTerms(modelId);
        _setTerms(tensorId);
        vm.deal(OPERATOR, 100 ether);
        vm.deal(WATCHER, 100 ether);
        vm.deal(RAISER, 100 ether);
        vm.deal(address(this), 100 ether);
        vm.prank(OPERATOR);
        hub.stake{value: 10 ether}();
    }

    /* MODELS */

    function _tensorModel(bytes memory canonicalForm) internal returns (bytes32) {
        IModelRegistry.Model memory model = _pictureModel(canonicalForm);
        model.task = IModelRegistry.Task.Tensor;
        return _register(model, canonicalForm);
    }

    function _setTerms(bytes32 modelId_) internal {
        vm.startPrank(PUBLISHER);
        hub.setQuorum(modelId_, IInferenceHub.QuorumTerms(operators, THRESHOLD, COMMIT_TIME, REVEAL_TIME));
        hub.setOptimistic(modelId_, IInferenceHub.OptimisticTerms(BOND, WINDOW));
        vm.stopPrank();
    }

    function _right(bytes memory input) internal view returns (bytes memory) {
        return stub.run(tensorId, input);
    }

    /* REQUESTS */

    function _deadline() internal view returns (uint64) {
        return uint64(block.timestamp + 1 days);
    }

    function _ask(Consumer asker) internal returns (bytes32) {
        return asker.ask(modelId, INPUT, CALLBACK_GAS, _deadline());
    }

    /// @dev The tensor model's question, with a fee.
    function _askAt(IInferenceHub.Assurance level) internal returns (bytes32) {
        return consumer.askAt{value: FEE}(tensorId, INPUT, level, CALLBACK_GAS, _deadline());
    }

    function _raise(bytes32 requestId, IInferenceHub.Assurance level) internal {
        vm.prank(RAISER);
        hub.raise{value: FEE}(requestId, level, _deadline());
    }

    /// @dev An attested answer to the tensor model's question.
    function _attested(bytes memory output) internal returns (bytes32 requestId) {
        requestId = _askAt(IInferenceHub.Assurance.Attested);
        _fulfil(_answer(requestId, output));
    }

    /* QUORUM */

    function _commitment(bytes32 requestId, address operator, bytes memory output) internal pure returns (bytes32) {
        return keccak256(abi.encode(requestId, operator, keccak256(output), CONTENT, SALT));
    }

    function _commit(bytes32 requestId, uint256 operator, bytes memory output) internal {
        vm.prank(operators[operator]);
        hub.commit(requestId, _commitment(requestId, operators[operator], output));
    }

    function _reveal(bytes32 requestId, uint256 operator, bytes memory output) internal {
        vm.prank(operators[operator]);
        hub.reveal(requestId, output, CONTENT, SALT);
    }

    function _commitAll(bytes32 requestId, bytes memory output) internal {
        for (uint256 i = 0; i < operators.length; ++i) {
            _commit(requestId, i, output);
        }
    }

    /// @dev All five commit, three reveal.
    function _agree(bytes32 requestId, bytes memory output) internal {
        _commitAll(requestId, output);
        for (uint256 i = 0; i < THRESHOLD; ++i) {
            _reveal(requestId, i, output);
        }
    }

    /* OPTIMISTIC */

    function _propose(bytes32 requestId, bytes memory output) internal returns (Answer memory answer) {
        answer = _answer(requestId, output);
        _propose(answer);
    }

    function _propose(Answer memory answer) internal {
        vm.prank(OPERATOR);
        hub.propose(answer.receipt, answer.output, answer.signature);
    }

    function _passWindow() internal {
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);
    }

    /* CHECKS */

    function _burnt(address operator) internal view returns (uint256 burnt) {
        (,, burnt) = hub.stakeOf(operator);
    }

    function _assertStatus(bytes32 requestId, IInferenceHub.Status expected, string memory message) internal view {
        (, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(uint256(status), uint256(expected), message);
    }

    function _assertDelivered(bytes32 requestId, bool expected, string memory message) internal view {
        (,, bool delivered) = hub.receiptOf(requestId);
        assertEq(delivered, expected, message);
    }

    function _assertLevel(bytes32 requestId, IInferenceHub.Assurance expected, string memory message) internal view {
        assertEq(uint256(hub.levelOf(requestId)), uint256(expected), message);
    }

    function _assertStake(address operator, uint256 free, uint256 locked, string memory message) internal view {
        (uint256 free_, uint256 locked_,) = hub.stakeOf(operator);
        assertEq(free_, free, string.concat(message, ": free"));
        assertEq(locked_, locked, string.concat(message, ": locked"));
    }
}
