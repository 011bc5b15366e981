//! Requests that go out, bounded in time and size.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use http_body_util::{BodyExt, Full, Limited};
use spin_sdk::http::{Request, send as send_by_host};
use verdigris_core::platform::{HttpRequest, HttpResponse, PlatformError};

/// Sends a request and reads the answer, both within the request's bounds.
pub async fn send(request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    let timeout_ms = request.timeout_ms;
    let exchange = pin!(exchange(request));
    let clock = pin!(spin_sdk::time::sleep(Duration::from_millis(timeout_ms)));
    match select(exchange, clock).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => Err(PlatformError::Timeout(timeout_ms)),
    }
}

async fn exchange(request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    let HttpRequest { method, url, headers, body, max_response, .. } = request;
    let malformed = |error: &dyn std::fmt::Display| PlatformError::Connection(format!("malformed request: {error}"));
    let mut outgoing = Request::builder().method(method).uri(url).header("content-length", body.len());
    for (name, value) in headers {
        outgoing = outgoing.header(name, value);
    }
    let outgoing = outgoing.body(Full::new(Bytes::from(body))).map_err(|error| malformed(&error))?;
    // The host's words may name the URL, which may hold a key: its kind of error is enough.
    let answer = send_by_host(outgoing).await.map_err(|error| PlatformError::Connection(kind_of(&error)))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), max_response).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
        Some(_) => PlatformError::ResponseTooLarge(max_response),
        None => PlatformError::Connection("the answer broke off".into()),
    })?;
    Ok(HttpResponse { status, body: body.to_bytes().into() })
}

/// The name of a host's error, without the values in it: `ConnectionRefused`, `HttpRequestDenied`, …
fn kind_of(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let variant = text.split(|character: char| !character.is_alphanumeric()).find(|word| !word.is_empty() && *word != "ErrorCode");
    variant.unwrap_or("unknown").to_owned()
}
