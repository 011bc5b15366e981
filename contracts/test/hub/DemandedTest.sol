// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {PictureTest} from "./PictureTest.sol";

/// @notice The right picture, bonded, and a watcher who demands parts of it.
abstract contract DemandedTest is PictureTest {
    uint32 internal constant LEAVES = type(uint32).max - 1;
    uint256 internal constant LEAVES_DEPOSIT = BOND / 4;
    uint256 internal constant LOST = BOND / 2;

    bytes internal output;
    uint256 internal start;

    function setUp() public override {
        super.setUp();
        output = _outputOf(right);
        _propose(requestId, output);
        start = block.timestamp;
    }

    function _demand(uint32 index) internal {
        vm.prank(WATCHER);
        hub.demandTile{value: DEPOSIT}(requestId, index);
    }

    function _show(uint32 index) internal {
        IInferenceHub.Opening memory opening = _opening(right, index);
        vm.prank(OPERATOR);
        hub.showTile(requestId, input, output, opening);
    }
}
