//! What must hold at the end, read from the chain alone.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::{Map, Value, json};
use verdigris_core::abi::IInferenceHub::{
    AnswerProposed, InferenceAnswered, InferenceRequested, Status, finaliseCall, proposeCall, requestOfCall,
};
use verdigris_core::abi::ISeedArt::{PictureFulfilled, SeedDrawn, Stage, drawCall, renewCall};

use super::House;
use crate::chain;

/// What is not done yet: tokens without a picture, requests without an answer.
pub fn open(house: &House) -> Vec<String> {
    let (node, art, hub) = (house.node(), house.stack.address("art"), house.stack.address("hub"));
    let mut open = Vec::new();
    for token in 1..=chain::supply(node, art) {
        let known = chain::token(node, art, token);
        if !matches!(known.stage, Stage::Fulfilled) {
            open.push(format!(
                "token {token} is {:?} (draw block {}, request {})",
                known.stage, known.drawBlock, known.requestId
            ));
        }
    }
    for log in chain::logs(node, hub, InferenceRequested::SIGNATURE_HASH) {
        let request_id = topic(&log, 1);
        let status = chain::read(node, hub, &requestOfCall { requestId: request_id }).status;
        if status != Status::Answered {
            open.push(format!("request {request_id} is {status:?}"));
        }
    }
    open
}

/// What must hold once nothing is open; gives figures to report. `nothing_may_fail`: no transaction was in vain.
pub fn each_was_answered_once(house: &House, nothing_may_fail: bool) -> Result<Map<String, Value>, Vec<String>> {
    let (node, art, hub) = (house.node(), house.stack.address("art"), house.stack.address("hub"));
    let tokens = chain::supply(node, art);
    let mut wrong = open(house);
    for (what, contract, event) in [
        ("a seed was drawn for token", art, SeedDrawn::SIGNATURE_HASH),
        ("a picture came to token", art, PictureFulfilled::SIGNATURE_HASH),
        ("an answer was bonded for request", hub, AnswerProposed::SIGNATURE_HASH),
        ("an answer was accepted for request", hub, InferenceAnswered::SIGNATURE_HASH),
    ] {
        let counted = count(&chain::logs(node, contract, event));
        if counted.len() as u64 != tokens {
            wrong.push(format!("{what} … {} times, there are {tokens} tokens", counted.len()));
        }
        let often = counted.iter().filter(|(_, times)| **times != 1);
        wrong.extend(often.map(|(id, times)| format!("{what} {id} {times} times")));
    }
    for sender in house.make.senders() {
        let count = |block| chain::quantity(&chain::rpc(node, "eth_getTransactionCount", &json!([sender, block])));
        let (mined, known) = (count("latest"), count("pending"));
        if mined != known {
            wrong.push(format!("nonces {mined} to {known} of {sender} wait"));
        }
    }
    let pool = chain::rpc(node, "txpool_content", &json!([]));
    if pool["queued"].as_object().is_some_and(|senders| !senders.is_empty()) {
        wrong.push(format!("transactions wait behind a gap in the nonces: {}", pool["queued"]));
    }
    let mut figures = transactions(house);
    figures.insert("tokens".into(), json!(tokens));
    if nothing_may_fail && figures["reverted"] != json!({}) {
        wrong.push(format!("transactions failed on a chain that keeps every block: {}", figures["reverted"]));
    }
    if wrong.is_empty() { Ok(figures) } else { Err(wrong) }
}

/// What the senders' transactions were, and what was wasted: those that reverted, by the function that they called.
fn transactions(house: &House) -> Map<String, Value> {
    let (node, senders) =
        (house.node(), house.make.senders().into_iter().map(|sender| json!(sender)).collect::<Vec<_>>());
    let (mut sent, mut wasted_gas, mut fillers) = (0, 0, 0);
    let mut reverted: BTreeMap<&str, u64> = BTreeMap::new();
    for number in house.deployed..=chain::block_number(node) {
        let place = json!([format!("{number:#x}")]);
        let receipts = chain::rpc(node, "eth_getBlockReceipts", &place);
        for receipt in receipts.as_array().into_iter().flatten().filter(|receipt| senders.contains(&receipt["from"])) {
            sent += 1;
            fillers += u64::from(receipt["to"] == receipt["from"]);
            if receipt["status"] != "0x1" {
                let transaction = chain::rpc(node, "eth_getTransactionByHash", &json!([receipt["transactionHash"]]));
                *reverted.entry(called(&transaction)).or_default() += 1;
                wasted_gas += chain::quantity(&receipt["gasUsed"]);
            }
        }
    }
    let named = [
        ("transactions", json!(sent)),
        ("reverted", json!(reverted)),
        ("revertedGas", json!(wasted_gas)),
        ("fillers", json!(fillers)),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The function that a transaction calls.
fn called(transaction: &Value) -> &'static str {
    let input: Bytes = serde_json::from_value(transaction["input"].clone()).unwrap();
    let known = [
        (drawCall::SELECTOR, "draw"),
        (renewCall::SELECTOR, "renew"),
        (proposeCall::SELECTOR, "propose"),
        (finaliseCall::SELECTOR, "finalise"),
    ];
    known.into_iter().find(|(selector, _)| input.starts_with(selector)).map_or("another", |(_, name)| name)
}

fn count(logs: &[Value]) -> HashMap<B256, u64> {
    let mut counted = HashMap::new();
    for log in logs {
        *counted.entry(topic(log, 1)).or_insert(0) += 1;
    }
    counted
}

fn topic(log: &Value, at: usize) -> B256 {
    serde_json::from_value(log["topics"][at].clone()).unwrap()
}
