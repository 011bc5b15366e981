// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Hub} from "../Hub.sol";
import {HubTest} from "./HubTest.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice Forged, bent and replayed signatures.
contract AttestationTest is HubTest {
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    bytes32 internal requestId;
    Answer internal answer;

    function setUp() public override {
        super.setUp();
        requestId = _ask(consumer);
        answer = _answer(requestId, OUTPUT);
    }

    function _send(bytes memory signature) internal {
        hub.fulfil(answer.receipt, answer.output, signature);
    }

    function testFuzz_anyOtherKeyIsRefused(uint256 key) public {
        key = bound(key, 1, ORDER - 1);
        vm.assume(key != ATTESTER_KEY);
        bytes memory forged = _sign(key, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotAttester.selector, vm.addr(key), ATTESTER));
        _send(forged);
    }

    function testFuzz_aReceiptChangedAfterSigningIsRefused(bytes32 contentHash) public {
        vm.assume(contentHash != answer.receipt.contentHash);
        answer.receipt.contentHash = contentHash;
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _send(answer.signature);
    }

    function test_theOtherHalfOfTheCurveIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        bytes32 high = bytes32(ORDER - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        _send(abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
    }

    function testFuzz_aWrongLengthIsRefused(uint256 length) public {
        length = bound(length, 0, 200);
        vm.assume(length != 65);
        bytes memory signature = new bytes(length);
        for (uint256 i = 0; i < length && i < 65; ++i) {
            signature[i] = answer.signature[i];
        }
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, length));
        _send(signature);
    }

    function test_theCompactFormIsRefused() public {
        (bytes32 r, bytes32 vs) = vm.signCompact(ATTESTER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
        _send(abi.encodePacked(r, vs));
    }

    function testFuzz_aStrangeVIsRefused(uint8 v) public {
        vm.assume(v != 27 && v != 28);
        bytes memory signature = answer.signature;
        signature[64] = bytes1(v);
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        _send(signature);
    }

    function test_theZeroSignatureIsRefused() public {
        bytes memory signature = new bytes(65);
        signature[64] = bytes1(uint8(27));
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        _send(signature);
    }

    /* REPLAYS */

    function test_aReceiptDoesNotCountForAnotherRequestWithTheSameQuestion() public {
        bytes32 second = _ask(consumer);
        answer.receipt.requestId = second;
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _send(answer.signature);
    }

    function test_aReceiptSignedForAnotherHubIsRefused() public {
        Hub other = _deployHub(address(stub));
        // It names this hub's request; only the domain that was signed is the other hub's.
        bytes memory signature = _sign(ATTESTER_KEY, other.receiptDigest(answer.receipt));
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _send(signature);
    }

    function testFuzz_aReceiptDoesNotCountOnAnotherChain(uint64 chainId) public {
        chainId = uint64(bound(chainId, 1, type(uint64).max));
        vm.assume(chainId != block.chainid);
        // The chain has split: same contract, same request, another id.
        vm.chainId(chainId);
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        _send(answer.signature);
    }

    function test_theKeyOfAnotherModelIsRefused() public {
        IModelRegistry.Model memory other = _pictureModel(weights);
        other.attestationKey = vm.addr(STRANGER_KEY);
        _register(other, weights);
        bytes memory signature = _sign(STRANGER_KEY, hub.receiptDigest(answer.receipt));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotAttester.selector, vm.addr(STRANGER_KEY), ATTESTER));
        _send(signature);
    }
}
