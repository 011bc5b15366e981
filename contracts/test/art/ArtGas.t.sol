// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {LeveledTest} from "./LeveledTest.sol";

/// @notice What reading a token costs, its drawing left out: the executor answers at once. Kept in snapshots/Art.json.
contract ArtGasTest is LeveledTest {
    function _drawnAtOnce(uint256 tokenId) internal {
        bytes memory rgb = art.rows(tokenId, 0, 32, 32);
        vm.mockCall(address(executor), abi.encodePacked(executor.rows.selector), abi.encode(rgb));
    }

    function test_minted() public {
        uint256 tokenId = _mint();
        art.tokenURI(tokenId);
        vm.snapshotGasLastCall("Art", "tokenURI, minted");
    }

    function test_drawn() public {
        uint256 tokenId = _mintAndDraw();
        art.metadataOf(tokenId);
        vm.snapshotGasLastCall("Art", "metadataOf, seed drawn");
        _drawnAtOnce(tokenId);
        art.tokenURI(tokenId);
        vm.snapshotGasLastCall("Art", "tokenURI, seed drawn, without the drawing");
    }

    function test_fulfilled() public {
        (uint256 tokenId,) = _mintDrawFulfil();
        art.metadataOf(tokenId);
        vm.snapshotGasLastCall("Art", "metadataOf, answered");
        _drawnAtOnce(tokenId);
        art.tokenURI(tokenId);
        vm.snapshotGasLastCall("Art", "tokenURI, answered, without the drawing");
    }
}
