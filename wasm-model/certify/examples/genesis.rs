//! Writes `models/genesis`: the first picture model as an ONNX file, and its manifest.
//!
//! `cargo run -p verdigris-certify --example genesis`

use std::path::Path;
use verdigris_certify::{Options, WriteOptions, certify, write_onnx};
use verdigris_model::{genesis, keccak256};

const COMMAND: &str = "cargo run -p verdigris-certify --example genesis";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let network = genesis();
    let options = WriteOptions { input: "features".into(), output: "fields".into(), ..Default::default() };
    let onnx = write_onnx(&network, &options)?;
    let certificate = certify(&onnx, &Options::default())?;
    if certificate.network != network {
        return Err("the file does not certify to the network it was written from".into());
    }
    let hash = |bytes: [u8; 32]| format!("0x{}", hex::encode(bytes));
    let manifest = serde_json::json!({
        "name": "genesis",
        "task": "picture",
        "canonicalHash": hash(network.canonical_hash()),
        "onnxHash": hash(keccak256(&onnx)),
        "madeBy": COMMAND,
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/genesis");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("genesis.onnx"), &onnx)?;
    std::fs::write(folder.join("manifest.json"), format!("{manifest:#}\n"))?;
    println!(
        "{}\n{} bytes of ONNX, {} bytes of canonical form",
        certificate.report,
        onnx.len(),
        network.to_bytes().len()
    );
    Ok(())
}
