//! Requests and responses as the functions see them, whatever server is around them.

use std::net::IpAddr;
use std::pin::pin;

use futures::{Stream, StreamExt};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::platform::PlatformError;

/// Most bytes of a request body that public endpoints and `/jobs` take.
pub const MAX_BODY: usize = 1024 * 1024;

/// An incoming request; its body was read within a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as it arrived, without the query.
    pub path: String,
    /// Names in lower case, values as they arrived.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The client's address, if the platform knows it; never what the client itself says of it.
    pub source: Option<IpAddr>,
}

impl Request {
    /// The value of a header that was sent exactly once; `None` if it is missing, repeated or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        if values.next().is_some() {
            return None;
        }
        std::str::from_utf8(value).ok()
    }

    /// The bearer token, if there is one. A scheme's name is written in any case (RFC 9110, section 11.1).
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then_some(token)
    }

    /// Refuses every method but these, which are listed as in `Allow`: `"GET, POST"`. Where GET is allowed, so is HEAD
    /// (RFC 9110); see [`Response::to_method`].
    ///
    /// # Errors
    /// [`Error::MethodNotAllowed`].
    pub fn only(&self, allowed: &'static str) -> Result<()> {
        let method = if self.method == "HEAD" { "GET" } else { self.method.as_str() };
        if allowed.split(", ").any(|name| name == method) {
            return Ok(());
        }
        Err(Error::MethodNotAllowed { method: clip(&self.method, 16), allowed }.into())
    }

    /// The error for a path that nobody serves.
    pub fn not_found(&self) -> Box<Error> {
        Error::NotFound { what: format!("path {:?}", clip(&self.path, 100)) }.into()
    }
}

/// What a function answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// A JSON answer. Fields keep the order in which their type declares them, so equal values give equal bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value has no JSON form.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self> {
        let body =
            serde_json::to_vec(value).map_err(|e| Error::Internal(format!("an answer has no JSON form: {e}")))?;
        Ok(Self { status, headers: vec![("content-type", "application/json".into())], body })
    }

    /// The same answer to a request of this method: to HEAD, it is without its body.
    #[must_use]
    pub fn to_method(mut self, method: &str) -> Self {
        if method == "HEAD" {
            self.body.clear();
        }
        self
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The first `max` characters, for messages about what others sent.
pub fn clip(text: &str, max: usize) -> String {
    let mut out: String = text.chars().take(max).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        out.push('…');
    }
    out
}

/// Why a body was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than this limit, in bytes.
    TooLarge(usize),
    /// The connection broke.
    Broken(String),
}

/// What is wrong with a request whose body it was.
impl From<Unread> for Error {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge(limit) => Self::BodyTooLarge { limit },
            Unread::Broken(reason) => Self::Malformed { what: "the body", reason },
        }
    }
}

/// What is wrong with an answer whose body it was.
impl From<Unread> for PlatformError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge(limit) => Self::ResponseTooLarge(limit),
            Unread::Broken(reason) => Self::Connection(reason),
        }
    }
}

/// Reads a body of at most `limit` bytes, chunk by chunk. One that says beforehand (`announced`) that it is longer isn't
/// begun.
///
/// # Errors
/// [`Unread`].
pub async fn read_body<C: AsRef<[u8]>, E: std::fmt::Display>(
    announced: Option<u64>,
    chunks: impl Stream<Item = std::result::Result<C, E>>,
    limit: usize,
) -> std::result::Result<Vec<u8>, Unread> {
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Unread::TooLarge(limit));
    }
    // Not more than a little is set aside on a peer's word alone.
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(1 << 20) as usize);
    let mut chunks = pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Unread::Broken(error.to_string()))?;
        if bytes.len() + chunk.as_ref().len() > limit {
            return Err(Unread::TooLarge(limit));
        }
        bytes.extend_from_slice(chunk.as_ref());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_sent_twice_counts_as_missing() {
        let mut request = Request::default();
        request.headers.push(("x-a".into(), b"1".to_vec()));
        assert_eq!(request.header("X-A"), Some("1"));
        request.headers.push(("X-A".into(), b"2".to_vec()));
        assert_eq!(request.header("x-a"), None);
    }

    #[test]
    fn a_header_that_is_not_text_counts_as_missing() {
        let request = Request { headers: vec![("x-a".into(), vec![0xff])], ..Request::default() };
        assert_eq!(request.header("x-a"), None);
    }

    #[test]
    fn head_is_allowed_where_get_is_and_answered_without_a_body() {
        let head = Request { method: "HEAD".into(), ..Request::default() };
        assert_eq!(head.only("GET"), Ok(()));
        assert_eq!(head.only("GET, POST"), Ok(()));
        assert!(head.only("POST").is_err());
        let answer = Response::json(200, &1).expect("json");
        assert_eq!(answer.clone().to_method("GET"), answer);
        assert_eq!(answer.clone().to_method("HEAD"), Response { body: Vec::new(), ..answer });
    }

    #[test]
    fn clipped_text_keeps_characters_whole_and_says_that_it_was_cut() {
        assert_eq!(clip("ééé", 2), "éé…");
        assert_eq!(clip("a\nb", 9), "a b");
    }

    #[test]
    fn no_more_of_a_body_is_read_than_was_agreed() {
        use crate::testing::block_on;
        use futures::stream::{iter, pending};
        let chunks = || iter([Ok::<_, &str>(vec![1, 2]), Ok(vec![3])]);
        assert_eq!(block_on(read_body(None, chunks(), 3)), Ok(vec![1, 2, 3]));
        assert_eq!(block_on(read_body(Some(3), chunks(), 3)), Ok(vec![1, 2, 3]));
        assert_eq!(block_on(read_body(Some(1), chunks(), 2)), Err(Unread::TooLarge(2)), "it says less than it has");
        assert_eq!(
            block_on(read_body(Some(4), pending::<std::result::Result<Vec<u8>, &str>>(), 3)),
            Err(Unread::TooLarge(3))
        );
        let broken = iter([Ok(vec![1]), Err("cut")]);
        assert_eq!(block_on(read_body(None, broken, 3)), Err(Unread::Broken("cut".into())));
    }
}
