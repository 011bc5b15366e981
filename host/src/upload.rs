//! A request's body on its way to a component: bounded in size, and read to its end even if the
//! component answers without reading it.
//!
//! A server that closes a connection while the client still sends makes the client's system
//! throw the answer away ("connection reset"). So what the component leaves of a body is read
//! and dropped, within bounds, and the client gets to read its 401 or 413.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;
use verdigris_engine::HttpError;

/// How much of an unread body is read after the answer, in bytes.
const LINGER_BYTES: usize = 64 << 20;
/// For how long it is read.
const LINGER_TIME: Duration = Duration::from_secs(5);

/// A request's body.
pub struct Upload {
    /// `None` once the body is given to the task that reads what is left.
    body: Option<Incoming>,
    limit: u64,
    /// What may still come, in bytes.
    left: u64,
    linger: bool,
}

impl Upload {
    /// The body of a request with these headers, of at most `limit` bytes.
    pub fn new(headers: &HeaderMap, body: Incoming, limit: u64) -> Self {
        Self {
            body: Some(body),
            limit,
            left: limit,
            // A client that waits for "100 Continue" sends nothing when it gets an answer instead.
            linger: !headers.contains_key(EXPECT),
        }
    }

    /// Whether the client says that it will send more than is allowed.
    pub fn is_too_large(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.size_hint().lower() > self.limit)
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = match ready!(Pin::new(body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(frame) => frame?,
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => Poll::Ready(Some(Err(HttpError::HttpRequestBodySize(Some(self.limit))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && self.linger
            && !body.is_end_stream()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(LINGER_TIME, read_away(body)));
        }
    }
}

async fn read_away(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > LINGER_BYTES {
            break;
        }
    }
}
