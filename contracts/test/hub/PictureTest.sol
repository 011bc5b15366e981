// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {STAGES} from "../Stages.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {HubTest} from "./HubTest.sol";

/// @notice A small picture with an edge: 28×28 pixels in 4×4 tiles, four columns of the last ones outside; its tree, and
/// trees of pictures that differ.
abstract contract PictureTest is HubTest {
    uint16 internal constant SMALL = 28;
    uint32 internal constant ACROSS = 4;
    bytes32 internal constant SEED = keccak256("seed");
    bytes32 internal constant TRAITS = bytes32(uint256(0x02010403040907));

    bytes internal input;
    bytes32 internal requestId;
    bytes32[6][] internal right;

    function setUp() public virtual override {
        super.setUp();
        input = abi.encode(PictureInput(STAGES, SMALL, SEED, TRAITS, "a small one"));
        requestId = _askPicture(input);
        bytes32[6][] memory tiles = PictureTree.draw(stub, modelId, SEED, TRAITS, SMALL);
        for (uint256 i = 0; i < tiles.length; ++i) {
            right.push(tiles[i]);
        }
    }

    function _askPicture(bytes memory asked) internal returns (bytes32) {
        return consumer.askAt{value: FEE}(modelId, asked, IInferenceHub.Assurance.Optimistic, CALLBACK_GAS, _deadline());
    }

    /* PICTURES */

    /// @dev The right picture but for one pixel, which is turned round.
    function _altered(uint256 index, uint256 column, uint256 row) internal view returns (bytes32[6][] memory tiles) {
        tiles = right;
        bytes3 wrong = PictureTree.get(tiles[index], column, row) ^ 0xffffff;
        PictureTree.set(tiles[index], column, row, wrong);
    }

    function _nodes(bytes32[6][] memory tiles) internal pure returns (bytes32[] memory) {
        return PictureTree.grow(PictureTree.leaves(SMALL, tiles));
    }

    function _outputOf(bytes32 root) internal pure returns (bytes memory) {
        return abi.encode(PictureOutput(root, abi.encodePacked(hex"01551220", sha256("png"))));
    }

    function _outputOf(bytes32[6][] memory tiles) internal pure returns (bytes memory) {
        return _outputOf(_nodes(tiles)[0]);
    }

    function _opening(bytes32[6][] memory tiles, uint32 index)
        internal
        pure
        returns (IInferenceHub.Opening memory opening)
    {
        opening.index = index;
        opening.tile = tiles[index];
        opening.proof = PictureTree.prove(_nodes(tiles), PictureTree.leaf(SMALL, index, tiles[index]));
    }

    /* CHALLENGES */

    function _challenge(bytes memory output, IInferenceHub.Opening memory opening, uint8 column, uint8 row) internal {
        vm.prank(WATCHER);
        hub.challengePixel(requestId, input, output, opening, column, row);
    }

    function _assertStruck(string memory message) internal view {
        _assertStake(OPERATOR, 10 ether - BOND, 0, message);
        assertEq(hub.claimableBy(WATCHER), BOND / 2, string.concat(message, ": the challenger's half"));
        assertEq(_burnt(OPERATOR), BOND - BOND / 2, string.concat(message, ": the burnt half"));
        assertEq(hub.proposalOf(requestId).proposer, address(0), string.concat(message, ": no proposal"));
    }
}
