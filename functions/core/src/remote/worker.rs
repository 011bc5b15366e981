//! One worker: what it is asked, by which protocol, and what its answers mean.

use alloy_primitives::B256;
use serde_json::value::RawValue;

use super::client::MOST_TOLD;
use super::tensors::{self, Body, Made, NO_JSON, Question};
use super::{cog, told};
use crate::config;
use crate::error::{Error, Result};
use crate::http::clip;
use crate::infer::MAX_JOB_SIZE;
use crate::json::{from_slice, open};
use crate::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use crate::secrecy;

/// Time in which a worker must have said how it is.
const LOOK_MS: u64 = 1_500;
/// Most characters of what a worker says that are passed on.
const MOST_SHOWN: usize = 300;
/// Most bytes of an answer: the pixels of the largest picture, and a little.
const MOST_ANSWER: usize = 3 * (MAX_JOB_SIZE as usize).pow(2) + MOST_WORDS;
/// Most bytes of what a worker says of itself, of a model or of a job.
const MOST_WORDS: usize = 256 * 1024;

/// How workers are asked; setting `worker_protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// The jobs of `functions/gpu-worker`.
    Jobs,
    /// The Open Inference Protocol: the answer comes at once.
    Infer,
    /// Cog's predictions, whose answers come by webhook.
    Cog,
}

impl Protocol {
    async fn configured(platform: &impl Platform) -> Result<Self> {
        const NAME: &str = "worker_protocol";
        match platform.config(NAME).await?.as_deref() {
            None | Some("jobs") => Ok(Self::Jobs),
            Some("oip") => Ok(Self::Infer),
            Some("cog") => Ok(Self::Cog),
            Some(_) => Err(Error::Config { name: NAME, reason: "is not jobs, oip or cog".into() }.into()),
        }
    }
}

/// What came of asking.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The answer.
    Made(Made),
    /// It is at work.
    Later,
    /// It knows nothing of the job.
    Unknown,
    /// It has too much to do.
    Full,
    /// Nobody can do it, and why.
    Refused(String),
    /// It is broken, and how.
    Failed(String),
}

/// What is to be done.
pub(super) struct Errand<'a> {
    /// The job's id, by which a worker knows it as well. None if somebody waits for the answer.
    pub(super) id: Option<&'a str>,
    pub(super) model: B256,
    pub(super) question: &'a Question,
    /// Time in which the worker must have answered.
    pub(super) patience_ms: u64,
}

/// A worker, and how to ask it.
pub(super) struct Worker<'a, P> {
    platform: &'a P,
    pub(super) url: String,
    protocol: Protocol,
    token: Option<String>,
}

impl<'a, P: Platform> Worker<'a, P> {
    /// All that the settings name.
    pub(super) async fn configured(platform: &'a P) -> Result<Vec<Self>> {
        let protocol = Protocol::configured(platform).await?;
        let token = platform.config("worker_token").await?;
        let mut workers = Vec::new();
        for name in ["worker_url", "worker_url_fallback", "worker_url_third"] {
            if let Some(url) = config::endpoint(platform, name).await? {
                let (url, token) = (url.trim_end_matches('/').into(), token.clone());
                workers.push(Self { platform, url, protocol, token });
            }
        }
        Ok(workers)
    }

