// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title PixelRoot
/// @notice The Merkle root over a picture's 8×8 tiles (docs/protocol.md, section 2): OpenZeppelin's standard tree.
/// @dev Pairs are sorted, so a path doesn't say where its leaf stands. Only in a tree of 2^k leaves, whose paths are all of
/// length k, each tile's being there leaves no place for another: so only such pictures can be bonded.
library PixelRoot {
    /// @notice Pixels a side of a tile.
    uint256 internal constant TILE = 8;
    /// @notice Most tiles a side of a picture that can be bonded: half of one's leaves are 64 KiB, and nodes pass on
    /// transactions of up to 128.
    uint256 internal constant MAX_ACROSS = 64;

    /// @notice Tiles a side of a picture.
    function tilesAcross(uint16 size) internal pure returns (uint256) {
        return (size + TILE - 1) / TILE;
    }

    /// @notice Whether a picture of this size can be bonded: it has 2, 4, 8, … or 64 tiles a side.
    function isBondable(uint16 size) internal pure returns (bool) {
        uint256 across = tilesAcross(size);
        return across > 1 && across <= MAX_ACROSS && across & (across - 1) == 0;
    }

    /// @notice A tile's leaf: bound to the picture's size and the tile's place, and hashed twice so that no inner node
    /// can pass for a leaf.
    /// @param size the picture's width and height in pixels
    /// @param index the tile's number, row by row
    /// @param tile 64 pixels row by row, RGB each
    function leaf(uint32 size, uint32 index, bytes32[6] calldata tile) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(size, index, tile))));
    }

    /// @notice Whether the tile is one of those of the picture with this root. A path of a length that no leaf of the
    /// picture's tree has leads nowhere.
    function verify(bytes32 root, uint16 size, uint32 index, bytes32[6] calldata tile, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        uint256 count = tilesAcross(size) ** 2;
        // Leaves lie at the two depths next to log2(count), or exactly there; a shift by 256 or more gives zero.
        if (1 << proof.length >= 2 * count || 2 << proof.length <= count) return false;
        return MerkleProof.verifyCalldata(proof, root, leaf(size, index, tile));
    }

    /// @notice The root of the tree over these leaves; zero unless they are in ascending order. Overwrites the leaves.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        unchecked {
            uint256 count = leaves.length;
            if (count == 0) return 0;
            for (uint256 i = 1; i < count; ++i) {
                if (leaves[i - 1] >= leaves[i]) return 0;
            }
            // The nodes that still need a parent, in a ring: a new one is made of the first two and joins at the end.
            for (uint256 made = 0; made + 1 < count; ++made) {
                leaves[made] = Hashes.commutativeKeccak256(leaves[(2 * made) % count], leaves[(2 * made + 1) % count]);
            }
            return leaves[count == 1 ? 0 : count - 2];
        }
    }
}
