//! The chain as a test sees it.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use verdigris_core::abi::ISeedArt;

use crate::http;
use crate::stack::wait_until;

/// One JSON-RPC call; panics with the node's words if it fails.
pub fn rpc(url: &str, method: &str, params: &Value) -> Value {
    let mut answer = ask(url, method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}

/// One JSON-RPC call that the node may refuse.
pub fn try_rpc(url: &str, method: &str, params: &Value) -> Option<Value> {
    ask(url, method, params).get_mut("result").map(Value::take)
}

fn ask(url: &str, method: &str, params: &Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    http::post(url, &[("content-type", "application/json")], body.as_bytes()).json()
}

/// Several JSON-RPC calls in one request; panics with the node's words if one fails.
pub fn rpc_batch(url: &str, calls: &[(&str, Value)]) -> Vec<Value> {
    if calls.is_empty() {
        return Vec::new();
    }
    let calls = calls.iter().enumerate();
    let body: Value = calls
        .map(|(id, (method, params))| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
        .collect();
    let mut answers = http::post(url, &[("content-type", "application/json")], body.to_string().as_bytes()).json();
    let answers = answers.as_array_mut().unwrap_or_else(|| panic!("the node takes no batches"));
    for answer in answers.iter() {
        assert!(answer.get("error").is_none(), "{answer}");
    }
    answers.sort_by_key(|answer| answer["id"].as_u64());
    answers.iter_mut().map(|answer| answer["result"].take()).collect()
}

/// Asks a contract.
pub fn read<C: SolCall>(url: &str, contract: Address, call: &C) -> C::Return {
    let answer = rpc(url, "eth_call", &json!([{ "to": contract, "data": Bytes::from(call.abi_encode()) }, "latest"]));
    let bytes: Bytes = serde_json::from_value(answer).unwrap();
    C::abi_decode_returns(&bytes).unwrap()
}

/// Sends a transaction from one of the local chain's own accounts, and waits until it is mined.
pub fn send(url: &str, from: Address, to: Address, call: &impl SolCall, value: U256) {
    let transaction = json!({ "from": from, "to": to, "data": Bytes::from(call.abi_encode()), "value": value });
    let hash = json!([rpc(url, "eth_sendTransaction", &json!([transaction]))]);
    wait_until("a transaction's block", || !rpc(url, "eth_getTransactionReceipt", &hash).is_null());
    let receipt = rpc(url, "eth_getTransactionReceipt", &hash);
    assert_eq!(receipt["status"], "0x1", "a transaction failed: {receipt}");
}

/// Asks for tokens from one of the local chain's own accounts, and doesn't wait for the block that holds them.
pub fn ask_for_tokens(url: &str, art: Address, minter: Address, count: u64) {
    let data = Bytes::from(ISeedArt::mintCall { to: minter }.abi_encode());
    let transaction = json!([{ "from": minter, "to": art, "data": data }]);
    for _ in 0..count {
        rpc(url, "eth_sendTransaction", &transaction);
    }
}

/// What is known of a token's picture.
pub fn token(url: &str, art: Address, id: u64) -> ISeedArt::Token {
    read(url, art, &ISeedArt::tokenOfCall { tokenId: U256::from(id) })
}

/// Logs of `contract` with `topic` first, from the chain's beginning.
pub fn logs(url: &str, contract: Address, topic: B256) -> Vec<Value> {
    let filter = json!([{ "address": contract, "topics": [topic], "fromBlock": "0x0", "toBlock": "latest" }]);
    rpc(url, "eth_getLogs", &filter).as_array().cloned().unwrap_or_default()
}

/// The address in an indexed topic.
pub fn address_in(topic: &Value) -> Address {
    let word: B256 = serde_json::from_value(topic.clone()).unwrap();
    Address::from_word(word)
}

/// How many tokens a collection has.
pub fn supply(url: &str, art: Address) -> u64 {
    read(url, art, &ISeedArt::totalSupplyCall {}).to()
}

/// Mined transactions to `contract` that call the function with this selector, counted by the call's first word.
pub fn calls(url: &str, contract: Address, selector: &[u8; 4]) -> HashMap<B256, u32> {
    let mut counted = HashMap::new();
    for number in 0..=block_number(url) {
        let block = rpc(url, "eth_getBlockByNumber", &json!([format!("{number:#x}"), true]));
        for transaction in block["transactions"].as_array().unwrap() {
            let input: Bytes = serde_json::from_value(transaction["input"].clone()).unwrap();
            if transaction["to"] == json!(contract) && input.starts_with(selector) {
                *counted.entry(B256::from_slice(&input[4..36])).or_insert(0) += 1;
            }
        }
    }
    counted
}

/// The newest block's number.
pub fn block_number(url: &str) -> u64 {
    quantity(&rpc(url, "eth_blockNumber", &json!([])))
}

/// The block that a log stands in.
pub fn block_of(log: &Value) -> u64 {
    quantity(&log["blockNumber"])
}

/// A number as nodes write it.
pub fn quantity(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}
