//! Requests to the world outside, with their time-outs and bounds.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use verdigris_core::config::is_allowed;
use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use worker::{AbortController, AbortSignal, Delay, Fetch, Response, ResponseBody};

use crate::body;
use crate::outgoing::outgoing;

/// What a request gets beyond its time, in milliseconds. While a Worker computes nothing else moves: then the time is over
/// before anybody could look at what came, and reading that takes a few turns.
const GRACE_MS: u64 = 250;

/// Waits for work, but no longer than so many milliseconds.
///
/// # Errors
/// [`PlatformError::Timeout`].
pub async fn within<T>(ms: u64, work: impl Future<Output = T>) -> Result<T, PlatformError> {
    let limit = pin!(Delay::from(Duration::from_millis(ms)));
    match select(pin!(work), limit).await {
        Either::Left((result, _)) => Ok(result),
        Either::Right(((), _)) => Err(PlatformError::Timeout(ms)),
    }
}

/// Sends a request to one of the settings' hosts and reads its answer. After the time-out the request is aborted, not
/// only forgotten: a Worker may have few connections open at once.
///
/// # Errors
/// As [`Platform::http`].
pub async fn exchange<P: Platform>(platform: &P, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    if !is_allowed(platform, &request.url).await? {
        return Err(connection("its host is not one of the settings'".into()));
    }
    let controller = AbortController::default();
    let signal = controller.signal();
    let ms = request.timeout_ms;
    let mut sending = pin!(send(request, &signal));
    let mut sent = within(ms, sending.as_mut()).await;
    if sent.is_err() {
        sent = within(GRACE_MS, sending).await;
    }
    sent.unwrap_or_else(|_| {
        controller.abort();
        Err(PlatformError::Timeout(ms))
    })
}

async fn send(request: HttpRequest, signal: &AbortSignal) -> Result<HttpResponse, PlatformError> {
    let limit = request.max_response;
    // What is wrong with it is for nobody's eyes: it may repeat the URL, which may hold a key.
    let outgoing =
        outgoing(&request.url, &request, &[]).map_err(|_| connection("the URL or a header is malformed".into()))?;
    let fetched = Fetch::Request(outgoing).send_with_signal(signal).await;
    received(fetched.map_err(|error| connection(error.to_string()))?, limit).await
}

/// Reads an answer, whose body may have so many bytes.
///
/// # Errors
/// If it is longer, or the connection breaks.
pub async fn received(mut response: Response, limit: usize) -> Result<HttpResponse, PlatformError> {
    let stream = match response.body() {
        ResponseBody::Stream(_) => Some(response.stream().map_err(|error| connection(error.to_string()))?),
        _ => None,
    };
    let body = body::read(response.headers(), stream, limit).await?;
    Ok(HttpResponse { status: response.status_code(), body })
}

fn connection(reason: String) -> PlatformError {
    PlatformError::Connection(reason)
}
