//! JSON-RPC to a chain's nodes: several questions in one round trip, endpoints tried in order, answers bounded.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config;
use crate::error::{Error, Result};
use crate::http::clip;
use crate::platform::{HttpRequest, Platform, PlatformError};
use crate::wire::{Request, Response};

/// Time that one endpoint has for one round trip.
const TIMEOUT_MS: u64 = 4_000;
/// Most bytes of an answer, unless the caller expects more.
const MAX_ANSWER: usize = 8 << 20;

/// One question, ready to be sent.
#[derive(Clone, Debug)]
pub struct Call {
    method: &'static str,
    params: Box<RawValue>,
}

impl Call {
    /// A method with its parameters.
    ///
    /// # Errors
    /// [`Error::Internal`] if the parameters have no JSON form.
    pub fn new(method: &'static str, params: impl Serialize) -> Result<Self> {
        let params = serde_json::value::to_raw_value(&params)
            .map_err(|e| Error::Internal(format!("parameters of {method} have no JSON form: {e}")))?;
        Ok(Self { method, params })
    }
}

/// One answer of a batch: what the node returned, or why it refused.
#[derive(Debug)]
pub struct Answer {
    method: &'static str,
    result: Result<Box<RawValue>>,
}

impl Answer {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`Error::RpcRefused`] if the node refused, [`Error::RpcNonsense`] if the answer isn't of this type.
    pub fn read<T: DeserializeOwned>(self) -> Result<T> {
        serde_json::from_str(self.result?.get())
            .map_err(|e| Error::RpcNonsense { method: self.method.into(), reason: clip(&e.to_string(), 200) })
    }
}

/// The nodes of one chain.
#[derive(Clone, Debug)]
pub struct Rpc<P> {
    platform: P,
    endpoints: Vec<String>,
}

impl<P: Platform> Rpc<P> {
    /// The endpoints of the settings: `rpc_url` and `rpc_url_fallback`, each followed by its secret path, if any
    /// (`rpc_path`, `rpc_path_fallback`: providers put the key there, and a manifest's list of hosts has no paths).
    ///
    /// # Errors
    /// [`Error::Config`] if no endpoint is set.
    pub async fn configured(platform: &P) -> Result<Self> {
        let mut endpoints = Vec::new();
        for (url, path) in [("rpc_url", "rpc_path"), ("rpc_url_fallback", "rpc_path_fallback")] {
            if let Some(url) = config::endpoint(platform, url).await? {
                let path = platform.config(path).await?.unwrap_or_default();
                endpoints.push(join(&url, &path));
            }
        }
        if endpoints.is_empty() {
            return Err(Error::Config { name: "rpc_url", reason: "is missing; set it".into() });
        }
        Ok(Self { platform: platform.clone(), endpoints })
    }

