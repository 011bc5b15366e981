//! Keeps files in the platform's own key-value store, and serves them as an IPFS gateway would.

use super::file::File;
use crate::cid::Cid;
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::platform::Platform;
use crate::store;

pub(super) const SERVICE: &str = "embedded";

fn key(cid: &Cid) -> String {
    format!("blob:{cid}")
}

/// Keeps a file under its CID.
pub(super) async fn add(platform: &impl Platform, file: &File) -> Result<()> {
    store::put(platform, &key(&file.cid), &file.content).await
}

/// Answers `GET /ipfs/{cid}`.
pub(super) async fn serve(platform: &impl Platform, request: &Request, text: &str) -> Result<Response> {
    let cid: Cid =
        text.parse().map_err(|_| Error::Malformed { what: "the path", reason: "it does not end in a CID".into() })?;
    let tag = format!("\"{cid}\"");
    let fresh = |status, body| Response { status, headers: Vec::new(), body };
    let content = store::get(platform, &key(&cid)).await?;
    let content = content.ok_or_else(|| Error::NotFound { what: format!("content {cid}") })?;
    let response = if request.header("if-none-match").is_some_and(|tags| tags.contains(&tag)) {
        fresh(304, Vec::new())
    } else {
        let content_type = media_type(&content);
        fresh(200, content).with_header("content-type", content_type)
    };
    Ok(response
        .with_header("etag", tag)
        .with_header("cache-control", "public, max-age=31536000, immutable")
        .with_header("x-content-type-options", "nosniff"))
}

/// Only what we pin is told apart; anything else is never shown by a browser.
fn media_type(content: &[u8]) -> &'static str {
    match content {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'{', ..] => "application/json",
        _ => "application/octet-stream",
    }
}
