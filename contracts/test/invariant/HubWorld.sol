// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {Hub} from "../Hub.sol";
import {Receipts} from "../Receipts.sol";
import {STAGES} from "../Stages.sol";
import {Consumer} from "../mocks/Consumers.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";
import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

/// @notice The people around a hub, what they ask and what they answer. The models' key is in the wrong hands: it signs
/// anything. One operator is honest and one isn't; of a quorum's five, three are.
abstract contract HubWorld is CommonBase, StdUtils {
    /// @dev What is asked: two questions to the tensor model and one that it refuses, a picture and one of no size.
    uint256 internal constant QUESTIONS = 5;
    /// @dev The right answer first, then wrong ones: for a picture one with a wrong pixel, one with wrong padding, one with a
    /// leaf too many, one with a leaf that hides two tiles, one with the right leaves in the wrong order, and no picture at
    /// all.
    uint256 internal constant ANSWERS = 7;
    uint256 internal constant PICTURES = 6;
    /// @dev What is demanded: tiles, of which the last two don't exist, and then the leaves.
    uint256 internal constant PARTS = 7;
    uint32 internal constant LEAVES = type(uint32).max - 1;
    uint16 internal constant SIZE = 9;
    bytes32 internal constant SEED = keccak256("seed");
    bytes32 internal constant TRAITS = 0;
    bytes32 internal constant SALT = keccak256("salt");

    uint128 public constant BOND = 6_401;
    uint64 public constant WINDOW = 20 minutes;

    Hub internal immutable HUB;
    StubExecutor internal immutable STUB;
    bytes32 internal immutable TENSOR;
    bytes32 internal immutable PICTURE;
    uint256 internal immutable KEY;

    address public honest = address(0xa11ce);
    address public dishonest = address(0xbad);
    address public watcher = address(0x3a7c);
    address public troll = address(0x7011);
    address[] public quorum;
    Consumer[] public consumers;

    /// @dev By answer: the picture's tiles and its tree.
    bytes32[6][][PICTURES] internal _tiles;
    bytes32[][PICTURES] internal _nodes;

    struct Models {
        bytes32 tensor;
        bytes32 picture;
        uint256 key;
    }

    constructor(Hub hub, StubExecutor stub, Models memory models) {
        (HUB, STUB, TENSOR, PICTURE, KEY) = (hub, stub, models.tensor, models.picture, models.key);
        for (uint160 i = 1; i <= 5; ++i) {
            quorum.push(address(0xc0000 + i));
        }
        _drawAll();
    }

    /* QUESTIONS */

    function _isPicture(uint256 question) internal pure returns (bool) {
        return question >= 3;
    }

    function _input(uint256 question) internal pure returns (bytes memory) {
        if (question == 0) return "first";
        if (question == 1) return "second";
        if (question == 2) return hex"ff";
        return abi.encode(PictureInput(STAGES, question == 3 ? SIZE : 0, SEED, TRAITS, "a picture"));
    }

    function _hasAnswer(uint256 question) internal pure returns (bool) {
        return question != 2 && question != 4;
    }

    /* ANSWERS */

    function _output(uint256 question, uint256 answer) internal view returns (bytes memory) {
        if (answer == ANSWERS - 1) return "no answer at all";
        if (_isPicture(question)) {
            return abi.encode(PictureOutput(_nodes[answer][0], abi.encodePacked(hex"01551220", sha256("png"))));
        }
        return answer == 0 && _hasAnswer(question) ? STUB.run(TENSOR, _input(question)) : abi.encode(answer);
    }

    /// @dev Which tile gives a wrong picture away: its right leaf is not among those in the tree. The last trees' leaves can't
    /// be shown at all.
    function _tellingTile(uint256 answer) internal pure returns (uint32) {
        return answer == 2 ? 3 : 0;
    }

    function _part(uint256 number) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return number % PARTS == PARTS - 1 ? LEAVES : uint32(number % PARTS);
    }

    /// @dev The leaves as they are shown: the last nodes are the smallest.
    function _leaves(uint256 answer) internal view returns (bytes32[] memory leaves) {
        bytes32[] memory nodes = _nodes[answer];
        leaves = new bytes32[]((nodes.length + 1) / 2);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = nodes[nodes.length - 1 - i];
        }
    }

    function _opening(uint256 answer, uint32 index) internal view returns (IInferenceHub.Opening memory opening) {
        opening.index = index;
        if (index >= _tiles[answer].length) return opening;
        opening.tile = _tiles[answer][index];
        opening.proof = PictureTree.prove(_nodes[answer], PictureTree.leaf(SIZE, index, opening.tile));
    }

    function _sign(bytes32 requestId, bytes memory output)
        internal
        view
        returns (IInferenceHub.Receipt memory receipt, bytes memory signature)
    {
        return Receipts.sign(HUB, requestId, output, KEY);
    }

    function _drawAll() private {
        bytes32[6][] memory tiles = PictureTree.draw(STUB, PICTURE, SEED, TRAITS, SIZE);
        _plant(0, tiles);
        // The pixel (2, 3) of the first tile, then (1, 1) of the last, which lies outside the picture.
        bytes3 right = PictureTree.get(tiles[0], 2, 3);
        PictureTree.set(tiles[0], 2, 3, ~right);
        _plant(1, tiles);
        PictureTree.set(tiles[0], 2, 3, right);
        PictureTree.set(tiles[3], 1, 1, 0x010203);
        _plant(2, tiles);
        PictureTree.set(tiles[3], 1, 1, 0);
        _plant(3, tiles);
        bytes32 wrongLeaf = PictureTree.leaves(SIZE, _tiles[1])[0];
        bytes32[] memory leaves = PictureTree.leaves(SIZE, tiles);
        _nodes[3] = PictureTree.grow(_with(leaves, wrongLeaf));
        _plant(4, tiles);
        bytes32[] memory hiding = PictureTree.leaves(SIZE, tiles);
        (hiding[0], hiding[1]) = (PictureTree.pair(leaves[0], leaves[1]), wrongLeaf);
        _nodes[4] = PictureTree.grow(hiding);
        _plant(5, tiles);
        bytes32[] memory nodes = _nodes[5];
        (nodes[4], nodes[6]) = (nodes[6], nodes[4]);
        (nodes[1], nodes[2]) = (PictureTree.pair(nodes[3], nodes[4]), PictureTree.pair(nodes[5], nodes[6]));
        nodes[0] = PictureTree.pair(nodes[1], nodes[2]);
        _nodes[5] = nodes;
    }

    function _with(bytes32[] memory leaves, bytes32 another) private pure returns (bytes32[] memory more) {
        more = new bytes32[](leaves.length + 1);
        for (uint256 i = 0; i < leaves.length; ++i) {
            more[i] = leaves[i];
        }
        more[leaves.length] = another;
    }

    function _plant(uint256 answer, bytes32[6][] memory tiles) private {
        for (uint256 i = 0; i < tiles.length; ++i) {
            _tiles[answer].push(tiles[i]);
        }
        _nodes[answer] = PictureTree.grow(PictureTree.leaves(SIZE, tiles));
    }
}
