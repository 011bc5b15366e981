//! Direct questions against the whole house in memory.

mod ccip;

use super::*;
use crate::dispatch;
use crate::infer::tests::picture_input;
use crate::testing::block_on;
use crate::testing::deployment::{Deployment, MODEL};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};

fn ask(house: &Deployment, method: &str, path: &str, body: &str) -> Response {
    let (method, path, body) = (method.into(), path.into(), body.as_bytes().to_vec());
    block_on(dispatch::handle(&house.platform, Request { method, path, body, ..Request::default() }))
}

fn post(house: &Deployment, question: &Value) -> (u16, Vec<u8>) {
    let response = ask(house, "POST", "/oracle/infer", &question.to_string());
    (response.status, response.body)
}

fn input(size: u16) -> Bytes {
    picture_input(size).abi_encode().into()
}

fn question(size: u16) -> Value {
    json!({"modelId": MODEL, "input": input(size)})
}

fn in_mode(mode: &str, size: u16) -> Value {
    json!({"modelId": MODEL, "input": input(size), "mode": mode})
}

#[test]
fn the_same_question_gives_the_same_bytes_at_any_time_and_the_answer_says_what_it_hashes() {
    let house = Deployment::new();
    let (status, first) = post(&house, &question(16));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&first));
    house.platform.advance(1_000_000);
    assert_eq!(post(&house, &question(16)).1, first);
    let reply: Value = serde_json::from_slice(&first).expect("json");
    let output: Bytes = reply["output"].as_str().expect("text").parse().expect("bytes");
    assert_eq!(reply["outputHash"], json!(keccak256(&output)));
    assert_eq!(reply.as_object().expect("object").len(), 4);
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("blob:")), "nothing is pinned");
}

#[test]
fn a_model_is_read_from_the_chain_once() {
    let house = Deployment::new();
    post(&house, &question(16));
    let asked = house.platform.requests("http://chain").len();
    post(&house, &question(17));
    assert_eq!(house.platform.requests("http://chain").len(), asked);
}

#[test]
fn an_unknown_model_is_422() {
    let house = Deployment::new();
    let (status, body) = post(&house, &json!({"modelId": B256::repeat_byte(1), "input": "0x"}));
    assert_eq!(status, 422);
    assert!(String::from_utf8_lossy(&body).contains("urn:verdigris:problem:unknown-model"));
}

#[test]
fn questions_that_make_no_sense_are_400_and_inputs_that_do_not_fit_422() {
    let house = Deployment::new();
    assert_eq!(post(&house, &json!({"modelId": MODEL})).0, 400);
    assert_eq!(post(&house, &json!({"modelId": MODEL, "input": "0x", "clock": 1})).0, 400);
    assert_eq!(post(&house, &json!({"modelId": MODEL, "input": "0x1234"})).0, 422);
    assert_eq!(post(&house, &question(MAX_DIRECT_SIZE + 1)).0, 422);
    let long = Bytes::from(vec![0; MAX_INPUT + 1]);
    assert_eq!(post(&house, &json!({"modelId": MODEL, "input": long})).0, 422);
}

#[test]
fn a_chain_that_is_down_is_502() {
    let house = Deployment::new();
    house.chain.set_down(true);
    assert_eq!(post(&house, &question(16)).0, 502);
}

#[test]
fn weights_that_do_not_hash_to_what_the_registry_says_are_not_run() {
    use crate::abi::IModelRegistry::weightsOfCall;
    use crate::testing::deployment::REGISTRY;
    use alloy_sol_types::SolCall;
    for weights in [Bytes::new(), Bytes::from_static(b"VDGN")] {
        let house = Deployment::new();
        house.chain.function(REGISTRY, weightsOfCall::SELECTOR, move |_, _| Ok(weights.abi_encode()));
        let (status, body) = post(&house, &question(16));
        assert_eq!(status, 422);
        assert!(String::from_utf8_lossy(&body).contains("model-unusable"));
    }
}

#[test]
fn a_browser_may_ask() {
    let house = Deployment::new();
    for (path, method) in [("/oracle/infer", "POST"), ("/oracle/ccip", "POST"), ("/oracle/ccip/0x11/0x22.json", "GET")]
    {
        let response = ask(&house, "OPTIONS", path, "");
        assert_eq!(response.status, 204);
        assert!(response.headers.contains(&("access-control-allow-origin", "*".into())), "{path}");
        assert!(response.headers.contains(&("access-control-allow-methods", method.into())), "{path}");
    }
}

