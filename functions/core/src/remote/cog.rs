//! Predictions of a Cog server (`replicate/cog:docs/http.md`): `PUT /predictions/{id}`, told of by webhook.
//!
//! The input has the model's id and what it is asked; the output is the bytes that the hub takes, or a picture's pixels,
//! in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::tensors::{Body, Made, Question, seed_number};
use super::told;
use super::worker::{Errand, Reply, progress, text};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// The body of a request for a prediction.
///
/// # Errors
/// [`Error::Config`] if nobody could be told of its end.
pub(super) async fn request(platform: &impl Platform, errand: &Errand<'_>) -> Result<Body> {
    let input = match errand.question {
        Question::Tensor(_, input) => format!("\"input\":\"{}\"", BASE64.encode(input)),
        Question::Picture(asked) => {
            let (stages, size, seed, traits) = (asked.stages, asked.size, asked.seed, asked.traits);
            format!("\"stages\":{stages},\"size\":{size},\"seed\":\"{seed}\",\"traits\":\"{traits}\"")
        }
        Question::Prompt(asked) => {
            let prompt = serde_json::to_string(&asked.title).unwrap_or_default();
            let (seed, size) = (seed_number(asked), asked.size);
            format!("\"prompt\":{prompt},\"seed\":{seed},\"width\":{size},\"height\":{size}")
        }
    };
    let webhook = match errand.id {
        None => String::new(),
        Some(id) => {
            let place = told::place(platform, Some(id)).await?.ok_or_else(|| Error::Config {
                name: "worker_secret",
                reason: "is missing, or \"public_url\" is; a Cog server can only tell of an answer".into(),
            })?;
            format!(",\"webhook\":\"{place}\",\"webhook_events_filter\":[\"completed\"]")
        }
    };
    let json = format!("{{\"input\":{{\"model\":\"{}\",{input}}}{webhook}}}", errand.model);
    Ok(Body::new(&json, &[]))
}

/// What a server says of a prediction. An output of another length is the model's fault, and the next would be the same.
pub(super) fn read(question: &Question, said: &[u8]) -> Reply {
    if let Some(reply) = progress(said) {
        return reply;
    }
    let output = text(said, "output").unwrap_or_default();
    // Files are made `data:` URIs.
    let base64 = output.split_once(";base64,").map_or(output.as_str(), |(_, base64)| base64);
    let Ok(bytes) = BASE64.decode(base64) else { return Reply::Failed("its output is not in base64".into()) };
    match question.check(&bytes) {
        Ok(()) => Reply::Made(Made { bytes, engine: Some("Cog".into()) }),
        Err(reason) => Reply::Refused(reason),
    }
}
