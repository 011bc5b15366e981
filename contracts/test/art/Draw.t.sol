// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {SeedTokens} from "../../src/art/SeedTokens.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {BaseTest} from "../BaseTest.sol";
import {STAGES} from "../Stages.sol";

contract DrawTest is BaseTest {
    bytes32 internal constant ENTROPY = keccak256("a block's hash");

    uint256 internal tokenId;
    uint64 internal drawBlock;

    function setUp() public override {
        super.setUp();
        tokenId = _mint();
        drawBlock = art.tokenOf(tokenId).drawBlock;
    }

    function _seedOf(bytes32 blockHash) internal view returns (bytes32) {
        return keccak256(abi.encode(blockHash, block.chainid, address(art), tokenId));
    }

    function testFuzz_anyoneDrawsTheSeedAndAsksForThePicture(bytes32 blockHash, address sender) public {
        vm.assume(blockHash != 0);
        vm.roll(drawBlock + 1);
        vm.setBlockhash(drawBlock, blockHash);
        bytes32 seed = _seedOf(blockHash);
        bytes32 traits = Traits.fromSeed(seed);
        bytes memory input = abi.encode(PictureInput(STAGES, SIZE, seed, traits, "Verdigris #1"));
        bytes32 requestId =
            keccak256(abi.encode(block.chainid, hub, art, modelId, keccak256(input), hub.requestCount() + 1));

        vm.expectEmit(address(hub));
        emit IInferenceHub.InferenceRequested(
            requestId,
            modelId,
            address(art),
            input,
            IInferenceHub.Assurance.Attested,
            art.CALLBACK_GAS(),
            uint64(block.timestamp + 7 days)
        );
        vm.expectEmit(address(art));
        emit ISeedArt.SeedDrawn(tokenId, seed, traits, requestId);
        vm.expectEmit(address(art));
        emit SeedTokens.MetadataUpdate(tokenId);
        vm.prank(sender);
        art.draw(tokenId);

        ISeedArt.Token memory token = art.tokenOf(tokenId);
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Drawn), "stage");
        assertEq(token.requestId, requestId, "request id");
        assertEq(token.drawBlock, drawBlock, "draw block");
        assertEq(blueprint.seed, seed, "seed");
        assertEq(blueprint.traits, traits, "traits");
        assertEq(art.tokenOfRequest(requestId), tokenId, "the request's token");
    }

    function testFuzz_theSeedDoesNotDependOnWhoDrawsOrWhen(address sender, uint256 delay) public {
        uint256 snapshot = vm.snapshotState();
        _draw(tokenId, ENTROPY);
        bytes32 seed = art.blueprint(tokenId).seed;
        vm.revertToState(snapshot);

        vm.roll(drawBlock + bound(delay, 1, 256));
        vm.warp(block.timestamp + delay % 1_000_000);
        vm.setBlockhash(drawBlock, ENTROPY);
        vm.prank(sender);
        art.draw(tokenId);
        assertEq(art.blueprint(tokenId).seed, seed, "seed");
    }

    function test_tokensOfOneBlockGetDifferentSeeds() public {
        uint256 second = _mint();
        _draw(tokenId, ENTROPY);
        art.draw(second);
        assertNotEq(art.blueprint(tokenId).seed, art.blueprint(second).seed, "seeds");
    }

    function testFuzz_notBeforeTheBlockIsBuilt(uint256 number) public {
        vm.roll(bound(number, START_BLOCK, drawBlock));
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.TooEarly.selector, tokenId, drawBlock));
        art.draw(tokenId);
    }

    function test_notTwice() public {
        _draw(tokenId, ENTROPY);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.AlreadyDrawn.selector, tokenId));
        art.draw(tokenId);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.AlreadyDrawn.selector, tokenId));
        art.redraw(tokenId);
    }

    /* 256 AND 8,191 BLOCKS */

    function test_theOpcodeReachesBack256Blocks() public {
        vm.etch(HISTORY, "");
        vm.roll(drawBlock + 256);
        vm.setBlockhash(drawBlock, ENTROPY);
        art.draw(tokenId);
        assertEq(art.blueprint(tokenId).seed, _seedOf(ENTROPY), "seed");
    }

    function test_theHistoryContractTakesOverAt257() public {
        _installHistory();
        _recordHistory(drawBlock, ENTROPY);
        vm.roll(drawBlock + 257);
        art.draw(tokenId);
        assertEq(art.blueprint(tokenId).seed, _seedOf(ENTROPY), "seed");
    }

    function testFuzz_theHistoryContractServesItsWholeWindow(uint256 age) public {
        _installHistory();
        _recordHistory(drawBlock, ENTROPY);
        vm.roll(drawBlock + bound(age, 257, 8191));
        art.draw(tokenId);
        assertEq(art.blueprint(tokenId).seed, _seedOf(ENTROPY), "seed");
    }

    function test_theLastBlockOfTheWindowIs8191() public {
        _installHistory();
        _recordHistory(drawBlock, ENTROPY);
        vm.roll(drawBlock + 8191);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.StillDrawable.selector, tokenId, drawBlock));
        art.redraw(tokenId);

        vm.roll(drawBlock + 8192);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.BlockHashGone.selector, tokenId, drawBlock));
        art.draw(tokenId);
    }

    function test_aChainWithoutHistoryForgetsAfter256Blocks() public {
        vm.etch(HISTORY, "");
        vm.roll(drawBlock + 257);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.BlockHashGone.selector, tokenId, drawBlock));
        art.draw(tokenId);
    }

    function test_aSlotThatWasNeverWrittenIsNoHash() public {
        _installHistory();
        vm.roll(drawBlock + 300);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.BlockHashGone.selector, tokenId, drawBlock));
        art.draw(tokenId);
    }

    /* REDRAW */

    function testFuzz_aLostBlockIsReplaced(address sender) public {
        vm.etch(HISTORY, "");
        vm.roll(drawBlock + 8192);
        uint64 newBlock = uint64(block.number + 2);
        vm.expectEmit(address(art));
        emit ISeedArt.SeedRequested(tokenId, newBlock);
        vm.prank(sender);
        art.redraw(tokenId);

        assertEq(art.tokenOf(tokenId).drawBlock, newBlock, "draw block");
        assertEq(art.ownerOf(tokenId), COLLECTOR, "owner");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.TooEarly.selector, tokenId, newBlock));
        art.draw(tokenId);
        _draw(tokenId, ENTROPY);
        assertEq(art.blueprint(tokenId).seed, _seedOf(ENTROPY), "seed");
    }

    function testFuzz_aBlockThatCanStillComeOrBeReadIsKept(uint256 number) public {
        _installHistory();
        _recordHistory(drawBlock, ENTROPY);
        vm.roll(bound(number, START_BLOCK, drawBlock + 8191));
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.StillDrawable.selector, tokenId, drawBlock));
        art.redraw(tokenId);
    }

    /// Too little gas for the history contract must not look like a lost hash.
    function testFuzz_redrawCannotBeForcedByStarvingTheHistoryContract(uint256 gasGiven) public {
        _installHistory();
        _recordHistory(drawBlock, ENTROPY);
        vm.roll(drawBlock + 1000);
        gasGiven = bound(gasGiven, 1_000, 60_000);
        (bool ok,) = address(art).call{gas: gasGiven}(abi.encodeCall(art.redraw, (tokenId)));
        assertFalse(ok, "redraw");
        assertEq(art.tokenOf(tokenId).drawBlock, drawBlock, "draw block");
    }
}
