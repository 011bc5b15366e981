//! Models that are too heavy for a function, on servers that run them: `functions/gpu-worker`, and others.
//!
//! A worker gets a job by the job's own id, so to give it again is to ask how far it is. Whoever has the job's lease asks;
//! when the worker tells that it is done, or else after a while, the job is taken again and asked about. So a call that is
//! lost costs time and nothing else, and what is kept is only which worker has the job. A worker that fails, or takes too
//! long, counts as broken after a few times; then others are asked, or the request stays open until it is well again.
//!
//! The function `remote` alone knows workers and their secrets. It keeps nothing: who asks hands it what was known, and
//! keeps what it says. [`client`] is what the other functions have of it.

mod breaker;
pub(crate) mod client;
mod cog;
mod message;
mod round;
mod tensors;
mod told;
mod worker;

pub(crate) use client::{hear, is_told_at};

use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::http::{Request, Response};
use crate::platform::Platform;
use message::Asked;

/// The function's name.
const FUNCTION: &str = "remote";
/// Where a worker is asked.
const RUN: &str = "/run";
/// Where calls of workers are checked.
const TOLD: &str = "/told";

/// The remote component: `POST /run`, `POST /told`, for other functions.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    serve(platform, &request).await.unwrap_or_else(Response::from)
}

async fn serve<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    match request.path.as_str() {
        RUN => {
            request.only("POST")?;
            let until = Until::of(request, platform.now_ms());
            round::run(platform, Asked::read(&request.body)?, until).await
        }
        TOLD => {
            request.only("POST")?;
            told::check(platform, &request.body).await
        }
        _ => Err(request.not_found()),
    }
}

fn malformed(what: &'static str, reason: impl Into<String>) -> Box<Error> {
    Error::Malformed { what, reason: reason.into() }.into()
}

#[cfg(test)]
mod tests;
