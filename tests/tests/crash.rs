//! What must survive: a killed host, a chain or a pinning service that is away for a while.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::collections::HashMap;
use std::time::Duration;

use alloy_sol_types::{SolCall, SolEvent};
use verdigris_core::abi::IInferenceHub::{InferenceAnswered, finaliseCall, proposeCall};
use verdigris_core::abi::ISeedArt::PictureFulfilled;
use verdigris_tests::chain;
use verdigris_tests::relay::{Passage, Relay};
use verdigris_tests::stack::Stack;

/// Every token has its picture, and got it by exactly one answer: one transaction bonded it, one made it final.
fn assert_each_fulfilled_once(stack: &Stack, tokens: u64) {
    for token in 1..=tokens {
        stack.fulfilled(token);
    }
    let mut answers = HashMap::new();
    for log in chain::logs(stack.url("rpcUrl"), stack.address("art"), PictureFulfilled::SIGNATURE_HASH) {
        *answers.entry(log["topics"][1].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(answers.len() as u64, tokens);
    assert!(answers.values().all(|times| *times == 1), "a token was answered twice: {answers:?}");
    for (step, selector) in [("bonded", proposeCall::SELECTOR), ("made final", finaliseCall::SELECTOR)] {
        let sent = chain::calls(stack.url("rpcUrl"), stack.address("hub"), &selector);
        assert_eq!(sent.len() as u64, tokens, "every answer is {step}");
        for (request, times) in sent {
            assert_eq!(times, 1, "the answer to {request} was {step} by {times} transactions");
        }
    }
    let accepted = chain::logs(stack.url("rpcUrl"), stack.address("hub"), InferenceAnswered::SIGNATURE_HASH);
    assert_eq!(accepted.len() as u64, tokens);
}

#[test]
fn all_of_20_mints_are_fulfilled_exactly_once_though_the_host_is_killed_in_their_midst() {
    let stack = Stack::start(&["--size", "64", "--sweep-seconds", "1"]);
    std::thread::scope(|scope| {
        scope.spawn(|| stack.mint(20));
        for pause in [4_000, 3_000, 4_000] {
            std::thread::sleep(Duration::from_millis(pause));
            stack.kill_functions();
        }
        let minted = chain::supply(stack.url("rpcUrl"), stack.address("art"));
        let fulfilled = chain::logs(stack.url("rpcUrl"), stack.address("art"), PictureFulfilled::SIGNATURE_HASH).len();
        assert!((2..20).contains(&minted), "the host must be killed in the midst of the mints, not at {minted}");
        assert!((fulfilled as u64) < minted, "some work must be open when the host is killed");
    });
    stack.kill_functions();
    assert_each_fulfilled_once(&stack, 20);
}

#[test]
fn a_token_is_fulfilled_when_the_chain_s_node_comes_back() {
    let relay = Relay::noting("eth_sendRawTransaction");
    let stack = Stack::start(&["--size", "64", "--sweep-seconds", "1", "--functions-rpc-url", &relay.url()]);
    relay.to(stack.url("rpcUrl"));
    stack.mint(1);
    stack.fulfilled(1);
    relay.set(Passage::Cut);
    stack.mint(2);
    std::thread::sleep(Duration::from_secs(5));
    relay.set(Passage::Open);
    assert_each_fulfilled_once(&stack, 3);
}

#[test]
fn a_token_is_fulfilled_when_the_pinning_service_comes_back() {
    let relay = Relay::noting("/api/v0/add");
    relay.set(Passage::Cut);
    let stack = Stack::start(&["--size", "64", "--sweep-seconds", "1", "--functions-kubo-url", &relay.url()]);
    relay.to(stack.url("gateway"));
    stack.mint(2);
    std::thread::sleep(Duration::from_secs(5));
    let before = chain::token(stack.url("rpcUrl"), stack.address("art"), 1);
    assert!(before.pixelRoot.is_zero(), "nothing may be attested before it is pinned");
    relay.set(Passage::Open);
    assert_each_fulfilled_once(&stack, 2);
}
