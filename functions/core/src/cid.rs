//! The address of a file by its content, as IPFS forms it, computed here so that no service need be believed.
//!
//! Profile `unixfs-v1-2025` of IPIP-499: CIDv1, SHA-256, chunks of 1 MiB kept as raw leaves, a balanced tree with
//! 1,024 links a node. Content up to 1 MiB is a single raw leaf, whose digest is the SHA-256 of the content itself.

mod identifier;

pub use identifier::{Cid, DAG_PB, NotACid, RAW};
use sha2::{Digest, Sha256};

/// Bytes of a leaf.
pub const CHUNK: usize = PROFILE.chunk;

/// How a file is cut up. The addresses that others know follow from [`PROFILE`]; smaller shapes are for tests, in which
/// a few bytes give a tall tree.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bytes of a leaf; not zero.
    pub chunk: usize,
    /// Most links of a node; at least two.
    pub width: usize,
}

/// `unixfs-v1-2025`.
pub const PROFILE: Shape = Shape { chunk: 1 << 20, width: 1024 };

/// A node of the tree above the leaves, or the leaf itself.
#[derive(Clone, Copy)]
struct Link {
    cid: Cid,
    /// Bytes of the file below this node.
    file_size: u64,
    /// Bytes of all blocks from this node down (`Tsize`).
    total_size: u64,
}

/// The CID of a file.
pub fn of(content: &[u8]) -> Cid {
    build(content, PROFILE, |_, _| {})
}

/// The CID of a file small enough (up to 1 MiB) to be one raw leaf, from the SHA-256 of its content.
pub fn of_raw_leaf(digest: [u8; 32]) -> Cid {
    Cid::new(RAW, digest)
}

/// Builds the tree, handing every block with its CID to `emit`, children before parents, and returns the root.
pub fn build(content: &[u8], Shape { chunk, width }: Shape, mut emit: impl FnMut(&Cid, &[u8])) -> Cid {
    if content.len() <= chunk {
        return leaf(content, &mut emit).cid;
    }
    let mut level: Vec<Link> = content.chunks(chunk).map(|chunk| leaf(chunk, &mut emit)).collect();
    // All leaves lie equally deep, so packing level by level gives the balanced layout as long as a lone last child
    // still gets a parent of its own, as it does here.
    while level.len() > 1 {
        level = level.chunks(width).map(|links| node(links, &mut emit)).collect();
    }
    level[0].cid
}

fn leaf(chunk: &[u8], emit: &mut impl FnMut(&Cid, &[u8])) -> Link {
    let cid = of_raw_leaf(Sha256::digest(chunk).into());
    emit(&cid, chunk);
    let size = chunk.len() as u64;
    Link { cid, file_size: size, total_size: size }
}

/// A `dag-pb` node with a UnixFS file header (protobuf; links before data, as dag-pb's canonical form wants).
fn node(links: &[Link], emit: &mut impl FnMut(&Cid, &[u8])) -> Link {
    let file_size = links.iter().map(|l| l.file_size).sum();
    let mut unixfs = vec![0x08, 2]; // Type: File
    unixfs.push(0x18); // filesize
    varint(&mut unixfs, file_size);
    for link in links {
        unixfs.push(0x20); // blocksizes
        varint(&mut unixfs, link.file_size);
    }
    let mut block = Vec::with_capacity(links.len() * 48 + unixfs.len() + 8);
    for link in links {
        let mut entry = Vec::with_capacity(48);
        field(&mut entry, 0x0a, &link.cid.to_bytes()); // Hash
        field(&mut entry, 0x12, b""); // Name: always there, empty in a file
        entry.push(0x18); // Tsize
        varint(&mut entry, link.total_size);
        field(&mut block, 0x12, &entry); // Links
    }
    field(&mut block, 0x0a, &unixfs); // Data
    let cid = Cid::new(DAG_PB, Sha256::digest(&block).into());
    emit(&cid, &block);
    let total_size = block.len() as u64 + links.iter().map(|l| l.total_size).sum::<u64>();
    Link { cid, file_size, total_size }
}

fn field(out: &mut Vec<u8>, key: u8, value: &[u8]) {
    out.push(key);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Unsigned LEB128, which protobuf and the multiformats share.
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    /// The bytes that IPIP-499's fixtures are made of: the ChaCha20 key stream under the SHA-256 of a name.
    fn fixture_bytes(name: &str, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        ChaCha20Rng::from_seed(Sha256::digest(name).into()).fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn the_fixtures_of_ipip_499_hold() {
        assert_eq!(of(b"hello world").to_string(), "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
        let bytes = fixture_bytes("chunk-v1-seed", CHUNK + 1);
        assert_eq!(of(&bytes[..CHUNK]).to_string(), "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta");
        assert_eq!(of(&bytes).to_string(), "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64");
    }

    #[test]
    fn an_empty_file_has_the_well_known_cid() {
        assert_eq!(of(b"").to_string(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    }

    #[test]
    fn a_small_file_s_cid_can_be_formed_from_its_sha256_alone() {
        let content = b"{\"name\":\"x\"}";
        assert_eq!(of(content), of_raw_leaf(Sha256::digest(content).into()));
    }

    #[test]
    fn blocks_come_children_first_and_the_last_one_is_the_root() {
        let content = vec![7; 3 * CHUNK + 5];
        let mut blocks = Vec::new();
        let root = build(&content, PROFILE, |cid, block| blocks.push((*cid, block.to_vec())));
        assert_eq!(blocks.len(), 5);
        assert_eq!(blocks[4].0, root);
        let leaves: Vec<u8> = blocks[..4].iter().flat_map(|(_, b)| b.clone()).collect();
        assert_eq!(leaves, content);
    }

    #[test]
    fn varints_end_where_they_should() {
        for (value, bytes) in [(0, vec![0]), (127, vec![127]), (128, vec![128, 1]), (300, vec![172, 2])] {
            let mut out = Vec::new();
            varint(&mut out, value);
            assert_eq!(out, bytes);
        }
    }
}
