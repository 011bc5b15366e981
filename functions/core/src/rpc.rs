//! JSON-RPC to a chain's nodes: several questions in one round trip, endpoints tried in order, answers bounded.
//!
//! An endpoint that fails is asked last for a while ([`health`]), and so is one that is behind the others; one that is on
//! another chain isn't asked ([`survey`]).

mod health;
mod survey;
mod wire;

use std::fmt::Display;

use alloy_primitives::U64;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config;
use crate::error::{Error, Result};
use crate::http::clip;
use crate::platform::{HttpRequest, Platform, PlatformError};
use crate::secrecy;
use crate::together::join_all;
use health::Health;

/// Time that one endpoint has for one round trip.
const TIMEOUT_MS: u64 = 4_000;
/// Most bytes of an answer, unless the caller expects more.
pub(crate) const MAX_ANSWER: usize = 8 << 20;
/// The settings of the endpoints, in the order in which they are asked: where, and the secret path there.
const ENDPOINTS: [(&str, &str); 3] =
    [("rpc_url", "rpc_path"), ("rpc_url_fallback", "rpc_path_fallback"), ("rpc_url_third", "rpc_path_third")];

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
        Self::of(method, serde_json::value::to_raw_value(&params))
    }

    fn of(method: &'static str, params: serde_json::Result<Box<RawValue>>) -> Result<Self> {
        let params = params.map_err(|e| Error::Internal(format!("parameters of {method} have no JSON form: {e}")))?;
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
    #[cfg(test)]
    pub(crate) fn of(method: &'static str, result: &serde_json::Value) -> Self {
        Self { method, result: Ok(serde_json::value::to_raw_value(result).expect("JSON")) }
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`Error::RpcRefused`] if the node refused, [`Error::RpcNonsense`] if the answer isn't of this type.
    pub fn read<T: DeserializeOwned>(self) -> Result<T> {
        // From bytes, as everything else is read: a reader of text would be all the same code once more.
        crate::json::from_slice(self.result?.get().as_bytes()).map_err(|e| nonsense(self.method, &e))
    }
}

/// What can't be read as what was expected.
pub(crate) fn nonsense(method: &str, reason: &dyn Display) -> Box<Error> {
    Error::RpcNonsense { method: method.into(), reason: clip(&reason.to_string(), 200) }.into()
}

/// What all endpoints that could be asked said to the same question.
#[derive(Debug)]
pub struct Everyone<T> {
    /// What they said.
    pub answers: Vec<Result<T>>,
    /// Whether each endpoint of the settings was asked and has answered.
    pub complete: bool,
}

/// Why an endpoint was of no use for a question.
struct Useless {
    reason: String,
    timed_out: bool,
    /// Whether another question would have done no better.
    is_down: bool,
}

/// The nodes of one chain.
#[derive(Clone, Debug)]
pub struct Rpc<P> {
    platform: P,
    endpoints: Vec<String>,
    health: Health<P>,
}

impl<P: Platform> Rpc<P> {
    /// The endpoints of the settings: `rpc_url`, `rpc_url_fallback` and `rpc_url_third`, each followed by its secret
    /// path, if any (`rpc_path`, …: providers put the key there, and a manifest's list of hosts has no paths).
    ///
    /// # Errors
    /// [`Error::Config`] if no endpoint is set.
    pub async fn configured(platform: &P) -> Result<Self> {
        let mut endpoints = Vec::new();
        for (url, path) in ENDPOINTS {
            if let Some(url) = config::endpoint(platform, url).await? {
                let path = platform.config(path).await?.unwrap_or_default();
                endpoints.push(join(&url, &path));
            }
        }
        if endpoints.is_empty() {
            return Err(Error::Config { name: "rpc_url", reason: "is missing; set it".into() }.into());
        }
        let health = Health::of(platform, endpoints.len());
        Ok(Self { platform: platform.clone(), endpoints, health })
    }

