//! The pixel root: a Merkle tree over a picture's 8×8 tiles, so that one tile can be checked without the rest.
//!
//! The tree is OpenZeppelin's standard Merkle tree; a leaf is bound to the picture's size and the tile's index.

use super::{Picture, PictureError};
use crate::keccak::{keccak256, keccak256_both};
use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;

/// Pixels a side of a tile.
pub const TILE_SIDE: usize = 8;
/// Bytes of a tile: 64 pixels, RGB.
pub const TILE_BYTES: usize = 192;
/// What is hashed to a leaf: size and index as words, and the tile.
const LEAF_BYTES: usize = 64 + TILE_BYTES;
/// Most tiles a side of a picture that can be bonded.
const MAX_BONDABLE: u16 = 64;

/// Whether a picture of this size can be bonded at level Optimistic: it has 2, 4, 8, … or 64 tiles a side, so that all
/// paths in its tree have one length (`docs/assurance.md`).
pub fn is_bondable(size: u16) -> bool {
    let side = size.div_ceil(TILE_SIDE as u16);
    side.is_power_of_two() && (2..=MAX_BONDABLE).contains(&side)
}

/// The root of the tree over leaves in ascending order; zero if there are none.
pub fn root_of(leaves: impl IntoIterator<Item = [u8; 32]>) -> [u8; 32] {
    tree_of(leaves.into_iter().collect()).first().copied().unwrap_or_default()
}

/// All nodes of the tree over leaves in ascending order: the root first, the children of node *i* at 2*i* + 1 and
/// 2*i* + 2.
fn tree_of(mut leaves: Vec<[u8; 32]>) -> Vec<[u8; 32]> {
    leaves.reverse();
    let mut unknown = leaves.len().saturating_sub(1);
    let mut tree = vec![[0; 32]; unknown];
    tree.append(&mut leaves);
    let children = |tree: &[[u8; 32]], node: usize| ordered(&tree[2 * node + 1], &tree[2 * node + 2]);
    // Two at once, as long as neither is made of the other: only the root is made of the node right after it.
    while unknown > 2 {
        unknown -= 2;
        let pair = [children(&tree, unknown), children(&tree, unknown + 1)];
        tree[unknown..][..2].copy_from_slice(&keccak256_both([&pair[0], &pair[1]]));
    }
    for node in (0..unknown).rev() {
        tree[node] = keccak256(&children(&tree, node));
    }
    tree
}

/// One tile with the evidence that it belongs to a pixel root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileProof {
    /// The tile's pixels, row by row; zero where the tile reaches beyond the picture.
    pub tile: [u8; TILE_BYTES],
    /// The leaf, as a contract would compute it.
    pub leaf: [u8; 32],
    /// Siblings from the leaf up to the root.
    pub proof: Vec<[u8; 32]>,
}

impl Picture {
    /// Number of tiles, row by row.
    pub fn tile_count(&self) -> u32 {
        let side = u32::from(self.size).div_ceil(TILE_SIDE as u32);
        side * side
    }

    /// The pixels of one tile.
    ///
    /// # Errors
    /// If there is no such tile.
    pub fn tile(&self, index: u32) -> Result<[u8; TILE_BYTES], PictureError> {
        let count = self.tile_count();
        if index >= count {
            return Err(PictureError::Tile { index, count });
        }
        let size = usize::from(self.size);
        let side = size.div_ceil(TILE_SIDE);
        let (left, top) = (index as usize % side * TILE_SIDE, index as usize / side * TILE_SIDE);
        let width = TILE_SIDE.min(size - left);
        let mut tile = [0; TILE_BYTES];
        for (y, row) in tile.chunks_exact_mut(3 * TILE_SIDE).enumerate().take(size - top) {
            let start = 3 * ((top + y) * size + left);
            row[..3 * width].copy_from_slice(&self.rgb[start..][..3 * width]);
        }
        Ok(tile)
    }

    /// The root of the tree over all tiles.
    pub fn pixel_root(&self) -> [u8; 32] {
        root_of(self.leaves())
    }

    /// A tile and the evidence that it belongs to [`Self::pixel_root`].
    ///
    /// # Errors
    /// If there is no such tile.
    pub fn tile_proof(&self, index: u32) -> Result<TileProof, PictureError> {
        let tile = self.tile(index)?;
        let leaf = tile_leaf(self.size, index, &tile);
        let tree = tree_of(self.leaves());
        // Leaves are stored from the end in ascending order. Equal leaves cannot be: each names its index.
        let leaves = &tree[tree.len() - self.tile_count() as usize..];
        let mut at = tree.len() - 1 - leaves.iter().rev().position(|other| *other == leaf).unwrap_or(0);
        let mut proof = Vec::new();
        while at > 0 {
            proof.push(tree[((at - 1) ^ 1) + 1]);
            at = (at - 1) / 2;
        }
        Ok(TileProof { tile, leaf, proof })
    }

    /// The leaves of all tiles, in ascending order.
    pub fn leaves(&self) -> Vec<[u8; 32]> {
        let count = self.tile_count();
        let words = |index| self.tile(index).map(|tile| leaf_words(self.size, index, &tile)).unwrap_or([0; LEAF_BYTES]);
        let mut leaves = Vec::with_capacity(count as usize + 1);
        for first in (0..count).step_by(2) {
            let words = [words(first), words(first + 1)];
            let inner = keccak256_both([&words[0], &words[1]]);
            leaves.extend(keccak256_both([&inner[0], &inner[1]]));
        }
        leaves.truncate(count as usize);
        // A heap and not `sort`, whose code a browser would have to download: it is larger than all of the kernel's.
        let sorted = leaves.iter().collect::<BinaryHeap<_>>().into_sorted_vec();
        sorted.into_iter().copied().collect()
    }
}

/// The leaf of a tile: `keccak256(keccak256(abi.encode(uint32 size, uint32 index, bytes32[6] tile)))`.
pub fn tile_leaf(size: u16, index: u32, tile: &[u8; TILE_BYTES]) -> [u8; 32] {
    keccak256(&keccak256(&leaf_words(size, index, tile)))
}

fn leaf_words(size: u16, index: u32, tile: &[u8; TILE_BYTES]) -> [u8; LEAF_BYTES] {
    let mut words = [0; LEAF_BYTES];
    words[30..32].copy_from_slice(&size.to_be_bytes());
    words[60..64].copy_from_slice(&index.to_be_bytes());
    words[64..].copy_from_slice(tile);
    words
}

fn ordered(a: &[u8; 32], b: &[u8; 32]) -> [u8; 64] {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let mut both = [0; 64];
    both[..32].copy_from_slice(low);
    both[32..].copy_from_slice(high);
    both
}
