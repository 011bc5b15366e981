//! Questions and jobs against the whole house in memory.

use super::*;
use crate::infer::tests::picture_input;
use crate::testing::block_on;
use crate::testing::deployment::{Deployment, MODEL};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};

fn post(house: &Deployment, path: &str, body: &Value) -> (u16, Vec<u8>) {
    let request =
        Request { method: "POST".into(), path: path.into(), body: body.to_string().into_bytes(), ..Request::default() };
    let response = block_on(handle(&house.platform, request));
    (response.status, response.body)
}

fn question(size: u16) -> Value {
    json!({"modelId": MODEL, "input": Bytes::from(picture_input(size).abi_encode())})
}

#[test]
fn the_same_question_gives_the_same_bytes_at_any_time_and_the_answer_says_what_it_hashes() {
    let house = Deployment::new();
    let (status, first) = post(&house, "/infer", &question(16));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&first));
    house.platform.advance(1_000_000);
    assert_eq!(post(&house, "/infer", &question(16)).1, first);
    let reply: Value = serde_json::from_slice(&first).expect("json");
    let output: Bytes = reply["output"].as_str().expect("text").parse().expect("bytes");
    assert_eq!(reply["outputHash"], json!(keccak256(&output)));
    assert_eq!(reply.as_object().expect("object").len(), 4);
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("blob:")), "nothing is pinned");
}

#[test]
fn a_model_is_read_from_the_chain_once() {
    let house = Deployment::new();
    post(&house, "/infer", &question(16));
    let asked = house.platform.requests("http://chain").len();
    post(&house, "/infer", &question(17));
    assert_eq!(house.platform.requests("http://chain").len(), asked);
}

#[test]
fn an_unknown_model_is_422() {
    let house = Deployment::new();
    let (status, body) = post(&house, "/infer", &json!({"modelId": B256::repeat_byte(1), "input": "0x"}));
    assert_eq!(status, 422);
    assert!(String::from_utf8_lossy(&body).contains("urn:verdigris:problem:unknown-model"));
}

#[test]
fn questions_that_make_no_sense_are_400_and_inputs_that_do_not_fit_422() {
    let house = Deployment::new();
    assert_eq!(post(&house, "/infer", &json!({"modelId": MODEL})).0, 400);
    assert_eq!(post(&house, "/infer", &json!({"modelId": MODEL, "input": "0x", "clock": 1})).0, 400);
    assert_eq!(post(&house, "/infer", &json!({"modelId": MODEL, "input": "0x1234"})).0, 422);
    assert_eq!(post(&house, "/infer", &question(MAX_DIRECT_SIZE + 1)).0, 422);
    let long = Bytes::from(vec![0; MAX_INPUT + 1]);
    assert_eq!(post(&house, "/infer", &json!({"modelId": MODEL, "input": long})).0, 422);
}

#[test]
fn a_chain_that_is_down_is_502() {
    let house = Deployment::new();
    house.chain.set_down(true);
    assert_eq!(post(&house, "/infer", &question(16)).0, 502);
}

#[test]
fn weights_that_do_not_hash_to_what_the_registry_says_are_not_run() {
    use crate::abi::IModelRegistry::weightsOfCall;
    use crate::testing::deployment::REGISTRY;
    use alloy_sol_types::SolCall;
    for weights in [Bytes::new(), Bytes::from_static(b"VDGN")] {
        let house = Deployment::new();
        house.chain.function(REGISTRY, weightsOfCall::SELECTOR, move |_, _| Ok(weights.abi_encode()));
        let (status, body) = post(&house, "/infer", &question(16));
        assert_eq!(status, 422);
        assert!(String::from_utf8_lossy(&body).contains("model-unusable"));
    }
}

#[test]
fn a_browser_may_ask() {
    let house = Deployment::new();
    let request = Request { method: "OPTIONS".into(), path: "/infer".into(), ..Request::default() };
    let response = block_on(handle(&house.platform, request));
    assert_eq!(response.status, 204);
    assert!(response.headers.contains(&("access-control-allow-origin", "*".into())));
}

/// A raise may ask for it, of a hub that doesn't see the size then.
#[test]
fn a_picture_whose_size_cannot_be_bonded_is_not_answered_at_level_optimistic() {
    let house = Deployment::new();
    for (size, refused) in [(24, true), (8, true), (16, false)] {
        let input = picture_input(size).abi_encode();
        let job = house.ask(input.into(), Assurance::Optimistic);
        let (_, body) = post(&house, "/jobs", &serde_json::to_value(&job).expect("json"));
        let said = String::from_utf8_lossy(&body).contains("can't be bonded");
        assert_eq!(said, refused, "{size}: {}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn jobs_of_another_hub_or_chain_are_refused_and_paths_and_methods_told() {
    let house = Deployment::new();
    let mut job = serde_json::to_value(crate::testing::job_for(Bytes::new())).expect("json");
    job["chainId"] = json!(1);
    assert_eq!(post(&house, "/jobs", &job).0, 422);
    assert_eq!(post(&house, "/jobs", &json!({"kind": "dance"})).0, 400);
    assert_eq!(post(&house, "/elsewhere", &json!({})).0, 404);
    let get = Request { method: "GET".into(), path: "/infer".into(), ..Request::default() };
    assert_eq!(block_on(handle(&house.platform, get)).status, 405);
}
