//! Requests to the world outside, with their time-outs and bounds.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::Uint8Array;
use verdigris_core::platform::{HttpRequest, HttpResponse, PlatformError};
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, ResponseBody,
};

use crate::body;

/// Waits for work, but no longer than so many milliseconds.
pub(crate) async fn within<T>(ms: u64, work: impl Future<Output = T>) -> Result<T, PlatformError> {
    let limit = pin!(Delay::from(Duration::from_millis(ms)));
    match select(pin!(work), limit).await {
        Either::Left((result, _)) => Ok(result),
        Either::Right(((), _)) => Err(PlatformError::Timeout(ms)),
    }
}

/// Sends a request and reads its answer. After the time-out the request is aborted, not only forgotten: a Worker may
/// have few connections open at once.
pub(crate) async fn exchange(request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let result = within(request.timeout_ms, send(request, &signal)).await;
    if result.is_err() {
        controller.abort();
    }
    result?
}

async fn send(request: HttpRequest, signal: &AbortSignal) -> Result<HttpResponse, PlatformError> {
    let limit = request.max_response;
    let outgoing = outgoing(&request).map_err(|_| connection("the URL or a header is malformed".into()))?;
    let fetched = Fetch::Request(outgoing).send_with_signal(signal).await;
    let mut response = fetched.map_err(|error| connection(error.to_string()))?;
    let stream = match response.body() {
        ResponseBody::Stream(_) => Some(response.stream().map_err(|error| connection(error.to_string()))?),
        _ => None,
    };
    let body = body::read(response.headers(), stream, limit).await?;
    Ok(HttpResponse { status: response.status_code(), body })
}

/// The runtime's form of a request. Its errors may repeat the URL, which may hold a key: they are for nobody's eyes.
fn outgoing(request: &HttpRequest) -> worker::Result<Request> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    // A redirect is an answer: whoever it leads to was not in the settings.
    init.with_headers(headers)
        .with_method(Method::from(request.method.to_string()))
        .with_redirect(RequestRedirect::Manual);
    if !request.body.is_empty() {
        init.with_body(Some(Uint8Array::from(request.body.as_slice()).into()));
    }
    Request::new_with_init(&request.url, &init)
}

fn connection(reason: String) -> PlatformError {
    PlatformError::Connection(reason)
}