    /// Asks one question.
    ///
    /// # Errors
    /// See [`Rpc::batch`] and [`Answer::read`].
    pub async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let mut answers = self.batch_bounded(vec![call], MAX_ANSWER).await?;
        answers.remove(0).read()
    }

    /// Asks one question whose answer may have up to `max_answer` bytes.
    ///
    /// # Errors
    /// See [`Rpc::batch`] and [`Answer::read`].
    pub async fn ask_large<T: DeserializeOwned>(&self, call: Call, max_answer: usize) -> Result<T> {
        self.batch_bounded(vec![call], max_answer).await?.remove(0).read()
    }

    /// Asks several independent questions in one round trip. There are as many answers as calls, in their order.
    ///
    /// # Errors
    /// [`Error::RpcUnreachable`] if no endpoint gave a usable answer.
    pub async fn batch(&self, calls: Vec<Call>) -> Result<Vec<Answer>> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        self.batch_bounded(calls, MAX_ANSWER).await
    }

    async fn batch_bounded(&self, calls: Vec<Call>, max_answer: usize) -> Result<Vec<Answer>> {
        let method = calls[0].method;
        let body = encode(&calls)?;
        let mut reasons = Vec::new();
        let mut timed_out = true;
        for (position, endpoint) in self.endpoints.iter().enumerate() {
            match self.post(endpoint, body.clone(), max_answer).await {
                Ok(bytes) => match decode(&calls, &bytes) {
                    Ok(answers) => return Ok(answers),
                    Err(reason) => {
                        timed_out = false;
                        reasons.push(format!("endpoint {}: {reason}", position + 1));
                    }
                },
                Err(error) => {
                    timed_out &= matches!(error, PlatformError::Timeout(_));
                    reasons.push(format!("endpoint {}: {error}", position + 1));
                }
            }
        }
        let reason = self.without_secrets(&reasons.join("; "));
        Err(Error::RpcUnreachable { method: method.into(), reason, timed_out })
    }

    async fn post(&self, url: &str, body: Vec<u8>, max: usize) -> Result<Vec<u8>, PlatformError> {
        let response = self.platform.http(HttpRequest::post_json(url.into(), body, TIMEOUT_MS, max)).await?;
        if response.is_success() {
            Ok(response.body)
        } else {
            Err(PlatformError::Connection(format!("HTTP status {}", response.status)))
        }
    }

    /// Endpoints often carry a key, so none may show in a message, whoever wrote the message.
    fn without_secrets(&self, message: &str) -> String {
        let mut message = message.to_string();
        for endpoint in &self.endpoints {
            message = message.replace(endpoint.as_str(), "(endpoint)");
            let path = endpoint.splitn(4, '/').nth(3).unwrap_or_default();
            for part in path.split(['/', '?', '&', '=']).filter(|part| part.len() >= 8) {
                message = message.replace(part, "(secret)");
            }
        }
        clip(&message, 400)
    }
}