    async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Body,
        timeout_ms: u64,
        max_response: usize,
    ) -> Result<HttpResponse, PlatformError> {
        let mut headers = vec![("content-type", "application/json".into())];
        if body.bytes.len() > body.json_length {
            headers = vec![
                ("content-type", "application/octet-stream".into()),
                ("inference-header-content-length", body.json_length.to_string()),
            ];
        }
        if (self.protocol, method) == (Protocol::Cog, "PUT") {
            headers.push(("prefer", "respond-async".into()));
        }
        headers.extend(self.token.as_ref().map(|token| ("authorization", format!("Bearer {token}"))));
        let url = format!("{}{path}", self.url);
        let request = HttpRequest { method, url, headers, body: body.bytes, timeout_ms, max_response };
        secrecy::exchange(self.platform, request, &[self.token.as_deref().unwrap_or_default()]).await
    }

    async fn look(&self, path: &str) -> Result<HttpResponse, PlatformError> {
        self.ask("GET", path, Body::default(), LOOK_MS, MOST_WORDS).await
    }

    /// How much it has to do, as far as it tells; none if it isn't well.
    pub(super) async fn load(&self) -> Option<u64> {
        let path = match self.protocol {
            Protocol::Jobs => "/v2/load",
            Protocol::Infer => "/v2/health/ready",
            Protocol::Cog => "/health-check",
        };
        let answer = self.look(path).await.ok().filter(HttpResponse::is_success)?;
        match self.protocol {
            Protocol::Jobs => from_slice(&answer.body).ok(),
            Protocol::Infer => Some(0),
            Protocol::Cog => match text(&answer.body, "status")?.as_str() {
                "READY" => Some(0),
                "BUSY" => Some(1),
                _ => None,
            },
        }
    }

    /// Gives it a job; where it knows the job already, that asks how far it is.
    pub(super) async fn give(&self, errand: &Errand<'_>) -> Result<Reply> {
        if self.protocol == Protocol::Cog {
            return self.predict(errand).await;
        }
        let (model, question) = (errand.model, errand.question);
        let metadata = match question {
            Question::Picture(_) | Question::Prompt(_) => Vec::new(),
            Question::Tensor(..) => match self.look(&format!("/v2/models/{model}")).await {
                Ok(answer) if answer.is_success() => answer.body,
                other => return Ok(fault(other)),
            },
        };
        let body = match tensors::request(question, &metadata) {
            Ok(body) => body,
            Err(reason) => return Ok(Reply::Refused(reason)),
        };
        let id = errand.id.filter(|_| self.protocol == Protocol::Jobs);
        let (method, path) = match id {
            None => ("POST", format!("/v2/models/{model}/infer")),
            Some(id) => {
                let place = told::place(self.platform, None).await?;
                let callback = place.map(|url| format!("?callback={url}")).unwrap_or_default();
                ("PUT", format!("/v2/models/{model}/jobs/{id}{callback}"))
            }
        };
        match self.ask(method, &path, body, errand.patience_ms, MOST_ANSWER).await {
            Ok(answer) if answer.is_success() && id.is_none() => Ok(read(question, &answer.body)),
            Ok(answer) if answer.is_success() => self.progress(errand, &answer.body).await,
            other => Ok(fault(other)),
        }
    }

    /// Asks how far it is with a job that it was given.
    pub(super) async fn poll(&self, errand: &Errand<'_>) -> Result<Reply> {
        match (self.protocol, errand.id) {
            (Protocol::Jobs, Some(id)) => match self.look(&format!("/v2/jobs/{id}")).await {
                Ok(answer) if answer.is_success() => self.progress(errand, &answer.body).await,
                Ok(answer) if answer.status == 404 => Ok(Reply::Unknown),
                other => Ok(fault(other)),
            },
            // It can't be asked; but while it runs, the same again is taken for the same.
            (Protocol::Cog, _) => self.give(errand).await,
            _ => Ok(Reply::Unknown),
        }
    }

    async fn predict(&self, errand: &Errand<'_>) -> Result<Reply> {
        if errand.id.is_some() && errand.question.pixels().is_some_and(|bytes| bytes / 3 * 4 + MOST_SHOWN > MOST_TOLD) {
            return Ok(Reply::Refused("the picture is larger than what a Cog server may tell".into()));
        }
        let (method, path) = match errand.id {
            Some(id) => ("PUT", format!("/predictions/{id}")),
            None => ("POST", "/predictions".into()),
        };
        let body = cog::request(self.platform, errand).await?;
        Ok(match self.ask(method, &path, body, errand.patience_ms, MOST_ANSWER).await {
            Ok(answer) if answer.is_success() => cog::read(errand.question, &answer.body),
            // As many run as it can.
            Ok(answer) if answer.status == 409 => Reply::Full,
            other => fault(other),
        })
    }

    async fn progress(&self, errand: &Errand<'_>, said: &[u8]) -> Result<Reply> {
        let id = match (progress(said), errand.id) {
            (Some(reply), _) => return Ok(reply),
            (None, id) => id.unwrap_or_default(),
        };
        let path = format!("/v2/jobs/{id}/answer");
        Ok(match self.ask("GET", &path, Body::default(), errand.patience_ms, MOST_ANSWER).await {
            Ok(answer) if answer.is_success() => read(errand.question, &answer.body),
            other => fault(other),
        })
    }
}

/// What is said of a job or a prediction; none if it has succeeded.
pub(super) fn progress(said: &[u8]) -> Option<Reply> {
    match text(said, "status").as_deref() {
        Some("succeeded") => None,
        Some("failed" | "canceled") => {
            let error = text(said, "error").unwrap_or_default();
            let reason = format!("the job failed: {}", clip(&error, MOST_SHOWN));
            Some(if is_refused(said) { Reply::Refused(reason) } else { Reply::Failed(reason) })
        }
        Some(_) => Some(Reply::Later),
        None => Some(Reply::Failed("its answer doesn't tell of a job".into())),
    }
}

/// Whether a job failed by what was asked.
fn is_refused(said: &[u8]) -> bool {
    let opened = from_slice::<&RawValue>(said).ok().and_then(|said| open(said).ok());
    opened.and_then(|opened| opened.closed("refused")).is_some_and(|refused| refused.get() == "true")
}

/// Reads an answer. One that isn't what was asked for is the model's fault, and the next would be the same.
fn read(question: &Question, answer: &[u8]) -> Reply {
    match tensors::answer(question, answer) {
        Ok(made) => Reply::Made(made),
        Err(reason) if reason == NO_JSON => Reply::Failed(reason),
        Err(reason) => Reply::Refused(reason),
    }
}

/// What an object has under a name, if that is text.
pub(super) fn text(json: &[u8], name: &str) -> Option<String> {
    open(from_slice(json).ok()?).ok()?.get(name)?.into_text()
}

/// What it means that there is no answer, or one that is none.
fn fault(answer: Result<HttpResponse, PlatformError>) -> Reply {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Reply::Failed(error.to_string()),
    };
    let said = ["error", "detail"].iter().find_map(|name| text(&answer.body, name)).unwrap_or_default();
    let reason = format!("it answers {}: {}", answer.status, clip(&said, MOST_SHOWN));
    match answer.status {
        429 | 503 => Reply::Full,
        400 | 404 | 409 | 413 | 422 => Reply::Refused(reason),
        _ => Reply::Failed(reason),
    }
}
