// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title PixelRoot
/// @notice Checks one 8×8 tile of a picture against the Merkle root over all of them (docs/protocol.md, section 2).
library PixelRoot {
    /// @notice A tile's leaf: bound to the picture's size and the tile's place, and hashed twice so that no inner node
    /// can pass for a leaf.
    /// @param size the picture's width and height in pixels
    /// @param index the tile's number, row by row
    /// @param tile 64 pixels row by row, RGB each
    function leaf(uint32 size, uint32 index, bytes32[6] calldata tile) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(size, index, tile))));
    }

    /// @notice Whether the tile lies at its place in the picture with this root.
    function verify(bytes32 root, uint32 size, uint32 index, bytes32[6] calldata tile, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        return MerkleProof.verifyCalldata(proof, root, leaf(size, index, tile));
    }
}
