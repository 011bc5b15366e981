// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {SeedTokens} from "../../src/art/SeedTokens.sol";
import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {PictureOutput} from "../../src/types/Picture.sol";
import {BaseTest} from "../BaseTest.sol";

/// @notice A picture's arrival, by the hub's callback.
contract AnswerTest is BaseTest {
    uint256 internal tokenId;
    bytes32 internal requestId;

    function setUp() public override {
        super.setUp();
        tokenId = _mintAndDraw();
        requestId = art.tokenOf(tokenId).requestId;
    }

    function _callBack(bytes memory output) internal {
        vm.prank(address(hub));
        art.onInference(requestId, output, keccak256("content"), IInferenceHub.Assurance.Attested);
    }

    function testFuzz_aPictureArrives(bytes32 pixelRoot, bytes32 digest, bool raw) public {
        vm.assume(pixelRoot != 0);
        bytes memory cid = abi.encodePacked(bytes1(0x01), raw ? bytes1(0x55) : bytes1(0x70), bytes2(0x1220), digest);
        Answer memory answer = _answer(requestId, abi.encode(PictureOutput(pixelRoot, cid)));
        bytes memory prompt = _prompt(tokenId);

        vm.expectEmit(address(art));
        emit ISeedArt.PictureFulfilled(tokenId, requestId, pixelRoot, cid);
        vm.expectEmit(address(art));
        emit IERC7007.AigcData(tokenId, prompt, answer.output, abi.encode(answer.receipt, answer.signature));
        vm.expectEmit(address(art));
        emit ISeedArt.AigcDataContents(tokenId, prompt, answer.output);
        vm.expectEmit(address(art));
        emit SeedTokens.MetadataUpdate(tokenId);
        _fulfil(answer);

        ISeedArt.Token memory token = art.tokenOf(tokenId);
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
        assertEq(token.pixelRoot, pixelRoot, "pixel root");
        assertEq(token.imageCid, cid, "image CID");
        assertEq(token.metadataCid, abi.encodePacked(hex"01551220", answer.receipt.contentHash), "metadata CID");
        (,, bool delivered) = hub.receiptOf(requestId);
        assertTrue(delivered, "delivered");
    }

    function testFuzz_onlyTheHubIsHeard(address sender) public {
        vm.assume(sender != address(hub));
        bytes memory output = _output(0x55, "picture");
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.NotHub.selector, sender));
        art.onInference(requestId, output, 0, IInferenceHub.Assurance.Attested);
    }

    function testFuzz_anAnswerToNoTokensRequestIsRefused(bytes32 unknown) public {
        vm.assume(unknown != requestId);
        bytes memory output = _output(0x55, "picture");
        vm.prank(address(hub));
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.UnknownRequest.selector, unknown));
        art.onInference(unknown, output, 0, IInferenceHub.Assurance.Attested);
    }

    function test_aPictureIsNotReplaced() public {
        _fulfil(_pictureAnswer(tokenId));
        bytes memory output = _output(0x55, "another");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Fulfilled));
        _callBack(output);
    }

    /* MALFORMED OUTPUTS */

    function _refuses(bytes memory output) internal {
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.BadOutput.selector, requestId));
        _callBack(output);
    }

    function testFuzz_noiseIsRefused(bytes calldata noise) public {
        _refuses(noise);
    }

    function testFuzz_noiseOfTheRightLengthIsRefused(bytes32[6] calldata noise) public {
        _refuses(abi.encode(noise));
    }

    function testFuzz_aBitAnywhereInTheFrameMatters(uint256 bit) public {
        bytes memory output = _output(0x55, "picture");
        // Bits of the root and of the digest are free, and so are those between the two codecs: none.
        bit = bound(bit, 0, output.length * 8 - 1);
        uint256 at = bit / 8;
        vm.assume((at < 32 || at >= 64) && (at < 132 || at >= 164));
        output[at] ^= bytes1(0x80) >> (bit % 8);
        _refuses(output);
    }

    function test_aZeroRootIsRefused() public {
        _refuses(abi.encode(PictureOutput(0, abi.encodePacked(hex"01551220", keccak256("digest")))));
    }

    function test_foreignCidsAreRefused() public {
        bytes32 digest = keccak256("digest");
        bytes32 root = keccak256("root");
        _refuses(abi.encode(PictureOutput(root, abi.encodePacked(hex"00551220", digest))));
        _refuses(abi.encode(PictureOutput(root, abi.encodePacked(hex"01711220", digest))));
        _refuses(abi.encode(PictureOutput(root, abi.encodePacked(hex"01551b20", digest))));
        _refuses(abi.encode(PictureOutput(root, abi.encodePacked(hex"01551220", new bytes(31)))));
        _refuses(abi.encode(PictureOutput(root, abi.encodePacked(hex"01551220", digest, hex"00"))));
        _refuses(abi.encode(PictureOutput(root, "")));
    }

    function test_theHubKeepsAnAnswerThatIsRefusedHere() public {
        _fulfil(_answer(requestId, "not a picture"));
        (,, bool delivered) = hub.receiptOf(requestId);
        assertFalse(delivered, "kept");
    }

    function test_theCallbackFitsItsGas() public {
        Answer memory answer = _pictureAnswer(tokenId);
        _fulfil(answer);
        uint256 second = _mintAndDraw();
        requestId = art.tokenOf(second).requestId;
        answer = _pictureAnswer(second);
        // Half of what is allowed must do, so that dearer opcodes in a later fork don't strand a collection.
        vm.mockCall(
            address(hub), abi.encodeCall(hub.receiptOf, (requestId)), abi.encode(answer.receipt, answer.signature, true)
        );
        uint256 half = art.CALLBACK_GAS() / 2;
        vm.prank(address(hub));
        art.onInference{gas: half}(
            requestId, answer.output, answer.receipt.contentHash, IInferenceHub.Assurance.Attested
        );
        assertEq(uint256(art.tokenOf(second).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
    }
}
