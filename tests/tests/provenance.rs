//! A trained model from its papers to the chain and back.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::fs;
use std::path::Path;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use verdigris_core::abi::{IExecutor, ISeedArt};
use verdigris_tests::chain;
use verdigris_tests::stack::{Stack, root, verdigris};
use verdigris_tests::tensor::{INPUT, Tensor};

/// `verdigris verify-model --json` on a folder; gives the exit code and the outcomes by their claims.
fn verify(folder: &Path, flags: &[&str]) -> (i32, Value) {
    let mut command = verdigris(&["verify-model", "--json", "--dir"]);
    let output = command.arg(folder).args(flags).output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(verdict["failed"], output.status.code() == Some(2), "{verdict:#}");
    let checks = verdict["checks"].as_array().unwrap().iter();
    let outcomes = checks.map(|check| (check["claim"].as_str().unwrap().to_owned(), check["outcome"].clone()));
    (output.status.code().unwrap(), Value::Object(outcomes.collect()))
}

/// Copies a folder of files and folders.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(drop).unwrap() }
    }
}

#[test]
fn a_registered_model_s_papers_hold_and_those_of_a_changed_one_do_not() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let tensor = Tensor::register(&stack, 1);
    let id = tensor.model_id.to_string();
    let place = ["--rpc-url", stack.url("rpcUrl"), "--registry", stack.url("registry"), "--model", &id];
    let duel = root().join("models/duel");

    let (code, outcomes) = verify(&duel, &place);
    assert_eq!(code, 0, "{outcomes:#}");
    assert_eq!(outcomes["the registered manifest URI is this manifest's CID"], "holds", "{outcomes:#}");
    assert_eq!(outcomes["somebody vouches for the signing key"], "holds", "{outcomes:#}");
    let (code, outcomes) = verify(&duel, &[]);
    assert_eq!(code, 0, "{outcomes:#}");
    assert_eq!(outcomes["somebody vouches for the signing key"], "notChecked", "{outcomes:#}");

    // The stack's own model is registered with its papers, too.
    let art = chain::read(stack.url("rpcUrl"), stack.address("art"), &ISeedArt::modelIdCall {}).to_string();
    let place = ["--rpc-url", stack.url("rpcUrl"), "--registry", stack.url("registry"), "--model", &art];
    let (code, outcomes) = verify(&root().join("models/atlas"), &place);
    assert_eq!(code, 0, "{outcomes:#}");

    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("duel");
    copy(&duel, &changed);
    let mut form = fs::read(changed.join("duel.vdgn")).unwrap();
    let weight = form.len() / 2;
    form[weight] ^= 1;
    fs::write(changed.join("duel.vdgn"), form).unwrap();
    let (code, outcomes) = verify(&changed, &place);
    assert_eq!(code, 2, "{outcomes:#}");
    for claim in [
        "the manifest's field canonicalHash is what the folder says",
        "every file is the one that was signed",
        "the ONNX file certifies to the canonical form, byte for byte",
        "the canonical form on chain is the folder's",
    ] {
        assert_eq!(outcomes[claim], "fails", "{claim}: {outcomes:#}");
    }
}

#[test]
fn the_contract_computes_what_the_kernel_computes() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let tensor = Tensor::register(&stack, 1);
    let (url, executor) = (stack.url("rpcUrl"), stack.address("executor"));
    let run = |input: [u8; 14]| IExecutor::runCall { modelId: tensor.model_id, input: input.into() };
    for input in [INPUT, [0; 14], [255; 14], std::array::from_fn(|i| (37 * i) as u8)] {
        assert_eq!(chain::read(url, executor, &run(input)), Tensor::answer(&input), "{input:?}");
    }
    let call = json!([{ "to": executor, "data": Bytes::from(run(INPUT).abi_encode()) }]);
    let gas: U256 = serde_json::from_value(chain::rpc(url, "eth_estimateGas", &call)).unwrap();
    assert!(gas < U256::from(150_000), "a duel is cheap inside the chain: {gas} gas");
}

#[test]
fn papers_are_made_with_a_new_key_which_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let duel = folder.path().join("duel");
    copy(&root().join("models/duel"), &duel);
    let key = folder.path().join("key.pem");
    let sign = || verdigris(&["sign-model", "--new-key", "--dir"]).arg(&duel).arg("--key").arg(&key).output().unwrap();
    let output = sign();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["manifestUri"].as_str().unwrap().starts_with("ipfs://bafkrei"), "{report}");
    assert_eq!(report["commit"], Value::Null, "the copy lies in no repository");
    let (code, outcomes) = verify(&duel, &[]);
    assert_eq!(code, 0, "{outcomes:#}");
    assert!(!sign().status.success(), "a key is not overwritten");
}
