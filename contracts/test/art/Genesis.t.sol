// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Executors} from "../Stages.sol";
import {PngReader} from "../lib/PngReader.sol";
import {Pages} from "./Pages.sol";

/// @notice The first collection as it is deployed: the genesis model in code chunks, certified, drawn by the executor.
contract GenesisTest is Pages {
    /// @dev What a node must give a call for a whole picture; geth gives 50 million unless told otherwise.
    uint256 internal constant CALL_GAS = 45_000_000;

    /// @dev About as long as the head is that `vite build web/animation` makes: three chunks.
    uint256 internal constant HEAD_LENGTH = 73_000;

    bytes internal canonicalForm;
    uint256 internal tokenId;
    mapping(bytes32 colour => bool) internal _seen;

    function setUp() public override {
        super.setUp();
        canonicalForm = vm.parseJsonBytes(vm.readFile("../wasm-model/vectors/network-01.json"), ".network");
        bytes[] memory parts = new bytes[](1);
        parts[0] = canonicalForm;
        address[] memory chunks = registry.storeChunks(parts);
        vm.prank(PUBLISHER);
        modelId = registry.register(_pictureModel(canonicalForm), chunks);

        address real = address(Executors.deploy(address(registry)));
        IExecutor(real).certify(modelId);
        hub = _deployHub(real);
        vm.prank(PUBLISHER);
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(BOND, WINDOW));
        art = _collectionAt(IInferenceHub.Assurance.Optimistic);
        tokenId = _mintAndDraw();
    }

    function test_aTokenShowsItsPictureWithinOneCall() public {
        string memory uri = art.tokenURI{gas: CALL_GAS}(tokenId);
        vm.snapshotGasLastCall("Art", "tokenURI, seed drawn, genesis model");
        string memory json = _decode(uri, "data:application/json;base64,");
        bytes memory png = bytes(_decode(vm.parseJsonString(json, ".image"), "data:image/png;base64,"));
        PngReader.Picture memory picture = new PngReader().read(png);
        assertEq(picture.width, 32, "width");
        assertEq(picture.height, 32, "height");
        assertEq(picture.rgb, art.rows{gas: CALL_GAS}(tokenId, 0, 32, 32), "the pixels");
        assertEq(png, art.thumbnail{gas: CALL_GAS}(tokenId), "the thumbnail");
        assertGt(_colours(picture.rgb), 16, "a picture, not a plain sheet");
    }

    /// With the page that draws it at any size; and a node that gives geth's 50 million has some left.
    function test_aTokenCarriesItsPageWithinOneCall() public {
        bytes memory head = _noise("head", HEAD_LENGTH);
        art = _collectionWith(address(_renderer(head, 24_575)), IInferenceHub.Assurance.Optimistic);
        tokenId = _mintAndDraw();
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        string memory uri = art.tokenURI{gas: CALL_GAS}(tokenId);
        vm.snapshotGasLastCall("Art", "tokenURI with the token's own page, genesis model");
        string memory page = _page(_decode(uri, "data:application/json;base64,"));
        assertEq(
            page, _expectedPage(head, blueprint.stages, blueprint.seed, blueprint.traits, canonicalForm), "the page"
        );
    }

    function test_aPixelIsTheSameAloneAndInItsRow() public {
        bytes memory row = art.rows(tokenId, 100, 101, 512);
        for (uint16 x = 0; x < 512; x += 73) {
            bytes memory expected =
                abi.encodePacked(row[3 * uint256(x)], row[3 * uint256(x) + 1], row[3 * uint256(x) + 2]);
            assertEq(abi.encodePacked(art.pixel(tokenId, x, 100, 512)), expected, "pixel");
        }
        art.pixel(tokenId, 7, 100, 512);
        vm.snapshotGasLastCall("Art", "pixel, genesis model");
    }

    /// Two tokens of one model are two pictures.
    function test_everySeedHasItsPicture() public {
        uint256 second = _mintAndDraw();
        assertNotEq(
            keccak256(art.rows(tokenId, 0, 8, 32)), keccak256(art.rows(second, 0, 8, 32)), "the first eight rows"
        );
    }

    /// A node with a small allowance says so, and `metadataOf` still answers.
    function test_aSmallAllowanceIsAnErrorAndNotAnotherPicture() public {
        vm.expectRevert(ISeedArt.TooLittleGas.selector);
        art.tokenURI{gas: 10_000_000}(tokenId);
        art.metadataOf{gas: 10_000_000}(tokenId);
    }

    function _colours(bytes memory rgb) internal returns (uint256 count) {
        for (uint256 at = 0; at < rgb.length; at += 3) {
            bytes32 key = keccak256(abi.encodePacked(rgb[at], rgb[at + 1], rgb[at + 2]));
            if (_seen[key]) continue;
            _seen[key] = true;
            ++count;
        }
    }
}
