// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {SeedTokens} from "../../src/art/SeedTokens.sol";
import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";
import {STAGES} from "../Stages.sol";

contract DeployTest is BaseTest {
    string internal constant LONG_NAME = "A name of sixty-two letters and more is too long for this sum.";

    function _deploy(string memory name, uint16 size, uint256 supply, address receiver, uint16 bps) internal {
        ISeedArt.Edition memory edition = _edition();
        (edition.name, edition.size, edition.maxSupply) = (name, size, supply);
        (edition.royaltyReceiver, edition.royaltyBps) = (receiver, bps);
        new SeedArt(edition);
    }

    function test_aCollectionSaysWhatItIs() public view {
        assertEq(art.name(), "Verdigris", "name");
        assertEq(art.symbol(), "VERD", "symbol");
        assertEq(art.hub(), address(hub), "hub");
        assertEq(address(art.registry()), address(registry), "registry");
        assertEq(address(art.executor()), address(executor), "executor");
        assertEq(art.modelId(), modelId, "model id");
        assertEq(art.assurance(), uint8(IInferenceHub.Assurance.Attested), "level");
        assertEq(art.canonicalHash(), keccak256(weights), "canonical hash");
        assertEq(art.size(), SIZE, "size");
        assertEq(art.stages(), STAGES, "stages");
        assertEq(art.price(), PRICE, "price");
        assertEq(art.maxSupply(), MAX_SUPPLY, "supply");
        assertEq(art.royaltyReceiver(), ARTIST, "receiver");
        assertEq(art.totalSupply(), 0, "minted");
    }

    function testFuzz_aSizeOutOfRangeIsRefused(uint16 size) public {
        vm.assume(size == 0 || size > 4096);
        vm.expectRevert(abi.encodeWithSelector(SeedTokens.BadSize.selector, size));
        _deploy("Verdigris", size, MAX_SUPPLY, ARTIST, 500);
    }

    function testFuzz_stagesThatTheExecutorDoesNotKnowAreRefused(uint32 stages) public {
        vm.assume(stages != STAGES);
        ISeedArt.Edition memory edition = _edition();
        edition.stages = stages;
        vm.expectRevert(abi.encodeWithSelector(IExecutor.UnknownStages.selector, stages));
        new SeedArt(edition);
    }

    function test_aTitleMustFitAPicturesInput() public {
        // 62 bytes, " #" and one digit make 65.
        vm.expectRevert(abi.encodeWithSelector(SeedTokens.NameTooLong.selector, 65));
        _deploy(LONG_NAME, SIZE, 9, ARTIST, 500);
        _deploy("A name of sixty-one letters and more is just good for this.12", SIZE, 9, ARTIST, 500);
    }

    function test_aRoyaltyBeyondThePriceIsRefused() public {
        _deploy("Verdigris", SIZE, MAX_SUPPLY, ARTIST, 10_000);
        vm.expectRevert(abi.encodeWithSelector(SeedArt.BadRoyalty.selector, ARTIST, 10_001));
        _deploy("Verdigris", SIZE, MAX_SUPPLY, ARTIST, 10_001);
        vm.expectRevert(abi.encodeWithSelector(SeedArt.BadRoyalty.selector, address(0), 500));
        _deploy("Verdigris", SIZE, MAX_SUPPLY, address(0), 500);
    }

    function test_aModelThatDrawsNoPicturesIsRefused() public {
        IModelRegistry.Model memory model = _pictureModel(weights);
        model.task = IModelRegistry.Task.Tensor;
        bytes32 tensorModel = registry.register(model, new address[](0));
        vm.expectRevert(abi.encodeWithSelector(SeedTokens.NotAPictureModel.selector, tensorModel));
        _collection("Verdigris", hub, tensorModel);

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, keccak256("none")));
        _collection("Verdigris", hub, keccak256("none"));
    }

    function test_interfacesAreAnnounced() public view {
        assertTrue(art.supportsInterface(0x01ffc9a7), "ERC-165");
        assertTrue(art.supportsInterface(0x80ac58cd), "ERC-721");
        assertTrue(art.supportsInterface(0x5b5e139f), "ERC-721 metadata");
        assertTrue(art.supportsInterface(0x2a55205a), "ERC-2981");
        assertTrue(art.supportsInterface(0x49064906), "ERC-4906");
        assertTrue(art.supportsInterface(0x702c55a6), "ERC-7007");
        assertFalse(art.supportsInterface(0xffffffff), "the id that means none");
        assertFalse(art.supportsInterface(0xfa1a557a), "ERC-7007 enumerable");
    }

    function testFuzz_royaltiesAreAShareOfAnyPrice(uint256 tokenId, uint256 salePrice) public view {
        (address receiver, uint256 amount) = art.royaltyInfo(tokenId, salePrice);
        assertEq(receiver, ARTIST, "receiver");
        assertEq(amount, salePrice / 20, "five percent");
    }

    function test_everyContractFitsItsChain() public view {
        assertLe(address(registry).code.length, 24_576, "registry");
        assertLe(address(hub).code.length, 24_576, "hub");
        assertLe(address(art).code.length, 24_576, "art");
        assertLe(address(art.metadata()).code.length, 24_576, "metadata");
        assertLe(type(SeedArt).creationCode.length, 49_152 - 1_024, "art's creation code, with its arguments");
    }
}