#[test]
fn however_a_question_is_written_its_answer_is_the_same_bytes_in_every_mode() {
    let house = Deployment::new();
    for mode in ["json", "abi", "hash"] {
        let first = post(&house, &in_mode(mode, 16));
        assert_eq!(first.0, 200, "{}", String::from_utf8_lossy(&first.1));
        let (model, hex) = (hex::encode_upper(MODEL), hex::encode_upper(input(16)));
        for body in [
            format!(r#"{{"mode":"{mode}","input":"0x{hex}","modelId":"0x{model}"}}"#),
            format!("\n{{ \"input\" : \"{hex}\",\t\"modelId\": \"0x{model}\", \"mode\":\"{mode}\" }} "),
            format!(r#"{{"m\u006fdelId":"0x{model}","mode":"{mode}","input":"0x{hex}"}}"#),
        ] {
            house.platform.advance(3_600_000);
            let response = ask(&house, "POST", "/oracle/infer", &body);
            assert_eq!((response.status, &response.body), (200, &first.1), "{mode}: {body}");
        }
    }
}

#[test]
fn a_contract_s_answer_is_the_output_by_the_contract_abi_in_256_bytes_at_most() {
    let house = Deployment::new();
    let reply: Value = serde_json::from_slice(&post(&house, &question(16)).1).expect("json");
    let output: Bytes = reply["output"].as_str().expect("text").parse().expect("bytes");
    let answer = ask(&house, "POST", "/oracle/infer", &in_mode("abi", 16).to_string());
    assert_eq!(answer.body, output.abi_encode());
    assert_eq!(answer.body.len(), 256, "a picture's answer just fits");
    assert!(answer.headers.contains(&("content-type", "application/octet-stream".into())));
    assert_eq!(post(&house, &in_mode("hash", 16)).1, keccak256(&output).to_vec());
}

#[test]
fn an_output_that_is_too_long_for_a_contract_s_answer_is_422_and_its_hash_is_to_be_had() {
    use crate::abi::IModelRegistry::{self, Model, Task, modelOfCall, weightsOfCall};
    use crate::infer::tests::wide_network;
    use crate::testing::deployment::{REGISTRY, attester};
    use alloy_sol_types::SolCall;
    for (width, status) in [(192, 200), (193, 422)] {
        let house = Deployment::new();
        let form = Bytes::from(wide_network(width).to_bytes());
        let canonical_hash = keccak256(&form);
        house.chain.function(REGISTRY, modelOfCall::SELECTOR, move |_, _| {
            let model = Model {
                task: Task::Tensor,
                canonicalHash: canonical_hash,
                onnxHash: B256::ZERO,
                attestationKey: attester(),
                manifestURI: String::new(),
            };
            Ok(modelOfCall::abi_encode_returns(&IModelRegistry::modelOfReturn { model, chunks: Vec::new() }))
        });
        house.chain.function(REGISTRY, weightsOfCall::SELECTOR, move |_, _| Ok(form.abi_encode()));
        // Models that are ready are kept by their id.
        let model = B256::with_last_byte(width as u8);
        let asked = |mode: &str| post(&house, &json!({"modelId": model, "input": "0x07", "mode": mode}));
        let (said, body) = asked("abi");
        assert_eq!(said, status, "{}", String::from_utf8_lossy(&body));
        if status == 422 {
            let problem: Value = serde_json::from_slice(&body).expect("json");
            assert_eq!(problem["type"], "urn:verdigris:problem:output-too-long");
            assert!(problem["detail"].as_str().expect("text").contains("193 bytes"), "{problem}");
        }
        assert_eq!(asked("hash"), (200, keccak256(vec![7; width]).to_vec()));
    }
}

#[test]
fn a_mode_that_nobody_knows_is_400() {
    let house = Deployment::new();
    let (status, body) = post(&house, &in_mode("xml", 16));
    assert_eq!(status, 400);
    assert!(String::from_utf8_lossy(&body).contains("xml"));
}
