//! Answers that the host gives itself: problem documents (RFC 9457).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use verdigris_engine::{Body, Failure};

/// Why the host answered in a component's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No route matches.
    NoRoute,
    /// The request itself is not usable.
    BadRequest(&'static str),
    /// The body is larger than the host lets through.
    TooLarge,
    /// No place was free in time.
    Busy,
    /// No response in time.
    TimedOut,
    /// The component trapped or returned an error.
    Failed,
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Busy => Self::Busy,
            Failure::TimedOut => Self::TimedOut,
            Failure::Trapped(_) | Failure::Refused(_) => Self::Failed,
        }
    }
}

impl Problem {
    /// The HTTP status that says it.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// One word for it, for metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::BadRequest(_) => "bad-request",
            Self::TooLarge => "too-large",
            Self::Busy => "busy",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::NoRoute => "No component serves this path.",
            Self::BadRequest(detail) => detail,
            Self::TooLarge => "The body is larger than this host accepts.",
            Self::Busy => "All places are taken; try again in a moment.",
            Self::TimedOut => "The component did not answer in time.",
            Self::Failed => "The component failed; the host's log says why.",
        }
    }

    /// The response.
    pub fn response(self) -> Response<Body> {
        let status = self.status();
        let document = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.detail(),
        });
        let body = Full::new(Bytes::from(document.to_string()));
        let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self == Self::Busy {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
