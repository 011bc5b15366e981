//! Webhooks as Alchemy Notify sends them, made here from a chain's logs, apart from the stack's own provider.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::hex;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http::{Answer, post};

/// The signing key that tests give to their stacks.
pub const SIGNING_KEY: &str = "whsk_test_of_the_pipeline";

/// Every delivery has an id of its own.
static DELIVERIES: AtomicU64 = AtomicU64::new(0);

/// A payload of type `GRAPHQL` with these logs (as `eth_getLogs` gives them) of one block.
pub fn graphql(logs: &[Value]) -> String {
    let entries: Vec<Value> = logs
        .iter()
        .map(|log| {
            json!({
                "data": log["data"],
                "topics": log["topics"],
                "index": number(&log["logIndex"]),
                "account": { "address": log["address"] },
                "transaction": { "hash": log["transactionHash"] },
            })
        })
        .collect();
    let block = json!({
        "hash": logs[0]["blockHash"],
        "number": number(&logs[0]["blockNumber"]),
        "timestamp": seconds_now(),
        "logs": entries,
    });
    json!({
        "webhookId": "wh_test",
        "id": format!("whevt_{}", DELIVERIES.fetch_add(1, Ordering::Relaxed)),
        "createdAt": humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        "type": "GRAPHQL",
        "event": { "data": { "block": block }, "sequenceNumber": "1" },
    })
    .to_string()
}

/// Sends a body to `/webhooks/alchemy`, signed with `key`.
pub fn send(functions: &str, key: &str, body: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("x-alchemy-signature", &sign(key, body.as_bytes()))];
    post(&format!("{functions}/webhooks/alchemy"), &headers, body.as_bytes())
}

/// Lower-case hex HMAC-SHA256 of the raw body.
pub fn sign(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn number(quantity: &Value) -> u64 {
    u64::from_str_radix(quantity.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
