// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {Hub} from "../Hub.sol";
import {Receipts} from "../Receipts.sol";
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
    /// tile too many, and no picture at all.
    uint256 internal constant ANSWERS = 5;
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

    /// @dev By answer: the picture's tiles (the third has one too many) and its tree.
    bytes32[6][][4] internal _tiles;
    bytes32[][4] internal _nodes;

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
        return abi.encode(PictureInput(1, question == 3 ? SIZE : 0, SEED, TRAITS, "a picture"));
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

    /// @dev Which tile gives a wrong picture away.
    function _tellingTile(uint256 answer) internal pure returns (uint32) {
        return answer == 1 ? 0 : answer == 2 ? 3 : 4;
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
        bytes32[6][] memory more = new bytes32[6][](5);
        for (uint256 i = 0; i < 4; ++i) {
            more[i] = tiles[i];
        }
        _plant(3, more);
    }

    function _plant(uint256 answer, bytes32[6][] memory tiles) private {
        for (uint256 i = 0; i < tiles.length; ++i) {
            _tiles[answer].push(tiles[i]);
        }
        _nodes[answer] = PictureTree.grow(PictureTree.leaves(SIZE, tiles));
    }
}
