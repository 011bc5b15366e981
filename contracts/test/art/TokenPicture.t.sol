// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {PngReader} from "../lib/PngReader.sol";
import {MetadataReader} from "./MetadataReader.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice tokenURI of a certified model: the token shows its own picture, with no server; and what it says of levels.
contract TokenPictureTest is MetadataReader {
    using LibString for string;

    function _png(string memory json) internal pure returns (bytes memory) {
        return bytes(_decode(vm.parseJsonString(json, ".image"), "data:image/png;base64,"));
    }

    /* THE PICTURE */

    /// forge-config: default.fuzz.runs = 12
    /// forge-config: ci.fuzz.runs = 48
    function testFuzz_fromTheSeedOnATokenShowsItsOwnPicture(bytes32 entropy) public {
        vm.assume(entropy != 0);
        uint256 tokenId = _mint();
        _draw(tokenId, entropy);
        bytes memory png = _png(_json(tokenId));
        assertEq(png, art.thumbnail(tokenId), "the thumbnail");
        assertEq(new PngReader().read(png).rgb, art.rows(tokenId, 0, 32, 32), "the pixels");
        assertTrue(vm.parseJsonString(_json(tokenId), ".description").contains("contract itself"), "says who drew it");

        _fulfil(_pictureAnswer(tokenId));
        string memory json = _json(tokenId);
        assertEq(_png(json), png, "the same picture after the answer");
        string memory full = _ipfs(art.tokenOf(tokenId).imageCid);
        assertEq(vm.parseJsonString(json, ".aigc_data"), full, "the full picture");
        assertEq(vm.parseJsonString(json, ".aigc_type"), "image", "what that is");
    }

    function test_beforeTheSeedThereIsOnlyCopper() public {
        uint256 tokenId = _mint();
        _svg(_json(tokenId));
        assertEq(art.metadataOf(tokenId), _json(tokenId), "nothing was drawn");
    }

    function test_theMetadataAloneNamesThePinnedPicture() public {
        uint256 tokenId = _mintAndDraw();
        _svg(art.metadataOf(tokenId));
        _fulfil(_pictureAnswer(tokenId));
        string memory json = art.metadataOf(tokenId);
        assertEq(vm.parseJsonString(json, ".image"), _ipfs(art.tokenOf(tokenId).imageCid), "image");

        string memory image = vm.parseJsonString(json, ".image");
        string memory drawn = vm.parseJsonString(_json(tokenId), ".image");
        assertEq(
            json.replace(string.concat('"image":"', image), string.concat('"image":"', drawn)),
            _json(tokenId),
            "all else is as in tokenURI"
        );
    }

    function test_aModelThatIsNotCertifiedShowsNoDrawing() public {
        modelId = _register(_pictureModel("not certified"), "not certified");
        art = _collection("Verdigris", hub, modelId);
        uint256 tokenId = _mintAndDraw();
        assertEq(_json(tokenId), art.metadataOf(tokenId), "drawn");
        _fulfil(_pictureAnswer(tokenId));
        assertEq(_json(tokenId), art.metadataOf(tokenId), "fulfilled");

        executor.certify(modelId);
        assertEq(_png(_json(tokenId)), art.thumbnail(tokenId), "once it is certified");
    }

    function test_aModelThatDrawsNoPicturesIsNoError() public {
        uint256 tokenId = _mintAndDraw();
        vm.mockCallRevert(
            address(executor),
            abi.encodePacked(IExecutor.rows.selector),
            abi.encodeWithSelector(IExecutor.NotAPicture.selector, modelId)
        );
        assertEq(_json(tokenId), art.metadataOf(tokenId), "a drawing in lines instead");
    }

    /// Whatever gas a node gives, it gets this picture or an error, never another picture.
    function testFuzz_whatIsShownDoesNotDependOnGas(uint256 gasGiven) public {
        uint256 tokenId = _mintAndDraw();
        string memory expected = art.tokenURI(tokenId);
        gasGiven = bound(gasGiven, 30_000, 60_000_000);
        try art.tokenURI{gas: gasGiven}(tokenId) returns (string memory uri) {
            assertEq(uri, expected, "the same metadata");
        } catch {
            assertLt(gasGiven, 45_000_000, "no error once there is enough");
        }
    }

    function test_runningOutOfGasWhileDrawingIsAnError() public {
        uint256 tokenId = _mintAndDraw();
        vm.mockCallRevert(address(executor), abi.encodePacked(IExecutor.rows.selector), "");
        vm.expectRevert(ISeedArt.TooLittleGas.selector);
        art.tokenURI(tokenId);
        art.metadataOf(tokenId);
    }

    /* LEVELS */

    function _says(uint256 tokenId, string memory key, string memory value) internal view {
        assertEq(vm.parseJsonString(_json(tokenId), string.concat(".verdigris.", key)), value, key);
    }

    function test_theMetadataTellsWhereTheRequestIs() public {
        uint256 tokenId = _mintAndDraw();
        _says(tokenId, "status", "Open");
        _says(tokenId, "requestedLevel", "Attested");
        assertFalse(vm.keyExistsJson(_json(tokenId), ".verdigris.level"), "no level before an answer");
        assertEq(vm.parseJsonBytes32(_json(tokenId), ".verdigris.seed"), art.blueprint(tokenId).seed, "seed");
        assertEq(vm.parseJsonBytes32(_json(tokenId), ".verdigris.requestId"), art.tokenOf(tokenId).requestId, "request");
        uint256 snapshot = vm.snapshotState();
        vm.warp(block.timestamp + 8 days);
        _says(tokenId, "status", "Expired");
        vm.revertToState(snapshot);

        _fulfil(_pictureAnswer(tokenId));
        _says(tokenId, "status", "Answered");
        _says(tokenId, "level", "Attested");
    }

    function test_aRaisedAnswersLevelIsTold() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        bytes32 requestId = answer.receipt.requestId;
        hub.raise(requestId, IInferenceHub.Assurance.Quorum, uint64(block.timestamp + 1 days));
        _says(tokenId, "level", "Attested");
        _commit(requestId, answer.output);
        _reveal(requestId, answer.output);
        _says(tokenId, "status", "Answered");
        _says(tokenId, "level", "Quorum");
        _says(tokenId, "requestedLevel", "Attested");
        hub.raise(requestId, IInferenceHub.Assurance.Optimistic, uint64(block.timestamp + 1 days));
        _propose(answer);
        vm.warp(block.timestamp + WINDOW + 1);
        hub.finalise(requestId, answer.output);
        _says(tokenId, "level", "Optimistic");
    }

    function test_aBondedAnswerIsToldFromAFinalOne() public {
        art = _collectionAt(IInferenceHub.Assurance.Optimistic);
        uint256 tokenId = _mintAndDraw();
        Answer memory answer = _pictureAnswer(tokenId);
        _says(tokenId, "requestedLevel", "Optimistic");
        _propose(answer);
        _says(tokenId, "status", "Proposed");
        vm.warp(block.timestamp + WINDOW + 1);
        hub.finalise(answer.receipt.requestId, answer.output);
        _says(tokenId, "level", "Optimistic");
    }

    function test_aQuorumsAnswerHasNoKeysSignature() public {
        art = _collectionAt(IInferenceHub.Assurance.Quorum);
        uint256 tokenId = _mintAndDraw();
        bytes32 requestId = art.tokenOf(tokenId).requestId;
        bytes memory output = _output(0x70, "picture");
        _commit(requestId, output);
        _reveal(requestId, output);
        string memory json = _json(tokenId);
        _says(tokenId, "level", "Quorum");
        assertFalse(vm.keyExistsJson(json, ".verdigris.receipt.signature"), "no signature");
        assertFalse(vm.keyExistsJson(json, ".verdigris.receipt.attestationKey"), "no key");
        assertEq(vm.parseJsonBytes32(json, ".verdigris.receipt.outputHash"), keccak256(output), "output");
        assertEq(vm.parseJsonBytes32(json, ".verdigris.receipt.contentHash"), CONTENT, "content");
        assertEq(vm.parseJsonUint(json, ".verdigris.receipt.issuedAt"), 0, "nobody's clock");
    }

    function test_aRefutedAnswerIsToldSo() public {
        (uint256 tokenId, Answer memory answer) = _mintDrawFulfil();
        _refute(answer.receipt.requestId);
        string memory json = _json(tokenId);
        _says(tokenId, "status", "Refuted");
        assertTrue(vm.parseJsonString(json, ".description").contains("refuted"), "the description says so");
        assertFalse(vm.keyExistsJson(json, ".aigc_data"), "the refuted picture is not offered");
        assertFalse(vm.keyExistsJson(json, ".verdigris.level"), "no level");
        assertEq(_png(json), art.thumbnail(tokenId), "what the contract draws is still true");
        _svg(art.metadataOf(tokenId));
        // What was signed stays as evidence.
        assertEq(
            vm.parseJsonBytes(json, ".verdigris.receipt.signature"), answer.signature, "the refuted receipt's signature"
        );
        assertEq(vm.parseJsonBytes32(json, ".verdigris.pixelRoot"), art.tokenOf(tokenId).pixelRoot, "the refuted root");

        art.renew(tokenId);
        _says(tokenId, "status", "Open");
        assertFalse(vm.keyExistsJson(_json(tokenId), ".verdigris.receipt"), "a new start");
    }
}
