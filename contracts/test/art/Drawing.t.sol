// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";
import {STAGES} from "../Stages.sol";
import {PngReader} from "../lib/PngReader.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

/// @notice Pictures drawn inside the chain: whatever the executor draws is what the token shows.
contract DrawingTest is BaseTest {
    uint256 internal tokenId;
    bytes32 internal seed;
    bytes32 internal traits;

    function setUp() public override {
        super.setUp();
        executor.certify(modelId);
        tokenId = _mintAndDraw();
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        (seed, traits) = (blueprint.seed, blueprint.traits);
    }

    function testFuzz_aPixelIsTheExecutors(uint16 size, uint16 x, uint16 y) public view {
        size = uint16(bound(size, 1, 4096));
        (x, y) = (uint16(bound(x, 0, size - 1)), uint16(bound(y, 0, size - 1)));
        assertEq(art.pixel(tokenId, x, y, size), executor.pixel(modelId, STAGES, seed, traits, size, x, y), "pixel");
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_rowsAreTheExecutorsAndHoldThePixels(uint16 size, uint16 y0, uint16 y1, uint256 pick) public view {
        size = uint16(bound(size, 1, 40));
        y0 = uint16(bound(y0, 0, size - 1));
        y1 = uint16(bound(y1, y0 + 1, size));
        bytes memory rgb = art.rows(tokenId, y0, y1, size);
        assertEq(rgb, executor.rows(modelId, STAGES, seed, traits, size, y0, y1), "rows");
        assertEq(rgb.length, 3 * uint256(size) * (y1 - y0), "three bytes a pixel");

        uint16 x = uint16(bound(pick, 0, size - 1));
        uint16 y = uint16(bound(pick >> 128, y0, y1 - 1));
        uint256 at = 3 * (uint256(y - y0) * size + x);
        bytes3 colour = art.pixel(tokenId, x, y, size);
        assertEq(abi.encodePacked(rgb[at], rgb[at + 1], rgb[at + 2]), abi.encodePacked(colour), "pixel");
    }

    /// Nodes that give a call little gas get the picture in pieces.
    function test_aPictureIsTheSameInPieces() public view {
        uint16 size = 32;
        bytes memory pieces;
        for (uint16 y = 0; y < size; y += 8) {
            pieces = bytes.concat(pieces, art.rows(tokenId, y, y + 8, size));
        }
        assertEq(pieces, art.rows(tokenId, 0, size, size), "rows");
    }

    function test_theThumbnailIsAPngOfTheRows() public {
        PngReader.Picture memory picture = new PngReader().read(art.thumbnail(tokenId));
        assertEq(art.THUMBNAIL(), 32, "size");
        assertEq(picture.width, 32, "width");
        assertEq(picture.height, 32, "height");
        assertEq(picture.rgb, art.rows(tokenId, 0, 32, 32), "pixels");
    }

    function test_theAnswerDoesNotMatterToTheDrawing() public {
        bytes memory drawn = art.thumbnail(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        assertEq(art.thumbnail(tokenId), drawn, "the same picture");
    }

    function test_nothingIsDrawnBeforeTheSeed() public {
        uint256 second = _mint();
        bytes memory expected = abi.encodeWithSelector(ISeedArt.WrongStage.selector, second, ISeedArt.Stage.Minted);
        vm.expectRevert(expected);
        art.pixel(second, 0, 0, 32);
        vm.expectRevert(expected);
        art.rows(second, 0, 1, 32);
        vm.expectRevert(expected);
        art.thumbnail(second);
    }

    function testFuzz_aTokenThatDoesNotExistIsNotDrawn(uint256 unknown) public {
        vm.assume(unknown != tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.pixel(unknown, 0, 0, 32);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.rows(unknown, 0, 1, 32);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.thumbnail(unknown);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.metadataOf(unknown);
    }

    function test_aModelThatIsNotCertifiedIsSaidSo() public {
        art = _collection("Verdigris", hub, _register(_pictureModel("another"), "another"));
        tokenId = _mintAndDraw();
        bytes memory expected = abi.encodeWithSelector(IExecutor.NotCertified.selector, art.modelId());
        vm.expectRevert(expected);
        art.pixel(tokenId, 0, 0, 32);
        vm.expectRevert(expected);
        art.rows(tokenId, 0, 1, 32);
        vm.expectRevert(expected);
        art.thumbnail(tokenId);
    }

    function testFuzz_whatLiesOutsideThePictureIsRefused(uint16 size, uint16 x, uint16 y) public {
        vm.assume(size == 0 || size > 4096 || x >= size || y >= size);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.OutsidePicture.selector, size, x, y));
        art.pixel(tokenId, x, y, size);
    }
}
