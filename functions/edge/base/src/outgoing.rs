//! Requests as the runtime wants them, to the world and to objects.
//!
//! Made of the runtime's own types: those of the `worker` crate carry Cloudflare's options for caches and pictures, and
//! the code that writes them down, for nothing.

use js_sys::Uint8Array;
use verdigris_core::platform::HttpRequest;
use worker::web_sys::{Headers, RequestInit, RequestRedirect};

/// A request to an address, with these headers beside its own.
///
/// # Errors
/// If the URL or a header is malformed.
pub fn outgoing(url: &str, request: &HttpRequest, more: &[(&str, &str)]) -> worker::Result<worker::Request> {
    let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied());
    made(url, request.method, headers, Some(request.body.as_slice()).filter(|body| !body.is_empty()))
}

/// A request of these parts.
///
/// # Errors
/// If the URL or a header is malformed.
pub fn made<'a>(
    url: &str,
    method: &str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: Option<&[u8]>,
) -> worker::Result<worker::Request> {
    let (init, all) = (RequestInit::new(), Headers::new()?);
    for (name, value) in headers {
        all.set(name, value)?;
    }
    init.set_method(method);
    init.set_headers(&all);
    // A redirect is an answer: whoever it leads to was not in the settings.
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = body {
        init.set_body(&Uint8Array::from(body));
    }
    Ok(worker::web_sys::Request::new_with_str_and_init(url, &init)?.into())
}
