// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {PixelRoot} from "../../src/lib/PixelRoot.sol";
import {PictureOutput} from "../../src/types/Picture.sol";
import {LeveledTest} from "./LeveledTest.sol";

/// @notice One tile of an attested picture, checked on chain against a tree that OpenZeppelin's JavaScript library
/// built (tools/pixel-root-vector.mjs).
contract TileTest is LeveledTest {
    uint16 internal constant VECTOR_SIZE = 20;
    uint32 internal constant TILES = 9;

    string internal vector;
    uint256 internal tokenId;

    function setUp() public override {
        super.setUp();
        vector = vm.readFile("test/vectors/pixel-root.json");
        assertEq(vm.parseJsonUint(vector, ".size"), VECTOR_SIZE, "the vector's size");
        ISeedArt.Edition memory edition = _edition();
        edition.size = VECTOR_SIZE;
        art = new SeedArt(edition);
        tokenId = _mintAndDraw();
        bytes memory cid = abi.encodePacked(hex"01551220", keccak256("image"));
        bytes32 root = vm.parseJsonBytes32(vector, ".root");
        _fulfil(_answer(art.tokenOf(tokenId).requestId, abi.encode(PictureOutput(root, cid))));
    }

    function _tile(uint256 index) internal view returns (bytes32[6] memory tile, bytes32[] memory proof) {
        string memory at = string.concat(".tiles[", vm.toString(index), "]");
        bytes32[] memory words = vm.parseJsonBytes32Array(vector, string.concat(at, ".words"));
        for (uint256 i = 0; i < 6; ++i) {
            tile[i] = words[i];
        }
        proof = vm.parseJsonBytes32Array(vector, string.concat(at, ".proof"));
    }

    function leaf(uint32 size, uint32 index, bytes32[6] calldata tile) external pure returns (bytes32) {
        return PixelRoot.leaf(size, index, tile);
    }

    function test_everyTileLiesAtItsPlace() public view {
        for (uint32 i = 0; i < TILES; ++i) {
            (bytes32[6] memory tile, bytes32[] memory proof) = _tile(i);
            string memory at = string.concat(".tiles[", vm.toString(i), "].leaf");
            assertEq(this.leaf(VECTOR_SIZE, i, tile), vm.parseJsonBytes32(vector, at), "leaf");
            assertTrue(art.verifyTile(tokenId, i, tile, proof), "tile");
        }
    }

    function testFuzz_aTileLiesNowhereElse(uint32 index, uint32 other) public view {
        index = uint32(bound(index, 0, TILES - 1));
        vm.assume(other != index);
        (bytes32[6] memory tile, bytes32[] memory proof) = _tile(index);
        assertFalse(art.verifyTile(tokenId, other, tile, proof), "another place");
    }

    function testFuzz_onePixelBesideIsRefused(uint32 index, uint256 at, uint8 flip) public view {
        index = uint32(bound(index, 0, TILES - 1));
        at = bound(at, 0, 191);
        vm.assume(flip != 0);
        (bytes32[6] memory tile, bytes32[] memory proof) = _tile(index);
        tile[at / 32] ^= bytes32(uint256(flip)) << (8 * (31 - at % 32));
        assertFalse(art.verifyTile(tokenId, index, tile, proof), "another pixel");
    }

    function testFuzz_aBentProofIsRefused(uint32 index, uint256 at, bytes32 sibling) public view {
        index = uint32(bound(index, 0, TILES - 1));
        (bytes32[6] memory tile, bytes32[] memory proof) = _tile(index);
        at = bound(at, 0, proof.length - 1);
        vm.assume(proof[at] != sibling);
        proof[at] = sibling;
        assertFalse(art.verifyTile(tokenId, index, tile, proof), "another sibling");
    }

    function test_aPictureOfAnotherSizeHasOtherLeaves() public view {
        (bytes32[6] memory tile,) = _tile(0);
        assertNotEq(this.leaf(20, 0, tile), this.leaf(24, 0, tile), "leaves");
    }

    function test_aTokenWithoutAPictureHasNoTiles() public {
        uint256 second = _mintAndDraw();
        (bytes32[6] memory tile, bytes32[] memory proof) = _tile(0);
        assertFalse(art.verifyTile(second, 0, tile, proof), "not fulfilled");
        // A root of zero must not be matched by an empty proof.
        assertFalse(art.verifyTile(second, 0, tile, new bytes32[](0)), "no proof");
        assertFalse(art.verifyTile(999, 0, tile, proof), "no such token");
    }

    function test_aRefutedPicturesTilesProveNothing() public {
        (bytes32[6] memory tile, bytes32[] memory proof) = _tile(0);
        assertTrue(art.verifyTile(tokenId, 0, tile, proof), "while the answer stands");
        _refute(art.tokenOf(tokenId).requestId);
        assertFalse(art.verifyTile(tokenId, 0, tile, proof), "refuted");
    }
}
