//! Reads bodies, but never more of them than was agreed.

use futures::StreamExt;
use worker::{ByteStream, Headers};

/// Why a body was not read to its end.
pub(crate) enum Unread {
    /// It is longer than the limit.
    TooLarge,
    /// The connection broke.
    Broken(String),
}

/// Reads a body of at most `limit` bytes. One that says beforehand that it is longer isn't begun.
pub(crate) async fn read(headers: &Headers, stream: Option<ByteStream>, limit: usize) -> Result<Vec<u8>, Unread> {
    let announced = headers.get("content-length").ok().flatten().and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Unread::TooLarge);
    }
    let Some(mut stream) = stream else { return Ok(Vec::new()) };
    // Not more than a little is set aside on a peer's word alone.
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(1 << 20) as usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Unread::Broken(error.to_string()))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Unread::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
