// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {Aigc} from "../../src/art/Aigc.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";

/// @notice ERC-7007: content added with its proof, and verified.
contract AigcTest is BaseTest {
    uint256 internal tokenId;
    Answer internal answer;
    bytes internal prompt;
    bytes internal proof;

    function setUp() public override {
        super.setUp();
        tokenId = _mintAndDraw();
        answer = _pictureAnswer(tokenId);
        prompt = _prompt(tokenId);
        proof = abi.encode(answer.receipt, answer.signature);
    }

    function testFuzz_anyoneAddsTheContentWithItsProof(address sender) public {
        vm.prank(sender);
        art.addAigcData(tokenId, prompt, answer.output, proof);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
        assertTrue(art.verify(prompt, answer.output, proof), "verified");
    }

    function test_theSameContentAgainChangesNothing() public {
        art.addAigcData(tokenId, prompt, answer.output, proof);
        vm.recordLogs();
        art.addAigcData(tokenId, prompt, answer.output, proof);
        assertEq(vm.getRecordedLogs().length, 0, "events");
    }

    function test_otherContentIsRefused() public {
        _fulfil(answer);
        Answer memory other = _answer(answer.receipt.requestId, _output(0x55, "another picture"));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyAnswered.selector, answer.receipt.requestId));
        art.addAigcData(tokenId, prompt, other.output, abi.encode(other.receipt, other.signature));
    }

    function testFuzz_anotherPromptIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256(prompt));
        vm.expectRevert(abi.encodeWithSelector(Aigc.BadPrompt.selector, tokenId));
        art.addAigcData(tokenId, other, answer.output, proof);
    }

    function testFuzz_noiseIsNoProof(bytes calldata noise) public {
        vm.expectRevert(abi.encodeWithSelector(Aigc.BadProof.selector, tokenId));
        art.addAigcData(tokenId, prompt, answer.output, noise);
    }

    function test_aProofForAnotherTokenIsRefused() public {
        uint256 second = _mintAndDraw();
        vm.expectRevert(abi.encodeWithSelector(Aigc.BadProof.selector, second));
        art.addAigcData(second, prompt, answer.output, proof);
        uint256 third = _mint();
        vm.expectRevert(abi.encodeWithSelector(Aigc.BadProof.selector, third));
        art.addAigcData(third, prompt, answer.output, proof);
    }

    function test_aForgedProofIsRefused() public {
        bytes memory forged = abi.encode(answer.receipt, _sign(STRANGER_KEY, hub.receiptDigest(answer.receipt)));
        vm.expectPartialRevert(IInferenceHub.NotAttester.selector);
        art.addAigcData(tokenId, prompt, answer.output, forged);
    }

    function test_contentThatIsNoPictureIsUndone() public {
        Answer memory malformed = _answer(answer.receipt.requestId, "not a picture");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.BadOutput.selector, answer.receipt.requestId));
        art.addAigcData(tokenId, prompt, malformed.output, abi.encode(malformed.receipt, malformed.signature));
        (, IInferenceHub.Status status) = hub.requestOf(answer.receipt.requestId);
        assertEq(uint256(status), uint256(IInferenceHub.Status.Open), "still open");
    }

    /* VERIFY */

    function test_nothingIsVerifiedBeforeItIsAccepted() public view {
        assertFalse(art.verify(prompt, answer.output, proof), "not yet");
    }

    function test_contentThatCameThroughTheHubIsVerified() public {
        _fulfil(answer);
        assertTrue(art.verify(prompt, answer.output, proof), "verified");
    }

    function testFuzz_everyByteCounts(uint256 at, uint8 flip) public {
        _fulfil(answer);
        vm.assume(flip != 0);
        bytes[3] memory parts = [prompt, answer.output, proof];
        at = bound(at, 0, parts[0].length + parts[1].length + parts[2].length - 1);
        uint256 which = 0;
        while (at >= parts[which].length) {
            at -= parts[which].length;
            ++which;
        }
        parts[which][at] ^= bytes1(flip);
        assertFalse(art.verify(parts[0], parts[1], parts[2]), "one byte changed");
    }

    function testFuzz_noiseIsNotVerifiedAndDoesNotRevert(bytes calldata a, bytes calldata b, bytes calldata c) public {
        _fulfil(answer);
        assertFalse(art.verify(a, b, c), "noise");
        assertFalse(art.verify(prompt, answer.output, c), "a noisy proof");
    }

    function test_theSameAnswerSignedAnewIsNotTheAcceptedProof() public {
        _fulfil(answer);
        vm.warp(block.timestamp + 1);
        Answer memory again = _pictureAnswer(tokenId);
        assertFalse(art.verify(prompt, again.output, abi.encode(again.receipt, again.signature)), "another receipt");
    }

    function test_anAnswerThatARenewalReplacedIsNotCurrent() public {
        Answer memory malformed = _answer(answer.receipt.requestId, "not a picture");
        _fulfil(malformed);
        art.renew(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        assertFalse(
            art.verify(prompt, malformed.output, abi.encode(malformed.receipt, malformed.signature)), "replaced"
        );
    }
}
