//! Writes files with their addresses on IPFS, and data items for Arweave, for other software to be held against.
//!
//! `cargo run -p verdigris-core --example addresses -- FOLDER`; `tests/peers/addresses.test.mjs` reads what it writes:
//! `addresses.json`, the files `{len}.bin`, the archives `{len}.car` and the items `{name}.item`.

use std::error::Error;
use std::fs;
use std::path::Path;

use alloy_primitives::B256;
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};
use verdigris_core::ans104::{self, MAX_NAME, MAX_TAGS, MAX_TAGS_BYTES};
use verdigris_core::{car, cid};

/// Bytes: nothing; a few; what other profiles cut at, and one more; what ours cuts at, and one more; several chunks.
const LENGTHS: [usize; 7] = [0, 5, 262_144, 262_145, cid::CHUNK, cid::CHUNK + 1, 5_000_001];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write to")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let files: Result<Vec<Value>, _> = LENGTHS.iter().map(|&len| file(folder, len)).collect();
    let record = json!({ "files": files?, "items": items(folder)? });
    Ok(fs::write(folder.join("addresses.json"), serde_json::to_vec_pretty(&record)?)?)
}

/// A content no two chunks of which are alike.
fn content(len: usize) -> Vec<u8> {
    (0..len as u32).map(|at| (at.wrapping_mul(0x9e37_79b1) >> 24) as u8).collect()
}

fn file(folder: &Path, len: usize) -> Result<Value, Box<dyn Error>> {
    let content = content(len);
    let (root, archive) = car::archive(&content);
    fs::write(folder.join(format!("{len}.bin")), &content)?;
    fs::write(folder.join(format!("{len}.car")), archive)?;
    Ok(json!({ "len": len, "cid": cid::of(&content).to_string(), "root": root.to_string() }))
}

/// Items with no tags, with those that a picture has, and with as many and as long ones as there may be.
fn items(folder: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let picture = [("Content-Type", "image/png"), ("App-Name", "Verdigris"), ("IPFS-CID", "bafkrei…")];
    // How many tags there are, how long both texts are, and the end, take six bytes.
    let (name, value) = ("n".repeat(MAX_NAME), "v".repeat(MAX_TAGS_BYTES - MAX_NAME - 6));
    let items = [
        item(folder, "empty", 0, &[]),
        item(folder, "untagged", 5, &[]),
        item(folder, "picture", 300_000, &picture),
        item(folder, "many-tags", 1, &[("n", "a value of twenty-eight byte"); MAX_TAGS]),
        item(folder, "long-tags", cid::CHUNK + 1, &[(&name, &value)]),
    ];
    items.into_iter().collect()
}

fn item(folder: &Path, case: &str, len: usize, tags: &[(&str, &str)]) -> Result<Value, Box<dyn Error>> {
    let key = B256::repeat_byte(7);
    let item = ans104::sign(&content(len), tags, &PrivateKeySigner::from_bytes(&key)?)?;
    fs::write(folder.join(format!("{case}.item")), &item.bytes)?;
    let tags: Vec<_> = tags.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    Ok(json!({ "case": case, "len": len, "id": item.address(), "tags": tags, "key": key }))
}
