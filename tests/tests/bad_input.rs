//! Bad input gets a clear answer, and loses nothing.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::time::Duration;

use alloy_primitives::{B256, U256, hex};
use alloy_sol_types::{SolEvent, SolValue};
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::{AnswerProposed, InferenceRequested};
use verdigris_core::abi::ISeedArt::SeedRequested;
use verdigris_core::abi::PictureInput;
use verdigris_model::picture::Stages;
use verdigris_tests::chain;
use verdigris_tests::http::{Answer, get, post};
use verdigris_tests::relay::Relay;
use verdigris_tests::stack::{Stack, verdigris, wait_until};
use verdigris_tests::webhook::{SIGNING_KEY, graphql, send, sign};

fn assert_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.content_type.starts_with("application/problem+json"), "{}", answer.content_type);
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    for member in ["type", "title", "detail"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
    }
}

#[test]
fn webhooks_and_requests_that_are_wrong_are_refused_with_the_reason() {
    let relay = Relay::noting("eth_sendRawTransaction");
    let flags = ["--size", "64", "--no-provider", "--signing-key", SIGNING_KEY, "--functions-rpc-url", &relay.url()];
    let stack = Stack::start(&flags);
    relay.to(stack.url("rpcUrl"));
    let functions = stack.url("functions").to_owned();

    let body = r#"{"type":"GRAPHQL","event":{}}"#;
    assert_problem(&post(&format!("{functions}/webhooks/alchemy"), &[], body.as_bytes()), 401);
    assert_problem(&send(&functions, "another key", body), 401);
    let shortened = sign(SIGNING_KEY, body.as_bytes())[..40].to_owned();
    assert_problem(
        &post(&format!("{functions}/webhooks/alchemy"), &[("x-alchemy-signature", &shortened)], body.as_bytes()),
        401,
    );
    assert_problem(&post(&format!("{functions}/sweep"), &[("authorization", "Bearer nonsense")], b""), 401);

    let long = format!("{{\"padding\":\"{}\"}}", "x".repeat(1 << 20));
    assert_problem(&send(&functions, SIGNING_KEY, &long), 413);

    let answer = send(&functions, SIGNING_KEY, "{\"type\":\n  oops}");
    assert_problem(&answer, 400);
    assert!(answer.text().contains("line 2"), "the place is missing: {}", answer.text());

    assert_eq!(get(&format!("{functions}/jobs")).status, 404, "private functions have no address outside");
    assert_eq!(post(&format!("{functions}/answers"), &[], b"{}").status, 404);
    assert_problem(&get(&format!("{functions}/webhooks/alchemy")), 405);

    a_model_that_is_not_registered_is_unknown(&functions);
    a_webhook_about_another_contract_is_ignored(&stack, &functions);
    a_duplicate_webhook_sends_no_second_transaction(&stack, &functions, &relay);
}

fn a_model_that_is_not_registered_is_unknown(functions: &str) {
    let question = json!({ "modelId": B256::repeat_byte(9), "input": "0x00" }).to_string();
    let answer =
        post(&format!("{functions}/oracle/infer"), &[("content-type", "application/json")], question.as_bytes());
    assert_problem(&answer, 422);
}

fn a_webhook_about_another_contract_is_ignored(stack: &Stack, functions: &str) {
    stack.mint(1);
    let mut log = seed_requested(stack, 1);
    log["address"] = json!("0x000000000000000000000000000000000000dEaD");
    let answer = send(functions, SIGNING_KEY, &graphql(&[log]));
    assert_eq!(answer.status, 202, "{}", answer.text());
}

fn a_duplicate_webhook_sends_no_second_transaction(stack: &Stack, functions: &str, relay: &Relay) {
    let body = graphql(&[seed_requested(stack, 1)]);
    std::thread::sleep(Duration::from_secs(4));
    assert!(relay.seen().is_empty(), "nothing was asked for yet");
    assert!(send(functions, SIGNING_KEY, &body).status < 300);
    wait_until("the draw", || !chain::token(stack.url("rpcUrl"), stack.address("art"), 1).requestId.is_zero());
    let log = chain::logs(stack.url("rpcUrl"), stack.address("hub"), InferenceRequested::SIGNATURE_HASH).remove(0);
    let body = graphql(std::slice::from_ref(&log));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(send(functions, SIGNING_KEY, &body).status < 300));
        }
    });
    let proposals = || chain::logs(stack.url("rpcUrl"), stack.address("hub"), AnswerProposed::SIGNATURE_HASH);
    wait_until("the answer", || !proposals().is_empty());
    let proposed = graphql(&proposals());
    for _ in 0..4 {
        assert!(send(functions, SIGNING_KEY, &proposed).status < 300);
    }
    stack.fulfilled(1);
    assert_eq!(send(functions, SIGNING_KEY, &body).status, 200);
    // The same event in another delivery is a duplicate too.
    assert_eq!(send(functions, SIGNING_KEY, &graphql(&[log])).status, 200);
    std::thread::sleep(Duration::from_secs(3));
    let sent = relay.seen().len();
    assert_eq!(sent, 3, "one transaction draws the seed, one bonds the answer, one makes it final; {sent} were sent");
}

fn seed_requested(stack: &Stack, token: u64) -> Value {
    let logs = chain::logs(stack.url("rpcUrl"), stack.address("art"), SeedRequested::SIGNATURE_HASH);
    let topic = json!(B256::from(U256::from(token)));
    logs.into_iter().find(|log| log["topics"][1] == topic).unwrap()
}

#[test]
fn the_same_question_gets_the_same_bytes_and_a_wrong_one_a_reason() {
    let stack = Stack::start(&["--size", "64", "--no-provider"]);
    let model: B256 =
        chain::read(stack.url("rpcUrl"), stack.address("art"), &verdigris_core::abi::ISeedArt::modelIdCall {});
    let ask = |input: &str| {
        let question = json!({ "modelId": model, "input": input }).to_string();
        post(
            &format!("{}/oracle/infer", stack.url("functions")),
            &[("content-type", "application/json")],
            question.as_bytes(),
        )
    };
    let question = |traits: B256, size: u16| {
        let input = PictureInput {
            stages: Stages::NEWEST.number(),
            size,
            seed: B256::repeat_byte(7),
            traits,
            title: "A title".into(),
        };
        hex::encode_prefixed(input.abi_encode())
    };
    let first = ask(&question(B256::ZERO, 64));
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.body, ask(&question(B256::ZERO, 64)).body);
    assert_ne!(first.body, ask(&question(B256::with_last_byte(3), 64)).body);

    assert_problem(&ask(&question(B256::repeat_byte(0xff), 64)), 422);
    assert_problem(&ask(&question(B256::ZERO, 0)), 422);
    assert_problem(&ask("0x1234"), 422);
    assert_problem(&ask("no hexadecimal"), 400);
}

#[test]
fn an_onnx_file_that_is_cut_short_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(verdigris_tests::stack::root().join("models/genesis/genesis.onnx")).unwrap();
    let path = folder.path().join("short.onnx");
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let output = verdigris(&["certify"]).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{length} bytes: {said}");
        assert!(said.contains("short.onnx"), "{said}");
    }
}
