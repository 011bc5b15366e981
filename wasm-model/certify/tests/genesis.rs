//! The committed ONNX file of the first picture model is the network that the renderer draws with.

mod common;

use common::{random, tract};
use std::path::{Path, PathBuf};
use verdigris_certify::{Options, certify};
use verdigris_model::{genesis, keccak256, reference};

const COMMAND: &str = "cargo run -p verdigris-certify --example genesis";

fn committed(name: &str) -> (PathBuf, Vec<u8>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/genesis").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `{COMMAND}`", path.display()));
    (path, bytes)
}

fn hash(bytes: [u8; 32]) -> String {
    format!("0x{}", hex::encode(bytes))
}

#[test]
fn the_committed_file_certifies_to_the_network_in_the_source() {
    let (_, onnx) = committed("genesis.onnx");
    let certificate = certify(&onnx, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let (found, expected) = (certificate.network.canonical_hash(), genesis().canonical_hash());
    assert_eq!(hash(found), hash(expected), "models/genesis is out of date: run `{COMMAND}`");
    assert!(certificate.report.guarded());
}

#[test]
fn the_manifest_names_the_committed_file_and_network() {
    let (_, onnx) = committed("genesis.onnx");
    let manifest: serde_json::Value = serde_json::from_slice(&committed("manifest.json").1).expect("JSON");
    assert_eq!(manifest["onnxHash"], hash(keccak256(&onnx)), "run `{COMMAND}`");
    assert_eq!(manifest["canonicalHash"], hash(genesis().canonical_hash()), "run `{COMMAND}`");
    assert_eq!((&manifest["name"], &manifest["task"]), (&"genesis".into(), &"picture".into()));
}

#[test]
fn tract_computes_the_same_fields_from_the_committed_file() {
    const PIXELS: usize = 512;
    let (_, onnx) = committed("genesis.onnx");
    let network = genesis();
    let (_, latent) = random::inputs(&network, 7);
    let mut dice = random::Dice(11);
    let features: Vec<i16> = (0..PIXELS * network.input_len()).map(|_| dice.within(-128, 127)).collect();
    let rows = features.chunks(network.input_len());
    let expected: Vec<i64> =
        rows.flat_map(|row| reference::run(&network, row, &latent).expect("the features are in range")).collect();
    let inputs = [(vec![PIXELS, network.input_len()], &features[..]), (vec![1, latent.len()], &latent[..])];
    assert_eq!(tract::run_optimised(&onnx, &inputs), expected);
}