fn join(url: &str, path: &str) -> String {
    if path.is_empty() {
        return url.to_string();
    }
    format!("{}/{}", url.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// A single request is sent as such: not every endpoint takes batches of one.
fn encode(calls: &[Call]) -> Result<Vec<u8>> {
    let requests: Vec<_> = calls.iter().zip(0..).map(|(call, id)| Request::new(id, call.method, &call.params)).collect();
    let bytes = match requests.as_slice() {
        [one] => serde_json::to_vec(one),
        many => serde_json::to_vec(many),
    };
    bytes.map_err(|e| Error::Internal(format!("a JSON-RPC request has no JSON form: {e}")))
}

/// Puts the answers in the order of the calls. An `Err` means that this endpoint is of no use right now.
fn decode(calls: &[Call], bytes: &[u8]) -> Result<Vec<Answer>, String> {
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
                .position(|response| response.id == Some(id))
                .ok_or_else(|| format!("{} was left unanswered", call.method))?;
            let outcome = responses.swap_remove(place).outcome();
            let result = match outcome.ok_or_else(|| format!("{} has neither result nor error", call.method))? {
                Ok(value) => Ok(value),
                Err(refusal) if refusal.is_limit() => {
                    return Err(format!("{}: {}", call.method, clip(&refusal.message, 120)));
                }
                Err(refusal) => Err(Error::RpcRefused {
                    method: call.method.into(),
                    code: refusal.code,
                    message: clip(&refusal.message, 200),
                    revert: refusal.revert_data().map(|data| data.to_vec()),
                }),
            };
            Ok(Answer { method: call.method, result })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::HttpResponse;
    use crate::testing::{Memory, block_on};
    use alloy_primitives::U64;
    use proptest::prelude::*;

    const FIRST: &str = "https://one.example";
    const SECOND: &str = "https://two.example";

    fn platform() -> Memory {
        Memory::default().with("rpc_url", FIRST).with("rpc_path", "/v2/verysecretkey").with("rpc_url_fallback", SECOND)
    }

    fn answer(text: &str) -> Result<HttpResponse, PlatformError> {
        Ok(HttpResponse { status: 200, body: text.as_bytes().to_vec() })
    }

    fn block_number(platform: &Memory) -> Result<U64> {
        let rpc = block_on(Rpc::configured(platform))?;
        block_on(rpc.ask(Call::new("eth_blockNumber", ())?))
    }

    #[test]
    fn the_address_that_stands_for_no_endpoint_is_never_asked() {
        let platform = Memory::default().with("rpc_url", FIRST).with("rpc_url_fallback", "https://unset.invalid");
        platform.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
        platform.serve("https://unset.invalid", |_| panic!("nobody may ask there"));
        assert!(block_number(&platform).is_err());
        let alone = Memory::default().with("rpc_url", "https://unset.invalid/");
        assert!(matches!(block_number(&alone), Err(Error::Config { name: "rpc_url", .. })));
    }

    #[test]
    fn the_second_endpoint_answers_when_the_first_is_down_slow_or_limited() {
        let failures = [
            Err(PlatformError::Connection("refused".into())),
            Err(PlatformError::Timeout(1)),
            Ok(HttpResponse { status: 429, body: vec![] }),
            answer("<html>"),
            answer(r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"limit"}}"#),
        ];
        for failure in failures {
            let platform = platform();
            platform.serve(FIRST, move |_| failure.clone());
            platform.serve(SECOND, |_| answer(r#"{"jsonrpc":"2.0","id":0,"result":"0x10"}"#));
            assert_eq!(block_number(&platform), Ok(U64::from(16)));
        }
    }

    #[test]
    fn a_refusal_is_an_answer_and_is_not_asked_of_the_next_endpoint() {
        let platform = platform();
        platform.serve(FIRST, |_| {
            answer(r#"{"jsonrpc":"2.0","id":0,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}}"#)
        });
        platform.serve(SECOND, |_| panic!("asked"));
        let error = block_number(&platform).expect_err("refused");
        assert_eq!(error.revert_selector(), Some([1, 2, 3, 4]));
    }

    #[test]
    fn no_message_shows_the_key_in_an_endpoint_s_path() {
        let platform = platform();
        platform.serve(FIRST, |request| {
            assert_eq!(request.url, "https://one.example/v2/verysecretkey");
            Err(PlatformError::Connection(format!("cannot reach {} or verysecretkey", request.url)))
        });
        platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
        let error = block_number(&platform).expect_err("unreachable").to_string();
        assert!(!error.contains("verysecretkey"), "{error}");
    }

    #[test]
    fn answers_in_another_order_are_put_right() {
        let platform = Memory::default().with("rpc_url", FIRST);
        platform.serve(FIRST, |_| {
            answer(r#"[{"jsonrpc":"2.0","id":1,"result":"0x2"},{"jsonrpc":"2.0","id":0,"result":"0x1"}]"#)
        });
        let rpc = block_on(Rpc::configured(&platform)).expect("configured");
        let calls = vec![Call::new("a", ()).expect("call"), Call::new("b", ()).expect("call")];
        let numbers: Vec<U64> = block_on(rpc.batch(calls))
            .expect("answered")
            .into_iter()
            .map(|answer| answer.read().expect("a number"))
            .collect();
        assert_eq!(numbers, [U64::from(1), U64::from(2)]);
    }

    #[test]
    fn only_time_outs_everywhere_count_as_a_time_out() {
        let platform = platform();
        platform.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
        platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
        assert_eq!(block_number(&platform).expect_err("slow").status(), 504);
        platform.serve(FIRST, |_| Err(PlatformError::Connection("refused".into())));
        assert_eq!(block_number(&platform).expect_err("down").status(), 502);
    }

    proptest! {
        #[test]
        fn any_answer_at_all_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let calls = [Call::new("a", ()).expect("call"), Call::new("b", ()).expect("call")];
            let _ = decode(&calls, &bytes);
            let _ = decode(&calls[..1], &bytes);
        }
    }
}
