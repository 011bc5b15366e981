//! Measures the time from a webhook's delivery to the transaction that answers it; prints a map of figures (ms).
//!
//! The clock starts when the webhook is sent to intake and stops when `eth_sendRawTransaction` reaches the node, so no
//! block time is in it. One token after the other; the median of `TOKENS`.
#![allow(clippy::unwrap_used, reason = "a measurement: a panic is a failed measurement")]

use std::time::{Duration, Instant};

use alloy_sol_types::SolEvent;
use serde_json::{Map, Value, json};
use verdigris_core::abi::IInferenceHub::InferenceRequested;
use verdigris_core::abi::ISeedArt::SeedRequested;
use verdigris_tests::chain;
use verdigris_tests::relay::Relay;
use verdigris_tests::stack::{Stack, wait_until};
use verdigris_tests::webhook::{SIGNING_KEY, graphql, send};

const TOKENS: u64 = 21;

fn main() {
    let mut figures = Map::new();
    for (size, name) in [("256", "webhook_to_tx"), ("512", "webhook_to_tx_512")] {
        let mut times = measure(size);
        times.sort();
        figures.insert(format!("{name}_p50_ms"), milliseconds(times[times.len() / 2]));
        figures.insert(format!("{name}_max_ms"), milliseconds(times[times.len() - 1]));
    }
    println!("{}", Value::from(figures));
}

fn measure(size: &str) -> Vec<Duration> {
    let relay = Relay::noting("eth_sendRawTransaction");
    let flags = [
        "--size",
        size,
        "--no-provider",
        "--no-watch",
        "--signing-key",
        SIGNING_KEY,
        "--functions-rpc-url",
        &relay.url(),
    ];
    let stack = Stack::start(&flags);
    relay.to(stack.url("rpcUrl"));
    let (rpc, functions) = (stack.url("rpcUrl"), stack.url("functions"));
    stack.mint(TOKENS);
    for log in chain::logs(rpc, stack.address("art"), SeedRequested::SIGNATURE_HASH) {
        wait_until("the seed's block", || chain::block_number(rpc) > chain::block_of(&log) + 2);
        assert!(send(functions, SIGNING_KEY, &graphql(&[log])).status < 300);
    }
    let requests = || chain::logs(rpc, stack.address("hub"), InferenceRequested::SIGNATURE_HASH);
    wait_until("every seed's draw", || requests().len() as u64 == TOKENS);

    let mut times = Vec::new();
    for log in requests() {
        let before = relay.seen().len();
        let body = graphql(&[log]);
        let start = Instant::now();
        assert!(send(functions, SIGNING_KEY, &body).status < 300);
        wait_until("the answer's transaction", || relay.seen().len() > before);
        times.push(relay.seen()[before].0 - start);
    }
    times
}

fn milliseconds(time: Duration) -> Value {
    json!((time.as_secs_f64() * 10_000.0).round() / 10.0)
}
