//! The function that runs ONNX files as a Worker of its own, which only the Worker with a binding to it can reach.

use verdigris_core::Error;
use verdigris_core::http::Request;
use verdigris_core::onnx::MAX_QUESTION;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(mut request: worker::Request, _env: Env, _context: Context) -> worker::Result<worker::Response> {
    let length = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    let response = match length {
        Some(length) if length <= MAX_QUESTION => {
            let (method, path, body) = (request.inner().method(), request.path(), request.bytes().await?);
            verdigris_onnx::handle(&Request { method, path, body, ..Request::default() })
        }
        // Who asks is ours, and says how much it sends.
        _ => Error::BodyTooLarge { limit: MAX_QUESTION }.into(),
    };
    // Status and body are all that the caller looks at.
    Ok(worker::Response::from_bytes(response.body)?.with_status(response.status))
}
