//! Questions to services over HTTP, and what is wrong with their answers.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::cid::Cid;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::http::clip;
use crate::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use crate::secrecy;

/// Most bytes of a service's answer.
const MAX_ANSWER: usize = 64 * 1024;

/// A service that is asked over HTTP.
pub(super) struct Peer<'a, P> {
    pub(super) platform: &'a P,
    /// The service's name.
    pub(super) name: &'static str,
    /// The bearer token that it wants to see; empty if none.
    pub(super) token: &'a str,
    /// When it must be done.
    pub(super) by: Until,
}

impl<P: Platform> Peer<'_, P> {
    /// Sends a request and hands back a good answer. What a service says of a bad one is repeated, but for what is
    /// secret in the request.
    pub(super) async fn send(
        &self,
        method: &'static str,
        url: String,
        content_type: Option<String>,
        body: Vec<u8>,
    ) -> Result<HttpResponse> {
        let mut headers: Vec<_> = content_type.map(|kind| ("content-type", kind)).into_iter().collect();
        if !self.token.is_empty() {
            headers.push(("authorization", format!("Bearer {}", self.token)));
        }
        let timeout_ms = self.by.left(self.platform.now_ms());
        if timeout_ms == 0 {
            return Err(self.late("the time for it was over".into()));
        }
        let request = HttpRequest { method, url, headers, body, timeout_ms, max_response: MAX_ANSWER };
        let response = match secrecy::exchange(self.platform, request, &[self.token]).await {
            Ok(response) => response,
            Err(error @ PlatformError::Timeout(_)) => return Err(self.late(error.to_string())),
            Err(error) => return Err(self.failed(error.to_string())),
        };
        if response.is_success() {
            return Ok(response);
        }
        let said = clip(&String::from_utf8_lossy(&response.body), 120);
        Err(self.failed(format!("HTTP status {}: {said}", response.status)))
    }

    /// Compares the address that the service names with the one that was computed here.
    pub(super) fn agree(&self, expected: &impl Display, actual: &impl Display) -> Result<()> {
        let (expected, actual) = (expected.to_string(), actual.to_string());
        if actual == expected {
            Ok(())
        } else {
            Err(Error::CidMismatch { service: self.name, expected, actual }.into())
        }
    }

    /// Reads JSON. What is wrong with it is told by its place only: it may hold anything.
    pub(super) fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T> {
        crate::json::from_slice(body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            self.failed(format!("its answer is not what was expected, at {place}"))
        })
    }

    /// Reads a CID. The same content may have an address in CIDv0; but metadata and contracts hold CIDv1, and gateways
    /// may serve only what they were given, so that is another address.
    pub(super) fn cid(&self, text: &str) -> Result<Cid> {
        text.parse().map_err(|_| self.failed(format!("its answer holds no CID: {:?}", clip(text, 80))))
    }

    /// The service failed.
    pub(super) fn failed(&self, reason: String) -> Box<Error> {
        Error::Pin { service: self.name, reason, timed_out: false }.into()
    }

    /// The service isn't done in time.
    pub(super) fn late(&self, reason: String) -> Box<Error> {
        Error::Pin { service: self.name, reason, timed_out: true }.into()
    }
}
