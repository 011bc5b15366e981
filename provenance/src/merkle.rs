//! The Merkle tree of RFC 9162 (section 2.1.1), over the entries of a data set.

use sha2::{Digest, Sha256};

use crate::digest::Sha256Digest;

/// A tree that is grown leaf by leaf; it keeps one hash for each complete subtree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    leaves: u64,
    peaks: Vec<Sha256Digest>,
}

impl Tree {
    /// Adds an entry, given in parts.
    pub fn push(&mut self, parts: &[&[u8]]) {
        let mut hasher = Sha256::new_with_prefix([0]);
        for part in parts {
            hasher.update(part);
        }
        let mut node = Sha256Digest(hasher.finalize().into());
        for _ in 0..self.leaves.trailing_ones() {
            node = self.peaks.pop().map_or(node, |left| join(left, node));
        }
        self.peaks.push(node);
        self.leaves += 1;
    }

    /// The hash of the whole tree.
    pub fn root(mut self) -> Sha256Digest {
        let Some(mut root) = self.peaks.pop() else { return Sha256Digest::of(b"") };
        while let Some(left) = self.peaks.pop() {
            root = join(left, root);
        }
        root
    }
}

fn join(left: Sha256Digest, right: Sha256Digest) -> Sha256Digest {
    Sha256Digest(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries and roots that implementations of Certificate Transparency test each other with.
    #[test]
    fn the_known_trees_have_their_roots() {
        let entries =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(tree.clone().root().to_string(), roots[0]);
        for (entry, root) in entries.iter().zip(&roots[1..]) {
            let entry = hex::decode(entry).expect("hex");
            let (begin, end) = entry.split_at(entry.len() / 2);
            tree.push(&[begin, end]);
            assert_eq!(tree.clone().root().to_string(), *root);
        }
    }
}
