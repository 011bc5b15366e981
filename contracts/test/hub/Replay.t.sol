// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Hub} from "../Hub.sol";
import {HubTest} from "./HubTest.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice Evidence of one place and time sent to another: receipts and commitments over chains, hubs, requests and
/// levels; signatures bent into other forms. (`Attestation.t.sol` has the same for level Attested.)
contract ReplayTest is HubTest {
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    bytes32 internal requestId;
    Answer internal answer;

    function setUp() public override {
        super.setUp();
        requestId = _askAt(IInferenceHub.Assurance.Optimistic);
        answer = _answer(requestId, OUTPUT);
    }

    function testFuzz_aReceiptIsNotProposedOnAnotherChain(uint64 chainId) public {
        chainId = uint64(bound(chainId, 1, type(uint64).max));
        vm.assume(chainId != block.chainid);
        vm.chainId(chainId);
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _propose(answer);
    }

    function test_aReceiptOfAnotherHubIsNotProposed() public {
        Hub other = _deployHub(address(stub));
        answer.signature = _sign(ATTESTER_KEY, other.receiptDigest(answer.receipt));
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _propose(answer);
    }

    function test_aReceiptIsNotProposedForAnotherRequest() public {
        answer.receipt.requestId = _askAt(IInferenceHub.Assurance.Optimistic);
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _propose(answer);
    }

    /// The same answer twice over on two requests needs two receipts, but a struck proposal's receipt can be bonded again:
    /// at the price of another bond.
    function test_aStruckReceiptCostsABondEachTime() public {
        for (uint256 i = 1; i <= 3; ++i) {
            _propose(answer);
            vm.prank(WATCHER);
            hub.challengeOutput(requestId, INPUT, OUTPUT);
            _assertStake(OPERATOR, 10 ether - i * BOND, 0, "one bond more");
        }
        assertEq(hub.claimableBy(WATCHER), 3 * (BOND / 2), "the challenger's halves");
    }

    /* MALLEABLE SIGNATURES */

    function test_theOtherHalfOfTheCurveIsNotProposed() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        bytes32 high = bytes32(ORDER - uint256(s));
        answer.signature = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        _propose(answer);
    }

    function testFuzz_aStrangeVIsNotProposed(uint8 v) public {
        vm.assume(v != 27 && v != 28);
        answer.signature[64] = bytes1(v);
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        _propose(answer);
    }

    function test_theCompactFormIsNotProposed() public {
        (bytes32 r, bytes32 vs) = vm.signCompact(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        answer.signature = abi.encodePacked(r, vs);
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
        _propose(answer);
    }

    /* COMMITMENTS */

    /// A commitment names the request, and the request's id names chain and hub.
    function test_aCommitmentDoesNotCountOnAnotherHub() public {
        Hub other = _deployHub(address(stub));
        vm.prank(PUBLISHER);
        other.setQuorum(tensorId, IInferenceHub.QuorumTerms(operators, THRESHOLD, COMMIT_TIME, REVEAL_TIME));
        bytes32 here = _askAt(IInferenceHub.Assurance.Quorum);
        bytes32 there = other.request(tensorId, INPUT, IInferenceHub.Assurance.Quorum, 0, _deadline());
        for (uint256 i = 0; i < operators.length; ++i) {
            vm.prank(operators[i]);
            other.commit(there, _commitment(here, operators[i], OUTPUT));
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadReveal.selector, there, operators[0]));
        vm.prank(operators[0]);
        other.reveal(there, OUTPUT, CONTENT, SALT);
    }

    /// Two operators may think alike; each commitment is still its own.
    function testFuzz_equalAnswersHaveDifferentCommitments(uint256 first, uint256 second) public view {
        first = bound(first, 0, 4);
        second = bound(second, 0, 4);
        vm.assume(first != second);
        assertNotEq(
            _commitment(requestId, operators[first], OUTPUT),
            _commitment(requestId, operators[second], OUTPUT),
            "commitments"
        );
    }
}
