//! What a caller is told when there is no answer: a status and `{"error": …}`, as the protocol has it.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::batch::BatchError;
use crate::engine::EngineError;
use crate::inference::InferError;
use crate::jobs::JobError;
use crate::protocol::ProtocolError;

/// Seconds after which a caller may try again, when the queue is full.
const RETRY_SECONDS: u32 = 1;

/// No answer, and why.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    reason: String,
}

impl Failure {
    /// The request is at fault.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason: reason.into() }
    }

    /// There is no such thing.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, reason: reason.into() }
    }

    /// The route has no such method.
    pub fn wrong_method() -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, reason: "the route takes another method".into() }
    }

    /// The body is too large.
    pub fn too_large(limit: usize) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, reason: format!("a body has at most {limit} bytes") }
    }

    /// There is no memory for another body.
    pub fn too_much() -> Self {
        let reason = "the bodies of other requests take all memory that there is for them".into();
        Self { status: StatusCode::TOO_MANY_REQUESTS, reason }
    }

    /// Anything else.
    pub fn other(status: StatusCode, reason: impl std::fmt::Display) -> Self {
        Self { status, reason: reason.to_string() }
    }

    /// The thing isn't in that state.
    pub fn conflict(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, reason: reason.into() }
    }

    /// The token is missing or wrong.
    pub fn unauthorised() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            reason: "the header `Authorization: Bearer …` with the token is needed".into(),
        }
    }

    /// It took too long.
    pub fn too_slow(limit: Duration) -> Self {
        let reason = format!("there is no answer after {} s", limit.as_secs_f32());
        Self { status: StatusCode::GATEWAY_TIMEOUT, reason }
    }
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        let status = match error {
            BatchError::Full(_) | BatchError::Late(_) => StatusCode::TOO_MANY_REQUESTS,
            BatchError::Closed => StatusCode::SERVICE_UNAVAILABLE,
            BatchError::Engine(EngineError::Input(_)) => StatusCode::BAD_REQUEST,
            BatchError::Engine(EngineError::Failed(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, reason: error.to_string() }
    }
}

impl From<InferError> for Failure {
    fn from(error: InferError) -> Self {
        match error {
            InferError::Protocol(error) => error.into(),
            InferError::Batch(error) => error.into(),
        }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        let status = match error {
            JobError::Unfit(error) => return error.into(),
            JobError::Id(_) | JobError::Protocol(_) | JobError::Callback(_) => StatusCode::BAD_REQUEST,
            JobError::Closed => StatusCode::SERVICE_UNAVAILABLE,
            JobError::Other(_) => StatusCode::CONFLICT,
            JobError::NoModel(_) => StatusCode::NOT_FOUND,
            JobError::Full(_) => StatusCode::TOO_MANY_REQUESTS,
            JobError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, reason: error.to_string() }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.reason }).to_string();
        let mut response = (self.status, [(CONTENT_TYPE, "application/json")], body).into_response();
        let headers = response.headers_mut();
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, RETRY_SECONDS.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
