//! JSON-RPC's messages: questions to bytes, bytes to answers.

use alloy_json_rpc::{ErrorPayload, Id, Response, ResponsePayload, SerializedRequest};

use super::{Answer, Call};
use crate::error::{Error, Result};
use crate::http::clip;

/// A single request is sent as such: not every endpoint takes batches of one.
pub(super) fn encode(calls: &[Call]) -> Result<Vec<u8>> {
    let requests = calls
        .iter()
        .zip(0..)
        .map(|(call, id)| alloy_json_rpc::Request::new(call.method, Id::Number(id), call.params.as_ref()).try_into())
        .collect::<Result<Vec<SerializedRequest>, serde_json::Error>>();
    let bytes = requests.and_then(|requests| match requests.as_slice() {
        [one] => serde_json::to_vec(one),
        many => serde_json::to_vec(many),
    });
    bytes.map_err(|e| Error::Internal(format!("a JSON-RPC request has no JSON form: {e}")))
}

/// Puts the answers in the order of the calls. An `Err` means that this endpoint is of no use right now.
pub(super) fn decode(calls: &[Call], bytes: &[u8]) -> Result<Vec<Answer>, String> {
    let mut responses: Vec<Response> = match calls {
        [_] => serde_json::from_slice(bytes).map(|one| vec![one]),
        _ => serde_json::from_slice(bytes),
    }
    .map_err(|e| format!("no JSON-RPC answer: {}", clip(&e.to_string(), 120)))?;
    calls
        .iter()
        .zip(0..)
        .map(|(call, id)| {
            let place = responses
                .iter()
                .position(|response| response.id == Id::Number(id))
                .ok_or_else(|| format!("{} was left unanswered", call.method))?;
            let result = match responses.swap_remove(place).payload {
                ResponsePayload::Success(value) => Ok(value),
                ResponsePayload::Failure(error) if is_limited(&error) => {
                    return Err(format!("{}: {}", call.method, clip(&error.message, 120)));
                }
                ResponsePayload::Failure(error) => Err(Error::RpcRefused {
                    method: call.method.into(),
                    code: error.code,
                    message: clip(&error.message, 200),
                    revert: error.as_revert_data().map(|data| data.to_vec()),
                }),
            };
            Ok(Answer { method: call.method, result })
        })
        .collect()
}

/// Whether an endpoint refuses because it is asked too much, or isn't ready. What a contract says when it reverts is
/// an answer, whatever words it uses.
fn is_limited(error: &ErrorPayload) -> bool {
    error.is_retry_err() && error.code != 3 && error.as_revert_data().is_none()
}
