// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {STAGES} from "../Stages.sol";

/// @notice Draws pictures through an executor, cuts them into tiles, and makes OpenZeppelin's standard Merkle tree over them.
library PictureTree {
    /// @notice All tiles of a picture; what lies outside it is zero.
    function draw(IExecutor executor, bytes32 modelId, bytes32 seed, bytes32 traits, uint16 size)
        internal
        view
        returns (bytes32[6][] memory tiles)
    {
        uint256 across = (uint256(size) + 7) / 8;
        tiles = new bytes32[6][](across * across);
        for (uint16 y = 0; y < size; ++y) {
            for (uint16 x = 0; x < size; ++x) {
                bytes3 rgb = executor.pixel(modelId, STAGES, seed, traits, size, x, y);
                // forge-lint: disable-next-line(divide-before-multiply)
                set(tiles[(y / 8) * across + x / 8], x % 8, y % 8, rgb);
            }
        }
    }

    /// @notice Sets one pixel of a tile.
    function set(bytes32[6] memory tile, uint256 column, uint256 row, bytes3 rgb) internal pure {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 at = 3 * (8 * row + column) + i;
            uint256 shift = 8 * (31 - at % 32);
            uint256 rest = uint256(tile[at / 32]) & ~(uint256(0xff) << shift);
            tile[at / 32] = bytes32(rest | (uint256(uint8(rgb[i])) << shift));
        }
    }

    /// @notice One pixel of a tile.
    function get(bytes32[6] memory tile, uint256 column, uint256 row) internal pure returns (bytes3 rgb) {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 at = 3 * (8 * row + column) + i;
            rgb |= bytes3(tile[at / 32][at % 32]) >> (8 * i);
        }
    }

    function leaf(uint32 size, uint32 index, bytes32[6] memory tile) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(size, index, tile))));
    }

    function leaves(uint32 size, bytes32[6][] memory tiles) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](tiles.length);
        for (uint32 i = 0; i < tiles.length; ++i) {
            hashes[i] = leaf(size, i, tiles[i]);
        }
    }

    /// @notice The tree's nodes, root first: leaves sorted, stored from the end.
    function grow(bytes32[] memory hashes) internal pure returns (bytes32[] memory nodes) {
        uint256 count = hashes.length;
        nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) {
            // Insertion from the end, so that the smallest lies last.
            uint256 at = 2 * count - 2 - i;
            while (at < 2 * count - 2 && nodes[at + 1] > hashes[i]) {
                nodes[at] = nodes[at + 1];
                ++at;
            }
            nodes[at] = hashes[i];
        }
        for (uint256 i = count - 1; i > 0; --i) {
            nodes[i - 1] = pair(nodes[2 * i - 1], nodes[2 * i]);
        }
    }

    /// @notice One half of leaves in ascending order.
    function half(bytes32[] memory ascending, bool upper) internal pure returns (IInferenceHub.Half memory half_) {
        uint256 count = ascending.length / 2;
        (bytes32[] memory own, bytes32[] memory other) = (new bytes32[](count), new bytes32[](count));
        for (uint256 i = 0; i < count; ++i) {
            own[i] = ascending[upper ? count + i : i];
            other[i] = ascending[upper ? i : count + i];
        }
        return IInferenceHub.Half(upper, own, grow(other)[0], other[upper ? count - 1 : 0]);
    }

    /// @notice A leaf's siblings, from the leaves up.
    function prove(bytes32[] memory nodes, bytes32 hash) internal pure returns (bytes32[] memory proof) {
        uint256 at = nodes.length - 1;
        while (nodes[at] != hash) {
            --at;
        }
        proof = new bytes32[](64);
        uint256 length;
        for (; at != 0; at = (at - 1) / 2) {
            proof[length++] = nodes[at % 2 == 0 ? at - 1 : at + 1];
        }
        assembly ("memory-safe") {
            mstore(proof, length)
        }
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
