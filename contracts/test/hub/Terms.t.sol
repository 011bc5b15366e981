// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";
import {HubTest} from "./HubTest.sol";

contract TermsTest is HubTest {
    function test_registryAndExecutorBelongTogether() public {
        address other = address(new StubExecutor(STRANGER));
        vm.expectRevert();
        _deployHub(other);
        assertEq(hub.registry(), address(registry), "registry");
        assertEq(hub.executor(), address(stub), "executor");
    }

    function testFuzz_aPublisherSetsFees(uint8 level, uint256 fee) public {
        IInferenceHub.Assurance set = IInferenceHub.Assurance(level % 5);
        assertEq(hub.feeOf(tensorId, set), 0, "no fee at first");
        vm.expectEmit(address(hub));
        emit IInferenceHub.FeeSet(tensorId, set, fee);
        vm.prank(PUBLISHER);
        hub.setFee(tensorId, set, fee);
        assertEq(hub.feeOf(tensorId, set), fee, "fee");
        assertEq(hub.feeOf(modelId, set), 0, "another model's fee");
    }

    function testFuzz_onlyThePublisherSetsTerms(address stranger) public {
        vm.assume(stranger != PUBLISHER);
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotPublisher.selector, tensorId));
        hub.setFee(tensorId, IInferenceHub.Assurance.Attested, 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotPublisher.selector, tensorId));
        hub.setQuorum(tensorId, _quorum(3, 2));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotPublisher.selector, tensorId));
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(1, 1));
    }

    function testFuzz_anUnknownModelHasNoTerms(bytes32 unknown) public {
        vm.assume(unknown != modelId && unknown != tensorId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown));
        hub.setFee(unknown, IInferenceHub.Assurance.Attested, 1);
        assertEq(hub.quorumOf(unknown).operators.length, 0, "operators");
        assertEq(hub.optimisticOf(unknown).bond, 0, "bond");
    }

    /* QUORUM */

    function testFuzz_aQuorumIsKeptAsItWasSet(uint256 count, uint256 threshold, uint32 commitTime, uint32 revealTime)
        public
    {
        count = bound(count, 1, hub.MAX_OPERATORS());
        threshold = bound(threshold, count / 2 + 1, count);
        IInferenceHub.QuorumTerms memory terms = _quorum(count, threshold);
        terms.commitTime = uint32(bound(commitTime, 1, hub.MAX_ROUND_TIME()));
        terms.revealTime = uint32(bound(revealTime, 1, hub.MAX_ROUND_TIME()));
        vm.expectEmit(address(hub));
        emit IInferenceHub.QuorumSet(tensorId, terms);
        _set(terms);
        assertEq(abi.encode(hub.quorumOf(tensorId)), abi.encode(terms), "terms");
    }

    function testFuzz_halfIsNoQuorum(uint256 count, uint256 threshold) public {
        count = bound(count, 1, hub.MAX_OPERATORS());
        threshold = bound(threshold, 0, count / 2);
        _assertBad(_quorum(count, threshold));
    }

    function testFuzz_moreThanAllIsNoQuorum(uint256 count, uint32 threshold) public {
        count = bound(count, 1, hub.MAX_OPERATORS());
        threshold = uint32(bound(threshold, count + 1, type(uint32).max));
        _assertBad(_quorum(count, threshold));
    }

    function test_nobodyAndTooManyAreNoQuorum() public {
        _assertBad(_quorum(0, 0));
        _assertBad(_quorum(hub.MAX_OPERATORS() + 1, hub.MAX_OPERATORS() + 1));
    }

    function testFuzz_anOperatorCountsOnce(uint256 first, uint256 second) public {
        first = bound(first, 0, 4);
        second = bound(second, 0, 4);
        vm.assume(first != second);
        IInferenceHub.QuorumTerms memory terms = _quorum(5, 3);
        terms.operators[first] = terms.operators[second];
        _assertBad(terms);
    }

    function test_timesAreOneSecondToOneDay() public {
        IInferenceHub.QuorumTerms memory terms = _quorum(3, 2);
        terms.commitTime = 0;
        _assertBad(terms);
        terms.commitTime = hub.MAX_ROUND_TIME() + 1;
        _assertBad(terms);
        terms = _quorum(3, 2);
        terms.revealTime = 0;
        _assertBad(terms);
        terms.revealTime = hub.MAX_ROUND_TIME() + 1;
        _assertBad(terms);
    }

    /// The same people can serve again in later terms.
    function test_laterTermsTakeThePlaceOfEarlierOnes() public {
        _set(_quorum(5, 3));
        _set(_quorum(3, 2));
        assertEq(hub.quorumOf(tensorId).operators.length, 3, "operators");
        assertEq(hub.quorumOf(tensorId).threshold, 2, "threshold");
    }

    /* OPTIMISTIC */

    function testFuzz_bondAndWindowAreKeptAsTheyWereSet(uint128 bond, uint64 window) public {
        bond = uint128(bound(bond, 1, type(uint88).max));
        window = uint64(bound(window, 1, hub.MAX_WINDOW()));
        IInferenceHub.OptimisticTerms memory terms = IInferenceHub.OptimisticTerms(bond, window);
        vm.expectEmit(address(hub));
        emit IInferenceHub.OptimisticSet(tensorId, terms);
        vm.prank(PUBLISHER);
        hub.setOptimistic(tensorId, terms);
        assertEq(abi.encode(hub.optimisticOf(tensorId)), abi.encode(terms), "terms");
    }

    function testFuzz_bondsAndWindowsOutOfBoundsAreRefused(uint64 window) public {
        vm.startPrank(PUBLISHER);
        vm.expectRevert(IInferenceHub.BadOptimisticTerms.selector);
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(0, 1 hours));
        vm.expectRevert(IInferenceHub.BadOptimisticTerms.selector);
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(1, 0));
        vm.expectRevert(IInferenceHub.BadOptimisticTerms.selector);
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(1 << 88, 1 hours));
        window = uint64(bound(window, hub.MAX_WINDOW() + 1, type(uint64).max));
        vm.expectRevert(IInferenceHub.BadOptimisticTerms.selector);
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(1, window));
    }

    /* EARLIER REQUESTS KEEP THEIR TERMS */

    function test_aQuorumThatIsReplacedStillAnswersWhatItWasAsked() public {
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Quorum);
        _set(_quorum(1, 1));
        address newcomer = makeAddr("member 0");
        vm.prank(newcomer);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotOperator.selector, requestId, newcomer));
        hub.commit(requestId, 0);
        _agree(requestId, OUTPUT);
        _assertLevel(requestId, IInferenceHub.Assurance.Quorum, "level");
    }

    /// A publisher can't shrink bond or window under a request.
    function test_bondAndWindowAreThoseOfTheTimeOfTheRequest() public {
        bytes32 requestId = _askAt(IInferenceHub.Assurance.Optimistic);
        vm.prank(PUBLISHER);
        hub.setOptimistic(tensorId, IInferenceHub.OptimisticTerms(1, 1));
        _propose(requestId, OUTPUT);
        IInferenceHub.Proposal memory proposal = hub.proposalOf(requestId);
        assertEq(proposal.bond, BOND, "bond");
        assertEq(proposal.finalAfter, block.timestamp + WINDOW, "window");
    }

    function _quorum(uint256 count, uint256 threshold) internal returns (IInferenceHub.QuorumTerms memory terms) {
        address[] memory members = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            members[i] = makeAddr(string.concat("member ", vm.toString(i)));
        }
        return IInferenceHub.QuorumTerms(members, uint32(threshold), COMMIT_TIME, REVEAL_TIME);
    }

    function _set(IInferenceHub.QuorumTerms memory terms) internal {
        vm.prank(PUBLISHER);
        hub.setQuorum(tensorId, terms);
    }

    function _assertBad(IInferenceHub.QuorumTerms memory terms) internal {
        vm.prank(PUBLISHER);
        vm.expectRevert(IInferenceHub.BadQuorum.selector);
        hub.setQuorum(tensorId, terms);
    }
}
