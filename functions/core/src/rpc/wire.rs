//! JSON-RPC's messages: questions to bytes, bytes to answers. <https://www.jsonrpc.org/specification>
//!
//! alloy has types for all of this, with every field that any chain knows; reading those is a tenth of a Worker.

use alloy_primitives::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Answer, Call};
use crate::error::{Error, Result};
use crate::http::clip;
use crate::json::{DEEPEST, Opened, open};

/// A single request is sent as such: not every endpoint takes batches of one.
pub(super) fn encode(calls: &[Call]) -> Result<Vec<u8>> {
    let requests: Vec<_> = calls.iter().zip(0..).map(|(call, id)| Request::new(id, call)).collect();
    let bytes = match requests.as_slice() {
        [one] => serde_json::to_vec(one),
        many => serde_json::to_vec(many),
    };
    bytes.map_err(|e| Error::Internal(format!("a JSON-RPC request has no JSON form: {e}")).into())
}

/// Puts the answers in the order of the calls. An `Err` means that this endpoint is of no use right now.
pub(super) fn decode(calls: &[Call], bytes: &[u8]) -> Result<Vec<Answer>, String> {
    let mut responses: Vec<Response> = match calls {
        [_] => crate::json::from_slice(bytes).map(|one| vec![one]),
        _ => crate::json::from_slice(bytes),
    }
    .map_err(|e| format!("no JSON-RPC answer: {}", clip(&e.to_string(), 120)))?;
    calls
        .iter()
        .zip(0..)
        .map(|(call, id)| {
            let place = responses
                .iter()
                .position(|response| response.id == Some(id))
                .ok_or_else(|| format!("{} was left unanswered", call.method))?;
            let outcome = responses.swap_remove(place).outcome();
            let result = match outcome.ok_or_else(|| format!("{} has neither result nor error", call.method))? {
                Ok(value) => Ok(value),
                Err(refusal) if refusal.is_limit(call.method) => {
                    return Err(format!("{}: {}", call.method, clip(&refusal.message, 120)));
                }
                Err(refusal) => Err(Error::RpcRefused {
                    method: call.method.into(),
                    code: refusal.code,
                    message: clip(&refusal.message, 200),
                    revert: refusal.revert_data().map(|data| data.to_vec()),
                }
                .into()),
            };
            Ok(Answer { method: call.method, result })
        })
        .collect()
}

/// A question.
#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: &'a RawValue,
}

impl<'a> Request<'a> {
    /// A question with a number, by which its answer is known.
    fn new(id: u64, call: &'a Call) -> Self {
        Self { jsonrpc: "2.0", id, method: call.method, params: &call.params }
    }
}

/// The answer to a question.
#[derive(Deserialize)]
struct Response {
    /// The question's number. Nodes leave it out, or null, where they couldn't read that.
    id: Option<u64>,
    #[serde(default, deserialize_with = "even_null")]
    result: Option<Box<RawValue>>,
    error: Option<Refusal>,
}

impl Response {
    /// What the node found, or why it refused; `None` if it says neither.
    fn outcome(self) -> Option<Result<Box<RawValue>, Refusal>> {
        self.error.map(Err).or_else(|| self.result.map(Ok))
    }
}

/// A field that is there; null is a value like others.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// The code of a call that reverted.
const REVERTED: i64 = 3;

/// A node's error object.
#[derive(Debug, Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    message: String,
    data: Option<Box<RawValue>>,
}

impl Refusal {
    /// What a contract that reverted returned. Nodes put it into `data`, or somewhere in an object there.
    fn revert_data(&self) -> Option<Bytes> {
        if !self.message.contains("revert") {
            return None;
        }
        find_bytes(self.data.as_deref()?, DEEPEST)
    }

    /// Whether an endpoint refuses because it is asked too much, or isn't ready. What a contract says when it reverts is
    /// an answer, whatever words it uses. Codes and words are those of alloy's `ErrorPayload::is_retry_err`, gathered
    /// from providers. -32005 is also Infura's code for a query of logs that found too many: that is an answer, too.
    fn is_limit(&self, method: &str) -> bool {
        const CODES: [i64; 3] = [429, 1008, -32055];
        const WORDS: [&str; 6] = [
            "rate limit",
            "rate exceeded",
            "too many requests",
            "credits limited",
            "request limit",
            "maximum number of concurrent requests",
        ];
        let says_so = CODES.contains(&self.code)
            || self.code == -32005 && method != "eth_getLogs"
            || self.code == -32012 && self.message.contains("credits")
            || self.lacks_block()
            || WORDS.iter().any(|words| self.message.contains(words));
        says_so && self.code != REVERTED && self.revert_data().is_none()
    }

    /// Whether a node doesn't know the block that it was asked about, which another may. The words are those of Geth
    /// (and Nethermind), Erigon and Reth.
    fn lacks_block(&self) -> bool {
        const WORDS: [&str; 4] = ["header not found", "header for hash not found", "block not found", "unknown block"];
        WORDS.iter().any(|words| self.message.starts_with(words))
    }
}

/// The first text in hexadecimal, here or in the values of an object.
fn find_bytes(value: &RawValue, deepest: usize) -> Option<Bytes> {
    let deeper = deepest.checked_sub(1)?;
    match open(value).ok()? {
        Opened::Text(text) => text.parse().ok(),
        Opened::Object(fields) => fields.into_values().find_map(|value| find_bytes(value, deeper)),
        Opened::List(_) | Opened::Other => None,
    }
}
