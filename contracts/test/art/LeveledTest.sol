// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";

/// @notice A chain on which the model can reach every level that a picture can have: its quorum is one operator, its
/// bond small, and it is certified.
abstract contract LeveledTest is BaseTest {
    uint128 internal constant BOND = 0.1 ether;
    uint64 internal constant WINDOW = 1 hours;
    bytes32 internal constant CONTENT = keccak256("a pinned document");
    bytes32 internal constant SALT = keccak256("salt");

    function setUp() public virtual override {
        super.setUp();
        executor.certify(modelId);
        address[] memory operators = new address[](1);
        operators[0] = OPERATOR;
        vm.startPrank(PUBLISHER);
        hub.setQuorum(modelId, IInferenceHub.QuorumTerms(operators, 1, 1 hours, 1 hours));
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(BOND, WINDOW));
        vm.stopPrank();
    }

    function deploy(ISeedArt.Edition calldata edition) external returns (SeedArt) {
        return new SeedArt(edition);
    }

    function _collectionAt(IInferenceHub.Assurance level) internal returns (SeedArt) {
        ISeedArt.Edition memory edition = _edition();
        edition.assurance = uint8(level);
        return new SeedArt(edition);
    }

    function _commit(bytes32 requestId, bytes memory output) internal {
        vm.prank(OPERATOR);
        hub.commit(requestId, keccak256(abi.encode(requestId, OPERATOR, keccak256(output), CONTENT, SALT)));
    }

    function _reveal(bytes32 requestId, bytes memory output) internal {
        vm.prank(OPERATOR);
        hub.reveal(requestId, output, CONTENT, SALT);
    }

    function _propose(Answer memory answer) internal {
        vm.deal(OPERATOR, BOND);
        vm.startPrank(OPERATOR);
        hub.stake{value: BOND}();
        hub.propose(answer.receipt, answer.output, answer.signature);
        vm.stopPrank();
    }

    /// @dev Raises an accepted answer to a quorum that contradicts it.
    function _refute(bytes32 requestId) internal {
        hub.raise(requestId, IInferenceHub.Assurance.Quorum, uint64(block.timestamp + 1 days));
        bytes memory other = _output(0x55, "what the quorum says");
        _commit(requestId, other);
        _reveal(requestId, other);
        (, IInferenceHub.Status status) = hub.requestOf(requestId);
        assertEq(uint256(status), uint256(IInferenceHub.Status.Refuted), "refuted");
    }
}
