//! Reads bodies, but never more of them than was agreed.

use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{HeaderMap, IncomingMessage};
use spin_sdk::wasip3::http_compat::IncomingBody;
use verdigris_core::http::{Unread, read_body};

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read<T: IncomingMessage>(
    headers: &HeaderMap,
    body: IncomingBody<T>,
    limit: usize,
) -> Result<Vec<u8>, Unread> {
    let announced = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    read_body(announced, body.stream(), limit).await
}