    /// Asks one question.
    ///
    /// # Errors
    /// See [`Rpc::batch`] and [`Answer::read`].
    pub async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        self.one(call, MAX_ANSWER).await?.read()
    }

    /// Asks one question whose answer may have up to `max_answer` bytes.
    ///
    /// # Errors
    /// See [`Rpc::batch`] and [`Answer::read`].
    pub async fn ask_large<T: DeserializeOwned>(&self, call: Call, max_answer: usize) -> Result<T> {
        self.one(call, max_answer).await?.read()
    }

    /// Asks what happened up to a block, of an endpoint that has come to that block: others answer that nothing has
    /// happened there. The answers may have up to `max_answer` bytes together.
    ///
    /// # Errors
    /// As [`Rpc::batch`]; [`Error::RpcNonsense`] if the endpoint that answers is behind.
    pub async fn batch_seen(&self, mut calls: Vec<Call>, block: u64, max_answer: usize) -> Result<Vec<Answer>> {
        let height = Call::new("eth_blockNumber", ())?;
        let method = height.method;
        calls.push(height);
        let mut answers = self.batch_bounded(calls, max_answer).await?;
        let seen = answers.pop().map_or(Ok(U64::ZERO), Answer::read)?;
        if seen.to::<u64>() < block {
            let reason = format!("the endpoint has come to block {seen} only, not to {block}");
            return Err(nonsense(method, &reason));
        }
        Ok(answers)
    }

    async fn one(&self, call: Call, max_answer: usize) -> Result<Answer> {
        Ok(self.batch_bounded(vec![call], max_answer).await?.remove(0))
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

    /// Asks the same of all endpoints at once, but of those that failed lately. If each of them did, all are asked.
    ///
    /// # Errors
    /// [`Error::Internal`] if the question has no JSON form.
    pub async fn ask_everyone<T: DeserializeOwned>(&self, call: &Call) -> Result<Everyone<T>> {
        let (order, awake) = self.health.order().await;
        let asked = if awake == 0 { order.as_slice() } else { &order[..awake] };
        let all = self.ask_these(asked, std::slice::from_ref(call)).await?;
        let answers: Vec<_> = all.into_iter().filter_map(|(_, answers)| answers?.pop()).map(Answer::read).collect();
        let complete = answers.len() == self.endpoints.len();
        Ok(Everyone { answers, complete })
    }

    /// Asks these endpoints the same questions at once. `None` stands for one that gave no usable answer.
    async fn ask_these(&self, positions: &[usize], calls: &[Call]) -> Result<Vec<(usize, Option<Vec<Answer>>)>> {
        let body = wire::encode(calls)?;
        let asking = positions.iter().map(|&position| {
            let asked = self.ask_one(position, calls, body.clone(), MAX_ANSWER);
            async move { (position, asked.await.ok()) }
        });
        Ok(join_all(asking).await)
    }

    async fn batch_bounded(&self, calls: Vec<Call>, max_answer: usize) -> Result<Vec<Answer>> {
        let body = wire::encode(&calls)?;
        let mut reasons = Vec::new();
        let mut timed_out = true;
        for position in self.health.order().await.0 {
            match self.ask_one(position, &calls, body.clone(), max_answer).await {
                Ok(answers) => return Ok(answers),
                Err(useless) => {
                    timed_out &= useless.timed_out;
                    reasons.push(format!("endpoint {}: {}", position + 1, useless.reason));
                }
            }
        }
        if reasons.is_empty() {
            (reasons, timed_out) = (vec!["every endpoint is on another chain".into()], false);
        }
        let reason = clip(&reasons.join("; "), 400);
        Err(Error::RpcUnreachable { method: calls[0].method.into(), reason, timed_out }.into())
    }

    /// Asks one endpoint, and marks how it does.
    async fn ask_one(
        &self,
        position: usize,
        calls: &[Call],
        body: Vec<u8>,
        max_answer: usize,
    ) -> Result<Vec<Answer>, Useless> {
        let answers = match self.post(&self.endpoints[position], body, max_answer).await {
            Ok(bytes) => {
                wire::decode(calls, &bytes).map_err(|reason| Useless { reason, timed_out: false, is_down: true })
            }
            Err(error) => Err(Useless {
                reason: error.to_string(),
                timed_out: matches!(error, PlatformError::Timeout(_)),
                is_down: !matches!(error, PlatformError::ResponseTooLarge(_)),
            }),
        };
        match &answers {
            Ok(_) => self.health.answered(position).await,
            Err(useless) if useless.is_down => self.health.failed(position).await,
            Err(_) => {}
        }
        answers
    }

    async fn post(&self, url: &str, body: Vec<u8>, max: usize) -> Result<Vec<u8>, PlatformError> {
        // Endpoints often carry a key, so none may show in a message, whoever wrote the message.
        let request = HttpRequest::post_json(url.into(), body, TIMEOUT_MS, max);
        let response = secrecy::exchange(&self.platform, request, &secrecy::in_url(url)).await?;
        if response.is_success() {
            Ok(response.body)
        } else {
            Err(PlatformError::Connection(format!("HTTP status {}", response.status)))
        }
    }
}

fn join(url: &str, path: &str) -> String {
    if path.is_empty() {
        return url.to_string();
    }
    format!("{}/{}", url.trim_end_matches('/'), path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests;
