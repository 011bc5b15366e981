// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Aigc} from "../../src/art/Aigc.sol";
import {SeedTokens} from "../../src/art/SeedTokens.sol";
import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {LeveledTest} from "./LeveledTest.sol";

/// @notice Collections that ask for more than a receipt, and answers that are raised or refuted.
contract LevelsTest is LeveledTest {
    /* ASKING */

    function testFuzz_aCollectionAsksForItsLevel(uint8 level) public {
        level = uint8(bound(level, 0, 2));
        art = _collectionAt(IInferenceHub.Assurance(level));
        uint256 tokenId = _mintAndDraw();
        (IInferenceHub.Request memory request,) = hub.requestOf(art.tokenOf(tokenId).requestId);
        assertEq(uint8(request.level), level, "the request's level");
        assertEq(art.assurance(), level, "the collection's level");
    }

    function test_aLevelThatTheModelCannotReachIsRefusedAtDeployment() public {
        bytes32 poor = _register(_pictureModel("no terms, not certified"), "no terms, not certified");
        ISeedArt.Edition memory edition = _edition();
        edition.modelId = poor;
        for (uint8 level = 1; level <= 4; ++level) {
            edition.assurance = level;
            vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnreachableLevel.selector, poor, level));
            this.deploy(edition);
        }
        edition.assurance = 0;
        this.deploy(edition);
    }

    function testFuzz_aLevelThatDoesNotExistIsRefused(uint8 level) public {
        ISeedArt.Edition memory edition = _edition();
        edition.assurance = uint8(bound(level, 5, 255));
        vm.expectRevert();
        this.deploy(edition);
    }

    /* ANSWERS */

    function test_aQuorumsAnswerIsTakenWithoutASignature() public {
        art = _collectionAt(IInferenceHub.Assurance.Quorum);
        uint256 tokenId = _mintAndDraw();
        bytes memory output = _output(0x55, "picture");
        bytes memory prompt = _prompt(tokenId);
        bytes32 requestId = art.tokenOf(tokenId).requestId;
        bytes memory proof = abi.encode(
            IInferenceHub.Receipt({
                requestId: requestId,
                modelId: modelId,
                inputHash: keccak256(prompt),
                outputHash: keccak256(output),
                contentHash: CONTENT,
                issuedAt: 0
            }),
            ""
        );
        _commit(requestId, output);
        vm.expectEmit(address(art));
        emit IERC7007.AigcData(tokenId, prompt, output, proof);
        vm.expectEmit(address(art));
        emit SeedTokens.MetadataUpdate(tokenId);
        _reveal(requestId, output);

        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
        assertEq(art.tokenOf(tokenId).metadataCid, abi.encodePacked(hex"01551220", CONTENT), "metadata CID");
        assertTrue(art.verify(prompt, output, proof), "verified");
        proof[proof.length - 1] = 0x01;
        assertFalse(art.verify(prompt, output, proof), "one bit more");
    }

    function test_aBondedAnswerIsVerifiedOnlyOnceItIsFinal() public {
        art = _collectionAt(IInferenceHub.Assurance.Optimistic);
        uint256 tokenId = _mintAndDraw();
        Answer memory answer = _pictureAnswer(tokenId);
        bytes memory prompt = _prompt(tokenId);
        bytes memory proof = abi.encode(answer.receipt, answer.signature);
        _propose(answer);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Drawn), "still waiting");
        assertFalse(art.verify(prompt, answer.output, proof), "not final");

        vm.warp(block.timestamp + WINDOW + 1);
        hub.finalise(answer.receipt.requestId, answer.output);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
        assertTrue(art.verify(prompt, answer.output, proof), "final");
    }

    function test_contentIsAddedDirectlyOnlyWhereAReceiptIsEnough() public {
        for (uint8 level = 1; level <= 2; ++level) {
            art = _collectionAt(IInferenceHub.Assurance(level));
            uint256 tokenId = _mintAndDraw();
            Answer memory answer = _pictureAnswer(tokenId);
            bytes memory prompt = _prompt(tokenId);
            vm.expectRevert(abi.encodeWithSelector(Aigc.OnlyThroughHub.selector, level));
            art.addAigcData(tokenId, prompt, answer.output, abi.encode(answer.receipt, answer.signature));
        }
    }

    function testFuzz_anAnswerOfALowerLevelIsRefused(uint8 asked, uint8 given) public {
        asked = uint8(bound(asked, 0, 2));
        given = uint8(bound(given, 0, 4));
        art = _collectionAt(IInferenceHub.Assurance(asked));
        uint256 tokenId = _mintAndDraw();
        Answer memory answer = _pictureAnswer(tokenId);
        bytes32 requestId = answer.receipt.requestId;
        // What the hub would say of an answer of any level.
        vm.mockCall(
            address(hub), abi.encodeCall(hub.receiptOf, (requestId)), abi.encode(answer.receipt, answer.signature, true)
        );
        if (given < asked) vm.expectRevert(abi.encodeWithSelector(Aigc.LevelTooLow.selector, requestId, given));
        vm.prank(address(hub));
        art.onInference(requestId, answer.output, CONTENT, IInferenceHub.Assurance(given));
        bool taken = art.tokenOf(tokenId).stage == ISeedArt.Stage.Fulfilled;
        assertEq(taken, given >= asked, "taken");
    }

    /* RAISED */

    function test_aRaisedAnswerStaysVerifiedThroughout() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        bytes memory prompt = _prompt(tokenId);
        bytes memory proof = abi.encode(answer.receipt, answer.signature);
        hub.raise(answer.receipt.requestId, IInferenceHub.Assurance.Quorum, uint64(block.timestamp + 1 days));
        assertTrue(art.verify(prompt, answer.output, proof), "while it is being raised");
        _commit(answer.receipt.requestId, answer.output);
        _reveal(answer.receipt.requestId, answer.output);
        assertEq(
            uint256(hub.levelOf(answer.receipt.requestId)), uint256(IInferenceHub.Assurance.Quorum), "a higher level"
        );
        assertTrue(art.verify(prompt, answer.output, proof), "once it is raised");
    }

    /* REFUTED */

    function test_aRefutedAnswerIsNotVerified() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        bytes memory prompt = _prompt(tokenId);
        _refute(answer.receipt.requestId);
        assertFalse(art.verify(prompt, answer.output, abi.encode(answer.receipt, answer.signature)), "refuted");
    }

    function test_aRefutedPictureIsAskedForAgain() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        bytes32 firstRequest = answer.receipt.requestId;
        bytes32 seed = art.blueprint(tokenId).seed;
        _refute(firstRequest);

        vm.expectEmit(address(art));
        emit SeedTokens.MetadataUpdate(tokenId);
        art.renew(tokenId);
        ISeedArt.Token memory token = art.tokenOf(tokenId);
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Drawn), "stage");
        assertEq(art.blueprint(tokenId).seed, seed, "the seed stays");
        assertNotEq(token.requestId, firstRequest, "another request");
        assertEq(token.pixelRoot, 0, "no root");
        assertEq(token.imageCid, "", "no picture");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.UnknownRequest.selector, firstRequest));
        art.tokenOfRequest(firstRequest);

        _fulfil(_answer(token.requestId, _output(0x70, "the right picture")));
        token = art.tokenOf(tokenId);
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
        assertEq(token.pixelRoot, keccak256("the right picture"), "the new root");
        assertEq(token.imageCid[1], bytes1(0x70), "the new CID's codec");
    }

    function test_aPictureThatStandsIsNotAskedForAgain() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        bytes memory expected = abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Fulfilled);
        hub.raise(answer.receipt.requestId, IInferenceHub.Assurance.Quorum, uint64(block.timestamp + 1 days));
        vm.expectRevert(expected);
        art.renew(tokenId);
        vm.warp(block.timestamp + 2 days);
        hub.expire(answer.receipt.requestId);
        vm.expectRevert(expected);
        art.renew(tokenId);
    }

    function test_aBondedAnswerIsNotAskedForAgainWhileItWaits() public {
        art = _collectionAt(IInferenceHub.Assurance.Optimistic);
        uint256 tokenId = _mintAndDraw();
        Answer memory answer = _pictureAnswer(tokenId);
        _propose(answer);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.RequestStillOpen.selector, tokenId, answer.receipt.requestId));
        art.renew(tokenId);
    }
}
