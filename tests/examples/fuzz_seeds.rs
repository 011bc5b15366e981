//! Writes the first inputs of the fuzz targets: what the simulated providers send, a model, a few archives.
//!
//! `cargo run -p verdigris-tests --example fuzz_seeds`
#![allow(clippy::unwrap_used, reason = "a command of this repository: a panic is its failure")]

use std::fs;

use alloy_primitives::{Address, B256, Bytes, LogData, U256, keccak256};
use alloy_sol_types::SolEvent;
use serde_json::Value;
use verdigris_core::abi::IInferenceHub::{Assurance, InferenceRequested, TileDemanded};
use verdigris_core::abi::ISeedArt::SeedRequested;
use verdigris_core::car;
use verdigris_core::cid::Shape;
use verdigris_tests::simulator::{self, ALL, Block};
use verdigris_tests::stack::root;

fn main() {
    for (number, (target, seed)) in deliveries().into_iter().chain(models()).chain(archives()).enumerate() {
        let folder = root().join("fuzz/corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
    }
}

fn block() -> Block {
    Block { chain_id: 31337, number: 5, hash: keccak256("block"), seconds: 1_795_168_800 }
}

fn logs() -> Vec<Value> {
    let contract = Address::repeat_byte(0xc1);
    let request_id = B256::repeat_byte(0x11);
    let request = InferenceRequested {
        requestId: request_id,
        modelId: B256::repeat_byte(0x22),
        consumer: contract,
        input: Bytes::from_static(b"question"),
        level: Assurance::Attested,
        callbackGas: 100_000,
        deadline: 1_795_169_000,
    };
    let demand = TileDemanded { requestId: request_id, watcher: contract, index: 3, answerBy: 1_795_169_000 };
    let events: [LogData; 3] = [
        SeedRequested { tokenId: U256::from(7), drawBlock: 12 }.encode_log_data(),
        request.encode_log_data(),
        demand.encode_log_data(),
    ];
    let log =
        |event: &LogData| simulator::log(&block(), &contract.to_string(), event.topics(), &event.data.to_string());
    events.iter().map(log).collect()
}

/// What each provider says, in all its ways.
fn deliveries() -> Vec<(&'static str, Vec<u8>)> {
    let (block, logs) = (block(), logs());
    let said = |provider: simulator::Provider| {
        let mut said = provider.test();
        for logs in [&logs[..1], &logs] {
            said.extend(provider.happened(&block, logs));
            said.extend(provider.confirmed(&block, logs));
            said.extend(provider.retracted(&block, logs));
        }
        said
    };
    let calls = ALL.into_iter().flat_map(said).map(|delivery| delivery.call(block.seconds));
    calls.map(|call| (call.path.trim_start_matches("/webhooks/"), call.body)).collect()
}

/// A model of this repository that is as small as a fuzzer's inputs should be.
fn models() -> Vec<(&'static str, Vec<u8>)> {
    let read = |name: &str| fs::read(root().join("models/duel").join(name)).unwrap();
    let mut cut = read("duel.vdgn");
    cut.truncate(64);
    vec![
        ("onnx", read("duel.onnx")),
        ("onnx", b"no model".to_vec()),
        ("canonical_form", read("duel.vdgn")),
        ("canonical_form", cut),
    ]
}

fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let whole = [&b""[..], b"hello world", &[7; 300]].map(|content| car::archive(content).1);
    let cut = [(64, 3), (5, 2)].map(|(chunk, width)| car::archive_as(&[9; 230], Shape { chunk, width }).1);
    whole.into_iter().chain(cut).map(|archive| ("car", archive)).collect()
}
