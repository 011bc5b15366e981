//! JSON-RPC's messages, and what of a node's answers is looked at.
//!
//! alloy has types for all of this, with every field that any chain knows; reading those is a tenth of a Worker.

use alloy_primitives::{Address, B256, Bytes, U64, U128};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, Value};

/// A question: <https://www.jsonrpc.org/specification>.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: &'a RawValue,
}

impl<'a> Request<'a> {
    /// A question with a number, by which its answer is known.
    pub(crate) fn new(id: u64, method: &'static str, params: &'a RawValue) -> Self {
        Self { jsonrpc: "2.0", id, method, params }
    }
}

/// The answer to a question.
#[derive(Deserialize)]
pub(crate) struct Response {
    /// The question's number. Nodes leave it out, or null, where they couldn't read that.
    pub(crate) id: Option<u64>,
    #[serde(default, deserialize_with = "even_null")]
    result: Option<Box<RawValue>>,
    error: Option<Refusal>,
}

impl Response {
    /// What the node found, or why it refused; `None` if it says neither.
    pub(crate) fn outcome(self) -> Option<Result<Box<RawValue>, Refusal>> {
        self.error.map(Err).or_else(|| self.result.map(Ok))
    }
}

/// A field that is there; null is a value like others.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// A node's error object.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) message: String,
    data: Option<Box<RawValue>>,
}

impl Refusal {
    /// What a contract that reverted returned. Nodes put it into `data`, or somewhere in an object there.
    pub(crate) fn revert_data(&self) -> Option<Bytes> {
        if !self.message.contains("revert") {
            return None;
        }
        find_bytes(&serde_json::from_str(self.data.as_deref()?.get()).ok()?)
    }

    /// Whether asking again, or somebody else, may help: the node is asked too much, or isn't ready. These are the
    /// codes and words of alloy's `ErrorPayload::is_retry_err`, gathered from providers.
    pub(crate) fn is_limit(&self) -> bool {
        const CODES: [i64; 4] = [429, -32005, 1008, -32055];
        const WORDS: [&str; 6] = [
            "rate limit",
            "rate exceeded",
            "too many requests",
            "credits limited",
            "request limit",
            "maximum number of concurrent requests",
        ];
        CODES.contains(&self.code)
            || self.code == -32012 && self.message.contains("credits")
            || self.message == "header not found"
            || WORDS.iter().any(|words| self.message.contains(words))
    }
}

/// The first text in hexadecimal, here or in the values of an object.
fn find_bytes(value: &Value) -> Option<Bytes> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Object(fields) => fields.values().find_map(find_bytes),
        _ => None,
    }
}

/// A log, as `eth_getLogs` gives it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
    /// `None` while it is in no block.
    pub(crate) block_number: Option<U64>,
    pub(crate) block_hash: Option<B256>,
    /// Whether the chain took it back.
    #[serde(default)]
    pub(crate) removed: bool,
}

/// `eth_feeHistory`, as far as it tells what to offer. Amounts are in wei a unit of gas.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FeeHistory {
    /// Of the blocks asked about, and of the one after.
    pub(crate) base_fee_per_gas: Vec<U128>,
    /// Of each block, the tip at each percentile asked for.
    pub(crate) reward: Option<Vec<Vec<U128>>>,
}
