// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {SeedTokens} from "../../src/art/SeedTokens.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Pages} from "./Pages.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice A token's `animation_url`: its own page, once there is something to draw and all of it lies on the chain.
contract AnimationTest is Pages {
    using LibString for string;

    bytes internal constant HEAD = "<!doctype html><title>Drawn from a seed</title><script>draw(";

    function setUp() public override {
        super.setUp();
        art = _collectionWith(address(_renderer(HEAD, 7)), IInferenceHub.Assurance.Attested);
    }

    function _assertPage(uint256 tokenId) internal view {
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        assertEq(
            _page(_json(tokenId)),
            _expectedPage(HEAD, blueprint.stages, blueprint.seed, blueprint.traits, weights),
            "head and values"
        );
    }

    function _image(string memory json) internal pure returns (string memory) {
        return string.concat('"image":"', vm.parseJsonString(json, ".image"), '"');
    }

    function test_aMintedTokenHasNoPage() public {
        uint256 tokenId = _mint();
        assertFalse(_hasPage(_json(tokenId)), "nothing to draw yet");
    }

    /// forge-config: default.fuzz.runs = 12
    /// forge-config: ci.fuzz.runs = 48
    function testFuzz_fromTheSeedOnATokenHasItsPage(bytes32 entropy) public {
        vm.assume(entropy != 0);
        uint256 tokenId = _mint();
        _draw(tokenId, entropy);
        _assertPage(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        _assertPage(tokenId);
    }

    function test_aTokenThatEvolvedHasThePageOfItsEpoch() public {
        (uint256 tokenId,) = _mintDrawFulfil();
        string memory before = _page(_json(tokenId));
        vm.prank(COLLECTOR);
        art.evolve(tokenId);
        assertFalse(_page(_json(tokenId)).eq(before), "another epoch, another page");
        _assertPage(tokenId);
    }

    function test_allElseIsAsWithoutAPage() public {
        (uint256 tokenId,) = _mintDrawFulfil();
        string memory json = _json(tokenId);
        string memory member = string.concat(',"animation_url":"', vm.parseJsonString(json, ".animation_url"), '"');
        string memory without = json.replace(member, "");
        assertFalse(_hasPage(without), "the member is out");
        string memory metadata = art.metadataOf(tokenId);
        assertEq(metadata.replace(_image(metadata), _image(json)), without, "the rest");
    }

    /// Nodes that give a call little gas are asked for `metadataOf`.
    function test_theMetadataAloneHasNoPage() public {
        (uint256 tokenId,) = _mintDrawFulfil();
        assertFalse(_hasPage(art.metadataOf(tokenId)), "metadataOf");
    }

    function test_aCollectionWithoutARendererHasNoPages() public {
        art = _collection("Verdigris", hub, modelId);
        assertEq(art.renderer(), address(0), "none");
        uint256 tokenId = _mintAndDraw();
        assertFalse(_hasPage(_json(tokenId)), "no page");
    }

    function test_weightsThatAreKeptOffChainMakeNoPage() public {
        modelId = registry.register(_pictureModel("off chain"), new address[](0));
        art = _collectionWith(art.renderer(), IInferenceHub.Assurance.Attested);
        uint256 tokenId = _mintAndDraw();
        assertFalse(_hasPage(_json(tokenId)), "no page");
    }

    /// The page's browser can run what the executor can't.
    function test_aModelThatIsNotCertifiedHasAPageAllTheSame() public {
        modelId = _register(_pictureModel("not certified"), "not certified");
        art = _collectionWith(art.renderer(), IInferenceHub.Assurance.Attested);
        weights = "not certified";
        _assertPage(_mintAndDraw());
    }

    function test_aRendererMustBeThere() public {
        vm.expectRevert(abi.encodeWithSelector(SeedTokens.NoRenderer.selector, STRANGER));
        _collectionWith(STRANGER, IInferenceHub.Assurance.Attested);
    }
}
