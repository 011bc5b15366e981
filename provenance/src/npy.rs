//! NumPy's `.npy` files (format versions 1 to 3), read as far as a data set's root needs it: entry by entry.

use std::io::{BufReader, Read};
use std::path::Path;

use crate::digest::Sha256Digest;
use crate::error::{ProvenanceError, Result};
use crate::folder::open_file;
use crate::merkle::Tree;

/// Longest header that is read, in bytes; NumPy itself takes 10,000.
const MAX_HEADER: usize = 10_000;
/// Longest entry that is read, in bytes.
const MAX_ENTRY: u64 = 1 << 26;

/// What a data set's file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataRoot {
    /// How many entries.
    pub count: u64,
    /// RFC 9162's Merkle tree hash over them: entry *i* is *i* as big-endian u32, then its bytes.
    pub root: Sha256Digest,
}

/// Reads an array in C order and hashes its entries, which are its slices along the first axis.
///
/// # Errors
/// If it is no such array, or the file is not as long as its header says.
pub fn root_of(path: &Path) -> Result<DataRoot> {
    let malformed = |reason: String| ProvenanceError::malformed(path.display().to_string(), reason);
    let mut reader = BufReader::with_capacity(1 << 16, open_file(path)?);
    let header = read_header(&mut reader).map_err(malformed)?;
    let Layout { count, entry } = layout(&header).map_err(malformed)?;
    let mut tree = Tree::default();
    let mut bytes = vec![0; entry];
    for index in 0..count {
        reader.read_exact(&mut bytes).map_err(|error| malformed(format!("entry {index} of {count}: {error}")))?;
        tree.push(&[&index.to_be_bytes(), &bytes]);
    }
    if reader.read(&mut [0]).map_err(ProvenanceError::file(path))? != 0 {
        return Err(malformed(format!("bytes follow its {count} entries")));
    }
    Ok(DataRoot { count: count.into(), root: tree.root() })
}

/// The text of the header.
fn read_header(reader: &mut impl Read) -> Result<String, String> {
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(|error| error.to_string())?;
    let [magic @ .., major, _minor] = start;
    if magic != *b"\x93NUMPY" {
        return Err("it is no .npy file".into());
    }
    let mut length = [0; 4];
    match major {
        1 => reader.read_exact(&mut length[..2]),
        2 | 3 => reader.read_exact(&mut length),
        _ => return Err(format!("version {major} of the format is unknown")),
    }
    .map_err(|error| error.to_string())?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_HEADER {
        return Err(format!("its header has {length} bytes, at most {MAX_HEADER} are read"));
    }
    let mut header = vec![0; length];
    reader.read_exact(&mut header).map_err(|error| error.to_string())?;
    String::from_utf8(header).map_err(|_| "its header is not text".into())
}

/// How many entries there are, and how many bytes each has.
#[derive(Debug, PartialEq)]
struct Layout {
    count: u32,
    entry: usize,
}

/// Reads a header as NumPy writes it: a Python literal with three keys in alphabetical order.
fn layout(header: &str) -> Result<Layout, String> {
    let text: String = header.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let parts = || {
        let rest = text.strip_prefix("{'descr':'")?;
        let (kind, rest) = rest.split_once("','fortran_order':")?;
        let (order, rest) = rest.split_once(",'shape':(")?;
        let (shape, end) = rest.split_once(')')?;
        matches!(end, ",}" | "}").then_some((kind, order, shape))
    };
    let (kind, order, shape) = parts().ok_or("its header is not written as NumPy does it")?;
    if order != "False" {
        return Err("its values lie in Fortran order; save it in C order".into());
    }
    let item = item_size(kind).ok_or_else(|| format!("values of type {kind} are not read"))?;
    let mut sizes = shape.split(',').filter(|size| !size.is_empty()).map(str::parse::<u32>);
    let Some(Ok(count)) = sizes.next() else { return Err(format!("({shape}) is no shape of entries")) };
    let entry =
        sizes.try_fold(item, |bytes, size| bytes.checked_mul(size.ok()?.into()).filter(|all| *all <= MAX_ENTRY));
    match entry.map(usize::try_from) {
        Some(Ok(entry)) if entry > 0 => Ok(Layout { count, entry }),
        _ => Err(format!("entries of shape ({shape}) are not of 1 to {MAX_ENTRY} bytes")),
    }
}

/// Bytes of a value: little-endian numbers only, since a root is over bytes as they lie.
fn item_size(kind: &str) -> Option<u64> {
    let (order, kind) = kind.split_at_checked(1)?;
    let (class, size) = kind.split_at_checked(1)?;
    let size = size.parse().ok().filter(|size| matches!(size, 1 | 2 | 4 | 8))?;
    let fits = matches!(class, "u" | "i" | "f" | "b") && if size == 1 { order == "|" } else { order == "<" };
    fits.then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_numpy_writes_them() {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (24000, 3, 64, 64), }          \n";
        assert_eq!(layout(header), Ok(Layout { count: 24_000, entry: 3 * 64 * 64 }));
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }\n";
        assert_eq!(layout(header), Ok(Layout { count: 5, entry: 4 }));
    }

    #[test]
    fn other_headers_are_refused() {
        for (kind, order, shape) in [
            ("|O", "False", "(5,)"),
            (">u2", "False", "(5,)"),
            ("|u1", "True", "(5, 2)"),
            ("|u1", "False", "()"),
            ("|u1", "False", "(5, -1)"),
            ("|u1", "False", "(5, 0)"),
            ("|u1", "False", "(5, 4294967295, 4294967295, 4294967295)"),
            ("|u1", "False", "(4294967296,)"),
        ] {
            let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
            assert!(layout(&header).is_err(), "{header}");
        }
        assert!(layout("").is_err());
    }

    #[test]
    fn a_file_is_hashed_entry_by_entry_and_must_end_where_it_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.npy");
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n";
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend_from_slice(&(header.len() as u16).to_le_bytes());
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(b"abcdef");
        std::fs::write(&path, &file).expect("written");
        let mut tree = Tree::default();
        tree.push(&[&[0, 0, 0, 0], b"abc"]);
        tree.push(&[&[0, 0, 0, 1], b"def"]);
        assert_eq!(root_of(&path).expect("it is an array"), DataRoot { count: 2, root: tree.root() });

        std::fs::write(&path, &file[..file.len() - 1]).expect("written");
        assert!(root_of(&path).expect_err("cut short").to_string().contains("entry 1 of 2"));
        file.push(0);
        std::fs::write(&path, &file).expect("written");
        assert!(root_of(&path).expect_err("too long").to_string().contains("bytes follow"));
    }
}
