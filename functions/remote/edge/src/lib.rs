//! The function that asks servers which run models as a Worker of its own, which only the Worker with a binding to it can
//! reach. It alone is told where these servers are, and their secrets.

mod platform;

use verdigris_core::http::{MAX_BODY, Request};
use verdigris_core::{Error, remote};
use worker::{Context, Env, event};

use crate::platform::RemotePlatform;

#[event(fetch)]
async fn fetch(mut request: worker::Request, env: Env, _context: Context) -> worker::Result<worker::Response> {
    let length = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    let response = match length {
        Some(length) if length <= MAX_BODY => {
            let headers = request.headers().entries().map(|(name, value)| (name, value.into_bytes())).collect();
            let (method, path, body) = (request.inner().method(), request.path(), request.bytes().await?);
            remote::handle(&RemotePlatform(env), Request { method, path, headers, body, source: None }).await
        }
        // Who asks is ours, and says how much it sends.
        _ => Error::BodyTooLarge { limit: MAX_BODY }.into(),
    };
    // Status and body are all that the caller looks at.
    Ok(worker::Response::from_bytes(response.body)?.with_status(response.status))
}
