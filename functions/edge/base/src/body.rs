//! Reads bodies, but never more of them than was agreed.

use futures::stream;
use verdigris_core::http::{Unread, read_body};
use worker::{ByteStream, Headers};

/// Reads a body of at most `limit` bytes; one without a stream is empty.
///
/// # Errors
/// Why it was not read to its end.
pub async fn read(headers: &Headers, stream: Option<ByteStream>, limit: usize) -> Result<Vec<u8>, Unread> {
    let announced = headers.get("content-length").ok().flatten().and_then(|value| value.parse().ok());
    match stream {
        Some(stream) => read_body(announced, stream, limit).await,
        None => read_body(announced, stream::empty::<worker::Result<Vec<u8>>>(), limit).await,
    }
}
