//! One component, ready to serve requests.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};
use wasmtime::PoolConcurrencyLimitError;
use wasmtime_wasi_http::handler::{ExpirationError, InstantiationError, ProxyHandler, TrapOrPanicError};
use wasmtime_wasi_http::{p2, p3};

use crate::worker::{Factory, Ticket};
use crate::{Body, Failure, HttpError};

/// How a request comes to a component.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Chained calls that the request is nested in; 0 for one from outside.
    pub depth: u8,
    /// How long it may wait for a place.
    pub patience: Duration,
}

/// A component that serves requests, as many at a time as the limits allow.
#[derive(Clone)]
pub struct Component {
    handler: ProxyHandler<Factory>,
    places: Arc<Semaphore>,
    request_time: Duration,
}

impl Component {
    pub(crate) fn new(factory: Factory) -> Self {
        Self {
            places: Arc::new(Semaphore::new(factory.limits.concurrent_requests)),
            request_time: factory.limits.request_time,
            handler: ProxyHandler::new(factory),
        }
    }

    /// Gives `request` to the component and waits for the head of its response.
    ///
    /// The request needs an absolute URI. The place it takes is free again when the guest has
    /// answered and the response's body is read or dropped.
    ///
    /// # Errors
    /// See [`Failure`]; there is then no response, and the caller makes one.
    pub async fn handle(&self, request: Request<Body>, call: Call) -> Result<Response<Body>, Failure> {
        let place = timeout(call.patience, Arc::clone(&self.places).acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Failure::Busy)?;
        let place = Arc::new(place);
        let deadline = Instant::now() + self.request_time;
        let cut = Arc::new(AtomicBool::new(false));
        let ticket = Ticket { place: Arc::clone(&place), deadline, depth: call.depth, cut: Arc::clone(&cut) };
        let answer =
            timeout_at(deadline.into(), self.handler.handle(ticket, request)).await.map_err(|_| Failure::TimedOut)?;
        match answer {
            Ok(response) => Ok(response.map(|body| Held { body, cut, _place: place }.boxed_unsync())),
            Err(_) if Instant::now() >= deadline => Err(Failure::TimedOut),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Makes and drops `count` instances, one after the other; gives the time that each took.
    ///
    /// # Errors
    /// When an instance can't be made.
    pub async fn time_instantiations(&self, count: usize) -> Result<Vec<Duration>, Failure> {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let time = self.handler.state().time_instantiation().await;
            times.push(time.map_err(|error| failure(&error))?);
        }
        Ok(times)
    }
}

/// Sorts wasmtime's errors into what a caller can act on.
fn failure(error: &wasmtime::Error) -> Failure {
    if error.is::<ExpirationError>() {
        return Failure::TimedOut;
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Failure::Busy;
    }
    if let Some(failed) = error.downcast_ref::<InstantiationError<Ticket>>() {
        return failure(&failed.error);
    }
    if error.is::<TrapOrPanicError>() {
        return Failure::Trapped("the log line of its instance says why".to_owned());
    }
    let p3 = error.downcast_ref::<p3::bindings::http::types::ErrorCode>();
    let p2 = error.downcast_ref::<p2::bindings::http::types::ErrorCode>();
    match (p3, p2) {
        (Some(code), _) => Failure::Refused(format!("{code:?}")),
        (None, Some(code)) => Failure::Refused(format!("{code:?}")),
        (None, None) => Failure::Trapped(format!("{error:?}")),
    }
}

/// A response's body that keeps its request's place until it is read, and that doesn't pass for
/// whole when its instance was ended in the middle of it.
struct Held {
    body: Body,
    cut: Arc<AtomicBool>,
    _place: Arc<OwnedSemaphorePermit>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() && self.cut.swap(false, Ordering::Relaxed) {
            return Poll::Ready(Some(Err(HttpError::HttpResponseIncomplete)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && !self.cut.load(Ordering::Relaxed)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
