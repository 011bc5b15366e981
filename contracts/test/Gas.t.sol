// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {BaseTest} from "./BaseTest.sol";

/// @notice What each step of a token's life costs as a whole transaction; kept in snapshots/Gas.json.
/// forge-config: default.isolate = true
contract GasTest is BaseTest {
    function setUp() public override {
        super.setUp();
        // Not the first of all: the counters and the collector's balance are set.
        _mintDrawFulfil();
        _mint();
    }

    function test_mint() public {
        vm.prank(COLLECTOR);
        art.mint{value: PRICE}(COLLECTOR);
        vm.snapshotGasLastCall("Gas", "mint, a further token of the same owner");
    }

    function test_mintToANewOwner() public {
        vm.prank(COLLECTOR);
        art.mint{value: PRICE}(STRANGER);
        vm.snapshotGasLastCall("Gas", "mint, an owner's first token");
    }

    function test_draw() public {
        vm.roll(art.tokenOf(2).drawBlock + 1);
        vm.prank(OPERATOR);
        art.draw(2);
        vm.snapshotGasLastCall("Gas", "draw");
    }

    function test_fulfil() public {
        uint256 tokenId = _mintAndDraw();
        Answer memory answer = _pictureAnswer(tokenId);
        vm.prank(OPERATOR);
        hub.fulfil(answer.receipt, answer.output, answer.signature);
        vm.snapshotGasLastCall("Gas", "fulfil");
    }

    function test_fulfilAgain() public {
        (, Answer memory answer) = _mintDrawFulfil();
        vm.prank(OPERATOR);
        hub.fulfil(answer.receipt, answer.output, answer.signature);
        vm.snapshotGasLastCall("Gas", "fulfil, the same answer again");
    }
}
