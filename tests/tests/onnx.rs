//! Models without an exact form, from registration to the settled answer, on both platforms.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use alloy_primitives::{B256, Bytes, keccak256};
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::{Assurance, Status, receiptOfCall, requestOfCall};
use verdigris_tests::cheat::ACCOUNT;
use verdigris_tests::files::Files;
use verdigris_tests::functions::{Functions, PLATFORMS, Platform, Settings};
use verdigris_tests::http::{Answer, post};
use verdigris_tests::stack::{Stack, root, wait_until};
use verdigris_tests::{chain, tensor};

const FOLDER: &str = "functions/onnx/tests/models";

fn model(name: &str) -> Vec<u8> {
    std::fs::read(root().join(format!("{FOLDER}/{name}.onnx"))).unwrap()
}

fn register(stack: &Stack, name: &str) -> B256 {
    tensor::register(stack, &["--onnx", &format!("{FOLDER}/{name}.onnx")])
}

fn keep(files: &Files, name: &str) {
    let model = model(name);
    files.put(&format!("/models/{}.onnx", keccak256(&model)), &model);
}

fn ask(functions: &Functions, model: B256, input: &Bytes) -> Answer {
    let body = json!({ "modelId": model, "input": input }).to_string();
    post(&format!("{}/oracle/infer", functions.url()), &[("content-type", "application/json")], body.as_bytes())
}

/// What is read from the hub, and where files lie.
fn functions(stack: &Stack, platform: Platform, models_url: &str, sweep_seconds: u64) -> Functions {
    let settings = Settings::of(stack).with("models_url", models_url).with("models_path", "/models/");
    let settings = settings.with("consumers", &ACCOUNT.to_string());
    Functions::start(platform, settings, sweep_seconds)
}

#[test]
fn both_platforms_give_the_same_bytes_for_each_file() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let files = Files::default();
    let models_url = files.serve();
    let both = PLATFORMS.map(|platform| functions(&stack, platform, &models_url, 0));
    let answers: Value =
        serde_json::from_slice(&std::fs::read(root().join(FOLDER).join("answers.json")).unwrap()).unwrap();
    let mut differ_from_onnx_runtime = 0;
    for (name, answers) in answers.as_object().unwrap() {
        let id = register(&stack, name);
        for functions in &both {
            let answer = ask(functions, id, &Bytes::new());
            assert_eq!(answer.status, 422, "{}", answer.text());
            assert!(answer.text().contains("models_url"), "its file is nowhere yet: {}", answer.text());
        }
        keep(&files, name);
        for case in answers["cases"].as_array().unwrap() {
            let bytes = |what: &str| -> Bytes { format!("0x{}", case[what].as_str().unwrap()).parse().unwrap() };
            let [host, worker] = both.each_ref().map(|functions| ask(functions, id, &bytes("input")));
            assert_eq!(host.status, 200, "{name}: {}", host.text());
            assert_eq!(host.text(), worker.text(), "{name}: host and Worker differ");
            differ_from_onnx_runtime += u32::from(host.json()["output"] != json!(bytes("output")));
        }
        let [host, worker] = both.each_ref().map(|functions| ask(functions, id, &Bytes::from_static(&[1])));
        assert_eq!((host.status, host.text()), (422, worker.text()), "{name}: an input that doesn't fit");
    }
    // That is why nothing can be proved about such an answer.
    assert!(differ_from_onnx_runtime > 0, "float models differ from one runtime to another in the last bit");
}

#[test]
fn a_request_on_the_chain_is_answered_from_either_platform() {
    for platform in PLATFORMS {
        let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
        let files = Files::default();
        keep(&files, "risk");
        let functions = functions(&stack, platform, &files.serve(), 1);
        let id = register(&stack, "risk");
        let input: Bytes = [0.5f32, -1.0, 2.0, 0.0, 1.5, -0.25, 3.0, -2.0].map(f32::to_be_bytes).concat().into();
        let direct = ask(&functions, id, &input).json();
        let request_id = tensor::request(&stack, id, input, Assurance::Attested);
        let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
        let request = requestOfCall { requestId: request_id };
        wait_until("the answer", || chain::read(url, hub, &request).status == Status::Answered);
        let receipt = chain::read(url, hub, &receiptOfCall { requestId: request_id }).receipt;
        assert_eq!(json!(receipt.outputHash), direct["outputHash"]);
    }
}
