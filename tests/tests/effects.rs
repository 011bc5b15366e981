//! The same request on the same chain, answered from either platform: what each sends and pins is the same, byte for byte.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::{AnswerProposed, Assurance, InferenceAnswered, fulfilCall, proposeCall};
use verdigris_core::abi::ISeedArt::drawCall;
use verdigris_core::cid::{Cid, RAW};
use verdigris_tests::cheat::ACCOUNT;
use verdigris_tests::functions::{Functions, PLATFORMS, Settings};
use verdigris_tests::stack::{Stack, wait_until};
use verdigris_tests::tensor::Tensor;
use verdigris_tests::{chain, http};

const MINTER: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

/// What an answer leaves on the chain and with the pinner; of the receipt, all but the moment at which it was signed, and
/// so not the signature.
#[derive(Debug, PartialEq)]
struct Effect {
    request: B256,
    output: Bytes,
    input_hash: B256,
    output_hash: B256,
    document: Vec<u8>,
}

#[test]
fn one_request_has_the_same_effect_from_either_platform() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let (url, art) = (stack.url("rpcUrl"), stack.address("art"));
    chain::ask_for_tokens(url, art, MINTER, 1);
    wait_until("a token", || chain::supply(url, art) == 1);
    wait_until("its seed's block", || chain::block_number(url) > chain::token(url, art, 1).drawBlock);
    // From here on all that is to come follows from what is on the chain.
    chain::send(url, ACCOUNT, art, &drawCall { tokenId: U256::ONE }, U256::ZERO);
    let tensor = Tensor::register(&stack, 1);
    for level in [Assurance::Attested, Assurance::Optimistic] {
        tensor.ask(level);
    }
    let settings = Settings::of(&stack).with("consumers", &format!("{ACCOUNT},{art}"));
    let [host, worker] = PLATFORMS.map(|platform| {
        let before = chain::rpc(url, "evm_snapshot", &json!([]));
        let functions = Functions::start(platform, settings.clone(), 1);
        wait_until("three answers", || effects(&stack).len() == 3);
        let effects = effects(&stack);
        drop(functions);
        assert_eq!(chain::rpc(url, "evm_revert", &json!([before])), json!(true));
        effects
    });
    assert_eq!(host, worker);
}

/// In the order of their requests' ids.
fn effects(stack: &Stack) -> Vec<Effect> {
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let mut effects = Vec::new();
    for event in [InferenceAnswered::SIGNATURE_HASH, AnswerProposed::SIGNATURE_HASH] {
        for log in chain::logs(url, hub, event) {
            effects.extend(effect(stack, &log));
        }
    }
    effects.sort_by_key(|effect| effect.request);
    effects
}

/// What the transaction of an event brought; none if it only made an earlier answer final.
fn effect(stack: &Stack, log: &Value) -> Option<Effect> {
    let transaction = chain::rpc(stack.url("rpcUrl"), "eth_getTransactionByHash", &json!([log["transactionHash"]]));
    let data: Bytes = serde_json::from_value(transaction["input"].clone()).unwrap();
    let (receipt, output) = match data[..4].try_into().unwrap() {
        fulfilCall::SELECTOR => {
            let call = fulfilCall::abi_decode(&data).unwrap();
            (call.receipt, call.output)
        }
        proposeCall::SELECTOR => {
            let call = proposeCall::abi_decode(&data).unwrap();
            (call.receipt, call.output)
        }
        _ => return None,
    };
    let cid = Cid::try_from([&[1, RAW, 0x12, 0x20], receipt.contentHash.as_slice()].concat().as_slice()).unwrap();
    let answer = http::get(&format!("{}/ipfs/{cid}", stack.url("gateway")));
    assert_eq!(answer.status, 200, "{cid}");
    let (input_hash, output_hash) = (receipt.inputHash, receipt.outputHash);
    Some(Effect { request: receipt.requestId, output, input_hash, output_hash, document: answer.body })
}
