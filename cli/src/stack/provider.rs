//! Stands in for a provider of webhooks: sends the local chain's logs, signed, in the format and manner of Alchemy Notify.

use std::time::{Duration, SystemTime};

use alloy_primitives::{Address, B256};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::chain::Chain;
use crate::error::CliError;
use crate::http;

/// How often the chain is asked for new blocks.
const POLL: Duration = Duration::from_millis(50);

/// A provider tries again after these pauses; `sweep` heals what is still lost then.
const RETRIES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// What is watched, and where the webhooks go.
pub struct Provider {
    /// The chain to watch.
    pub chain: Chain,
    /// Contracts whose logs are sent.
    pub contracts: Vec<Address>,
    /// Full URL of `/webhooks/alchemy`.
    pub endpoint: String,
    /// The webhook's signing key, shared with intake.
    pub signing_key: String,
}

/// A log as `eth_getLogs` gives it; only what goes into a webhook.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    address: Address,
    topics: Vec<B256>,
    data: String,
    block_number: String,
    block_hash: B256,
    transaction_hash: B256,
    log_index: String,
    #[serde(default)]
    block_timestamp: Option<String>,
}

impl Provider {
    /// Sends a webhook for every block from `next_block` on that has logs of interest; runs until its task is aborted.
    pub async fn run(self, mut next_block: u64) {
        let mut sequence = 0;
        loop {
            tokio::time::sleep(POLL).await;
            let Ok(logs) = self.logs_from(next_block).await else { continue };
            for block in logs.chunk_by(|one, other| one.block_hash == other.block_hash) {
                sequence += 1;
                if let Some(first) = block.first() {
                    next_block = next_block.max(quantity(&first.block_number) + 1);
                    let body = graphql_payload(block, sequence).to_string();
                    tokio::spawn(deliver(self.endpoint.clone(), self.signing_key.clone(), body));
                }
            }
        }
    }

    async fn logs_from(&self, block: u64) -> Result<Vec<Log>, CliError> {
        if self.chain.block_number().await? < block {
            return Ok(Vec::new());
        }
        self.chain
            .call(
                "eth_getLogs",
                json!([{ "address": self.contracts, "fromBlock": format!("{block:#x}"), "toBlock": "latest" }]),
            )
            .await
    }
}

/// Alchemy's payload of type `GRAPHQL` for one block.
fn graphql_payload(logs: &[Log], sequence: u64) -> Value {
    let entries: Vec<Value> = logs
        .iter()
        .map(|log| {
            json!({
                "data": log.data,
                "topics": log.topics,
                "index": quantity(&log.log_index),
                "account": { "address": log.address },
                "transaction": { "hash": log.transaction_hash },
            })
        })
        .collect();
    let first = logs.first();
    let (hash, number) = first.map(|log| (log.block_hash, quantity(&log.block_number))).unwrap_or_default();
    let timestamp = first.and_then(|log| log.block_timestamp.as_deref()).map(quantity);
    json!({
        "webhookId": "wh_local",
        "id": format!("whevt_{number}_{sequence}"),
        "createdAt": humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        "type": "GRAPHQL",
        "event": {
            "data": { "block": { "hash": hash, "number": number, "timestamp": timestamp, "logs": entries } },
            "sequenceNumber": sequence.to_string(),
        },
    })
}

async fn deliver(endpoint: String, signing_key: String, body: String) {
    let signature = sign(&signing_key, body.as_bytes());
    for pause in [Duration::ZERO].into_iter().chain(RETRIES) {
        tokio::time::sleep(pause).await;
        let headers = [("content-type", "application/json"), ("x-alchemy-signature", signature.as_str())];
        match http::post(&endpoint, &headers, body.clone().into_bytes()).await {
            Ok(answer) if answer.status < 300 => return,
            Ok(answer) => eprintln!("webhook answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
            Err(error) => eprintln!("webhook not delivered: {error}"),
        }
    }
}

/// Lower-case hex HMAC-SHA256 of the raw body, as Alchemy puts it into `X-Alchemy-Signature`.
pub fn sign(signing_key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(signing_key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn quantity(hexadecimal: &str) -> u64 {
    u64::from_str_radix(hexadecimal.trim_start_matches("0x"), 16).unwrap_or_default()
}
