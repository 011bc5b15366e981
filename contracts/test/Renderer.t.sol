// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Renderer} from "../src/Renderer.sol";
import {IRenderer} from "../src/interfaces/IRenderer.sol";
import {Pages} from "./art/Pages.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice What keeps the head of the tokens' pages, and ends it.
contract RendererTest is Pages {
    using LibString for string;

    /* THE HEAD */

    function testFuzz_aHeadIsReadBackWhateverItsLengthAndChunks(uint256 length, uint256 chunkLength) public {
        length = bound(length, 1, 3_000);
        bytes memory head = _noise("head", length);
        chunkLength = bound(chunkLength, (length + 7) / 8, 3_001);
        Renderer renderer = _renderer(head, chunkLength);
        assertEq(bytes(renderer.head()), head, "head");
        assertEq(renderer.hash(), keccak256(head), "hash");
        assertEq(renderer.wasmHash(), WASM_HASH, "what the deployer said of the renderer in it");
    }

    function test_aHeadInAnotherOrderIsRefused() public {
        bytes memory head = _noise("head", 100);
        address[] memory chunks = _chunks(head, 50);
        (chunks[0], chunks[1]) = (chunks[1], chunks[0]);
        vm.expectPartialRevert(IRenderer.HeadMismatch.selector);
        new Renderer(chunks, keccak256(head), WASM_HASH);
    }

    function test_aHeadTakesChunks() public {
        vm.expectRevert(Renderer.NoChunks.selector);
        new Renderer(new address[](0), keccak256(""), WASM_HASH);

        address[] memory chunks = _chunks("head", 4);
        for (uint256 i = 0; i < 2; ++i) {
            chunks[0] = [STRANGER, address(registry)][i];
            vm.expectRevert(abi.encodeWithSelector(Renderer.NotAChunk.selector, chunks[0]));
            new Renderer(chunks, keccak256("head"), WASM_HASH);
        }
    }

    /// A chunk that was made and destroyed in one transaction could be made anew, with other contents.
    function test_aChunkThatIsReplacedLaterIsNeverShown() public {
        address[] memory chunks = _chunks("head", 4);
        Renderer renderer = new Renderer(chunks, keccak256("head"), WASM_HASH);
        vm.etch(chunks[0], hex"00");
        bytes memory mismatch =
            abi.encodeWithSelector(IRenderer.HeadMismatch.selector, keccak256("head"), keccak256(""));
        vm.expectRevert(mismatch);
        renderer.head();
        vm.expectRevert(mismatch);
        renderer.html(1, 0, 0, "model");
    }

    /* THE PAGE */

    function testFuzz_aPageIsItsHeadAndExactlyTheValues(uint32 stages, bytes32 seed, bytes32 traits, bytes memory model)
        public
    {
        bytes memory head = "<script>draw(";
        Renderer renderer = _renderer(head, 5);
        assertEq(renderer.html(stages, seed, traits, model), _expectedPage(head, stages, seed, traits, model), "page");
    }

    /// Whatever a model's publisher or a seed's block puts there: digits, hexadecimal and base64 can't end a string.
    function testFuzz_noValueCanBecomeScriptOrMarkup(bytes32 seed, bytes32 traits, bytes memory model) public {
        string memory page = _renderer("(", 1).html(type(uint32).max, seed, traits, model);
        assertEq(page.indicesOf('"').length, 6, "three strings");
        assertEq(page.indicesOf("<").length, 1, "one tag");
        assertEq(page.indicesOf("\\").length, 0, "no escapes");
        assertEq(page.indexOf('")</script>'), bytes(page).length - 11, "which ends the page");
    }
}
