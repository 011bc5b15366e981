//! Calls of workers whose jobs are done: signed as Standard Webhooks has it; or sent to a place that only the worker knows
//! which was given it, since a Cog server doesn't sign.
//!
//! A signed call only wakes the job, and whoever works on it then asks the worker. A Cog server can't be asked afterwards,
//! so what it tells is kept until then.

use super::client::PATH;
use super::malformed;
use crate::error::Result;
use crate::http::{Request, Response};
use crate::platform::Platform;
use crate::webhook::{hex_hmac, is_hex_hmac, standard};

const SECRET: &str = "worker_secret";
/// What the HMAC is over that makes a job's own place, before the job's id.
const PURPOSE: &[u8] = b"verdigris/worker/1";
/// The headers of a signature.
const HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Where workers tell us of all jobs by signed calls, or of this one by others. None if the settings don't say.
pub(super) async fn place(platform: &impl Platform, id: Option<&str>) -> Result<Option<String>> {
    let (url, secret) = (platform.config("public_url").await?, platform.config(SECRET).await?);
    Ok(url.zip(secret).map(|(url, secret)| {
        let way = id.map_or_else(String::new, |id| format!("/{id}/{}", hex_hmac(&secret, &[PURPOSE, id.as_bytes()])));
        format!("{}{PATH}{way}", url.trim_end_matches('/'))
    }))
}

/// A call as it is handed on: its path, the headers of a signature, its body, each in a line.
pub(super) fn to_bytes(request: &Request) -> Vec<u8> {
    let headers = HEADERS.map(|name| request.header(name).unwrap_or_default());
    let head = [&[request.path.as_str()], &headers[..]].concat().join("\n");
    [head.as_bytes(), b"\n", &request.body].concat()
}

fn read(bytes: &[u8]) -> Option<Request> {
    let mut parts = bytes.splitn(2 + HEADERS.len(), |byte| *byte == b'\n');
    let path = String::from_utf8(parts.next()?.to_vec()).ok()?;
    let mut headers = Vec::new();
    for name in HEADERS {
        headers.push((name.to_owned(), parts.next()?.to_vec()));
    }
    Some(Request { path, headers, body: parts.next()?.to_vec(), ..Request::default() })
}

/// Tells the id of the job that a call is about, if it is a worker's.
pub(super) async fn check(platform: &impl Platform, call: &[u8]) -> Result<Response> {
    let request = read(call).ok_or_else(|| malformed("the call", "it ends too early"))?;
    let secret = platform.config(SECRET).await?.ok_or_else(|| request.not_found())?;
    let id = match request.path.strip_prefix(PATH).and_then(|way| way.strip_prefix('/')?.split_once('/')) {
        None => {
            standard::check(SECRET, &secret, &request, platform.now_ms())?;
            // Behind a job's id may stand what makes its messages differ.
            request.header(HEADERS[0]).and_then(|id| id.split('/').next()).unwrap_or_default()
        }
        Some((id, token)) => {
            let is_ours = is_hex_hmac(&secret, &[PURPOSE, id.as_bytes()], token);
            is_ours.then_some(id).ok_or_else(|| request.not_found())?
        }
    };
    Ok(Response { status: 200, headers: vec![("content-type", "text/plain".into())], body: id.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_handed_on_as_it_is() {
        let headers = HEADERS.map(|name| (name.to_owned(), b"v".to_vec())).to_vec();
        let request = Request { path: PATH.into(), headers, body: b"{\n}\n".to_vec(), ..Request::default() };
        assert_eq!(read(&to_bytes(&request)), Some(request));
        assert_eq!(read(b"/webhooks/worker\n"), None);
    }
}
