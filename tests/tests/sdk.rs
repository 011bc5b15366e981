//! The TypeScript SDK against a running stack, in Node.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::process::Command;

use alloy_primitives::hex;
use serde_json::{Value, json};
use verdigris_tests::cheat::{ACCOUNT, ACCOUNT_KEY, ATTESTER};
use verdigris_tests::stack::{Stack, root};
use verdigris_tests::tensor::{INPUT, Tensor};

/// A published key of the local chain whose account nobody serves.
const STRANGER_KEY: &str = "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e";

#[test]
fn the_sdk_verifies_asks_waits_raises_and_challenges() {
    let stack = Stack::start(&["--size", "64", "--no-watch", "--consumer", &ACCOUNT.to_string()]);
    stack.mint(1);
    stack.fulfilled(1);
    let tensor = Tensor::register(&stack, 1_000);
    let asked = json!({
        "modelId": tensor.model_id,
        "input": hex::encode_prefixed(INPUT),
        "right": Tensor::right(),
        "keys": keys(),
    });
    run(&stack, "tests/sdk.mjs", &asked);
}

#[test]
fn the_sdk_proves_pictures_wrong_that_are_shown_or_hidden() {
    let stack = Stack::start(&["--size", "64", "--level", "attested", "--window", "600", "--no-watch"]);
    stack.mint(1);
    stack.fulfilled(1);
    run(&stack, "tests/challenge.mjs", &keys());
}

fn keys() -> Value {
    let (caller, attester) = (format!("0x{ACCOUNT_KEY}"), hex::encode_prefixed(ATTESTER));
    json!({ "caller": caller, "stranger": STRANGER_KEY, "attester": attester })
}

/// Runs a script in Node, which is told where the stack is.
fn run(stack: &Stack, script: &str, told: &Value) {
    let mut node = Command::new("node");
    node.current_dir(root()).args(["--conditions=source", script]);
    let status = node.arg(stack.state_dir().join("endpoints.json")).arg(told.to_string()).status().unwrap();
    assert!(status.success(), "{script} ended with {status}");
}
