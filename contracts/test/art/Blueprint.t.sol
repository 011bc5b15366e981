// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "solady/tokens/ERC721.sol";

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {BaseTest} from "../BaseTest.sol";
import {STAGES} from "../Stages.sol";

/// @notice What a renderer reads.
contract BlueprintTest is BaseTest {
    function test_aBlueprintHoldsAllThatARendererNeeds() public {
        uint256 tokenId = _mint();
        ISeedArt.Blueprint memory before = art.blueprint(tokenId);
        assertEq(before.seed, 0, "no seed yet");
        assertEq(before.traits, 0, "no traits yet");

        _draw(tokenId, keccak256("entropy"));
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        assertEq(blueprint.stages, STAGES, "stages");
        assertEq(blueprint.size, SIZE, "size");
        assertEq(blueprint.modelId, modelId, "model id");
        assertEq(blueprint.canonicalHash, keccak256(blueprint.model), "canonical hash");
        assertEq(blueprint.model, weights, "model");
        assertNotEq(blueprint.seed, 0, "seed");
        assertEq(blueprint.traits, Traits.fromSeed(blueprint.seed), "traits");
    }

    function test_theSeedAloneIsTheBlueprintS() public {
        uint256 tokenId = _mint();
        _requireSeedOf(tokenId);
        _draw(tokenId, keccak256("entropy"));
        _requireSeedOf(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.seedOf(tokenId + 1);
    }

    function _requireSeedOf(uint256 tokenId) private view {
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        (bytes32 seed, bytes32 traits) = art.seedOf(tokenId);
        assertEq(seed, blueprint.seed, "seed");
        assertEq(traits, blueprint.traits, "traits");
    }

    function test_aModelOffChainLeavesTheBlueprintWithoutBytes() public {
        IModelRegistry.Model memory model = _pictureModel("somewhere else");
        art = _collection("Verdigris", hub, registry.register(model, new address[](0)));
        ISeedArt.Blueprint memory blueprint = art.blueprint(_mint());
        assertEq(blueprint.model, "", "model");
        assertEq(blueprint.canonicalHash, keccak256("somewhere else"), "canonical hash");
    }
}
