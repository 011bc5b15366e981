//! A file with the shape of its tree, as one archive (CARv1), for services that would cut it up in their own way.
//!
//! Format: <https://ipld.io/specs/transport/car/carv1/>. A header names the root, then every block follows.

use crate::cid::{Cid, build, varint};

/// A CARv1 archive of the content's `unixfs-v1-2025` tree, and the tree's root.
pub fn archive(content: &[u8]) -> (Cid, Vec<u8>) {
    let mut blocks = Vec::with_capacity(content.len() + 4096);
    let root = build(content, |cid, block| {
        let cid = cid.to_bytes();
        varint(&mut blocks, (cid.len() + block.len()) as u64);
        blocks.extend_from_slice(&cid);
        blocks.extend_from_slice(block);
    });
    let header = header(&root);
    let mut car = Vec::with_capacity(blocks.len() + header.len() + 1);
    varint(&mut car, header.len() as u64);
    car.extend_from_slice(&header);
    car.append(&mut blocks);
    (root, car)
}

/// `{"roots": [root], "version": 1}` in DAG-CBOR.
fn header(root: &Cid) -> Vec<u8> {
    let root = root.to_bytes();
    let mut out = vec![0xa2]; // map of two
    out.push(0x65); // text of five
    out.extend_from_slice(b"roots");
    out.push(0x81); // array of one
    out.extend_from_slice(&[0xd8, 42, 0x58, root.len() as u8 + 1, 0]); // tag 42: a CID, as bytes behind a zero
    out.extend_from_slice(&root);
    out.push(0x67); // text of seven
    out.extend_from_slice(b"version");
    out.push(1);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cid::CHUNK;
    use sha2::{Digest, Sha256};

    fn read_varint(bytes: &mut &[u8]) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }

    #[test]
    fn every_block_in_the_archive_hashes_to_its_cid_and_the_root_comes_last() {
        let content = vec![9; CHUNK + 1];
        let (root, car) = archive(&content);
        let mut rest = car.as_slice();
        let header_len = read_varint(&mut rest);
        assert_eq!(header_len, 58);
        rest = &rest[header_len..];
        let mut last = None;
        let mut count = 0;
        while !rest.is_empty() {
            let len = read_varint(&mut rest);
            let (section, tail) = rest.split_at(len);
            rest = tail;
            let (cid, block) = section.split_at(36);
            let cid = Cid::try_from(cid).expect("a CID");
            assert_eq!(cid.digest(), <[u8; 32]>::from(Sha256::digest(block)));
            last = Some(cid);
            count += 1;
        }
        assert_eq!((count, last), (3, Some(root)));
    }

    #[test]
    fn the_header_of_a_known_archive_is_as_the_specification_encodes_it() {
        let header = hex::encode(header(&crate::cid::of(b"hello world")));
        assert!(header.starts_with("a265726f6f747381d82a58250001551220b94d27b9"), "{header}");
        assert!(header.ends_with("6776657273696f6e01"), "{header}");
    }
}
