//! Every provider of webhooks, simulated, against the local stack.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::Value;
use verdigris_core::abi::IInferenceHub::{InferenceRequested, finaliseCall, proposeCall};
use verdigris_core::abi::ISeedArt::{SeedRequested, drawCall};
use verdigris_tests::chain;
use verdigris_tests::http::{get, post};
use verdigris_tests::simulator::{ALL, Answer, Block, Delivery, Provider, mixture};
use verdigris_tests::stack::{Stack, wait_until};

#[test]
fn each_event_is_acted_on_once_whichever_providers_tell_it_how_often_and_in_which_order() {
    let variables: Vec<(String, String)> = ALL
        .map(Provider::secret)
        .iter()
        .map(|(setting, secret)| (format!("SPIN_VARIABLE_{}", setting.to_uppercase()), (*secret).to_owned()))
        .collect();
    let signing_key = Provider::AlchemyGraphql.secret().1;
    let stack = Stack::start_with(&["--size", "64", "--no-provider", "--signing-key", signing_key], &variables);
    let (url, functions) = (stack.url("rpcUrl").to_owned(), stack.url("functions").to_owned());
    assert_eq!(get(&format!("{functions}/webhooks/tenderly")).status, 200, "Tenderly looks first");
    ALL.into_iter().flat_map(Provider::test).for_each(|test| assert_eq!(send(&functions, &test), 200));

    stack.mint(3);
    tell(&stack, &functions, 1, &chain::logs(&url, stack.address("art"), SeedRequested::SIGNATURE_HASH));
    let requested = || chain::logs(&url, stack.address("hub"), InferenceRequested::SIGNATURE_HASH);
    wait_until("the draws", || requested().len() == 3);
    tell(&stack, &functions, 2, &requested());
    let proposed = || {
        let topic = verdigris_core::abi::IInferenceHub::AnswerProposed::SIGNATURE_HASH;
        chain::logs(&url, stack.address("hub"), topic)
    };
    wait_until("the answers", || proposed().len() == 3);
    tell(&stack, &functions, 3, &proposed());
    (1..=3).for_each(|token| stack.fulfilled(token));

    for (contract, selector) in
        [("art", &drawCall::SELECTOR), ("hub", &proposeCall::SELECTOR), ("hub", &finaliseCall::SELECTOR)]
    {
        let calls = chain::calls(&url, stack.address(contract), selector);
        assert!(calls.values().all(|count| *count == 1), "{contract}: {calls:?}");
        assert_eq!(calls.values().sum::<u32>(), 3, "{contract}: {calls:?}");
    }
}

/// All that all providers say of these logs, mixed and doubled, from several callers at once.
fn tell(stack: &Stack, functions: &str, seed: u64, logs: &[Value]) {
    let mut deliveries = Vec::new();
    for log in logs {
        let block = block_of(stack, log);
        for provider in ALL {
            deliveries.extend(provider.happened(&block, std::slice::from_ref(log)));
            deliveries.extend(provider.confirmed(&block, std::slice::from_ref(log)));
            deliveries.extend(provider.retracted(&block, std::slice::from_ref(log)));
        }
    }
    let deliveries = mixture(seed, deliveries);
    std::thread::scope(|scope| {
        for part in deliveries.chunks(deliveries.len().div_ceil(4)) {
            scope.spawn(move || {
                for delivery in part {
                    let status = send(functions, delivery);
                    let content = delivery.provider.manner().is_content(Answer { status, after_s: 0 });
                    assert!(content, "{:?}: {status}", delivery.provider);
                }
            });
        }
    });
}

fn block_of(stack: &Stack, log: &Value) -> Block {
    let url = stack.url("rpcUrl");
    let hash: B256 = serde_json::from_value(log["blockHash"].clone()).unwrap();
    let chain_id = chain::rpc(url, "eth_chainId", &serde_json::json!([]));
    let chain_id = u64::from_str_radix(chain_id.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    Block { chain_id, number: chain::block_of(log), hash, seconds: seconds_now() }
}

fn send(functions: &str, delivery: &Delivery) -> u16 {
    let call = delivery.call(seconds_now());
    let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post(&format!("{functions}{}", call.path), &headers, &call.body).status
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
