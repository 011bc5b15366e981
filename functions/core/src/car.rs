//! A file with the shape of its tree, as one archive (CARv1), for services that would cut it up in their own way.
//!
//! Format: <https://ipld.io/specs/transport/car/carv1/>. A header names the root, then every block follows.

use crate::cid::{Cid, PROFILE, RAW, Shape, build, varint};
use crate::error::{Error, Result};

/// The archive's media type.
pub const MEDIA_TYPE: &str = "application/vnd.ipld.car";

/// A CARv1 archive of the content's `unixfs-v1-2025` tree, and the tree's root.
pub fn archive(content: &[u8]) -> (Cid, Vec<u8>) {
    archive_as(content, PROFILE)
}

/// The same with a tree of another shape.
pub fn archive_as(content: &[u8], shape: Shape) -> (Cid, Vec<u8>) {
    let mut blocks = Vec::with_capacity(content.len() + 4096);
    let root = build(content, shape, |cid, block| {
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

/// The root and the content of an archive that is as [`archive`] makes it. Nothing in it is believed: the content must
/// give the same archive again, byte for byte.
///
/// # Errors
/// [`Error::Malformed`] if it doesn't. Memory is bounded by the archive's size.
pub fn read(car: &[u8]) -> Result<(Cid, Vec<u8>)> {
    read_as(car, PROFILE)
}

/// The same with a tree of another shape.
///
/// # Errors
/// As [`read`].
pub fn read_as(car: &[u8], shape: Shape) -> Result<(Cid, Vec<u8>)> {
    let malformed = |reason: &str| Box::new(Error::Malformed { what: "the archive", reason: reason.into() });
    let mut rest = car;
    let mut section = || -> Result<Option<&[u8]>> {
        if rest.is_empty() {
            return Ok(None);
        }
        let len = read_varint(&mut rest).ok_or_else(|| malformed("a section's length is no number"))?;
        let (section, tail) = usize::try_from(len)
            .ok()
            .and_then(|len| rest.split_at_checked(len))
            .ok_or_else(|| malformed("a section is longer than what is there"))?;
        rest = tail;
        Ok(Some(section))
    };
    section()?.ok_or_else(|| malformed("it is empty"))?;
    let mut content = Vec::new();
    while let Some(section) = section()? {
        let cid = section.split_at_checked(Cid::LEN).and_then(|(cid, block)| Some((Cid::try_from(cid).ok()?, block)));
        let (cid, block) = cid.ok_or_else(|| malformed("a block has no CID"))?;
        if cid.codec() == RAW {
            content.extend_from_slice(block);
        }
    }
    let (root, expected) = archive_as(&content, shape);
    if expected != car {
        return Err(malformed("it is not the archive of a file under the profile unixfs-v1-2025, leaves in order"));
    }
    Ok((root, content))
}

/// Unsigned LEB128 of at most 64 bits.
fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        value |= bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits)?;
        if byte < &0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cid::CHUNK;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn every_block_in_the_archive_hashes_to_its_cid_and_the_root_comes_last() {
        let content = vec![9; CHUNK + 1];
        let (root, car) = archive(&content);
        let mut rest = car.as_slice();
        let header_len = read_varint(&mut rest).expect("a length");
        assert_eq!(header_len, 58);
        rest = &rest[58..];
        let mut last = None;
        let mut count = 0;
        while !rest.is_empty() {
            let len = read_varint(&mut rest).expect("a length");
            let (section, tail) = rest.split_at(len as usize);
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

    #[test]
    fn what_is_archived_is_read_again() {
        for len in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let content: Vec<u8> = (0..len).map(|i| (i >> 8) as u8 ^ i as u8).collect();
            let (root, car) = archive(&content);
            assert_eq!(read(&car), Ok((root, content)), "{len}");
        }
    }

    #[test]
    fn an_archive_that_was_tampered_with_anywhere_or_cut_off_is_refused() {
        let (_, car) = archive(b"hello world");
        for at in 0..car.len() {
            let mut other = car.clone();
            other[at] ^= 1;
            assert!(read(&other).is_err(), "byte {at}");
            assert!(read(&car[..at]).is_err(), "{at} bytes");
        }
        let (_, mut car) = archive(&vec![9; CHUNK + 1]);
        let middle = car.len() / 2;
        car[middle] ^= 1;
        assert!(read(&car).is_err(), "content that its CID doesn't fit");
    }

    #[test]
    fn a_length_beyond_what_can_be_is_refused_before_anything_is_set_aside() {
        assert_eq!(read_varint(&mut &[0xff; 9][..]), None);
        assert_eq!(read_varint(&mut &[0x80; 11][..]), None);
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(read_varint(&mut &most[..]), Some(u64::MAX));
        let beyond = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(read_varint(&mut &beyond[..]), None);
        assert!(read(&most).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
