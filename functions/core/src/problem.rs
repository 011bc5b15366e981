//! Errors as their clients see them: RFC 9457 problem documents.

use serde::Serialize;

use crate::error::Error;
use crate::http::Response;
use crate::platform::PlatformError;

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: String,
    /// The detail again, where a client of EIP-3668 looks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl Error {
    /// The HTTP status that fits, the problem type's name, and its title.
    fn kind(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MethodNotAllowed { .. } => (405, "method-not-allowed", "Method not allowed"),
            Self::NotFound { .. } => (404, "not-found", "Not found"),
            Self::BodyTooLarge { .. } => (413, "body-too-large", "Body too large"),
            Self::Unauthorized(_) => (401, "unauthorized", "Signature or token missing or wrong"),
            Self::TooManyRequests { .. } => (429, "too-many-requests", "Too many requests"),
            Self::MalformedJson { .. } | Self::Malformed { .. } => (400, "malformed", "Malformed request"),
            Self::UnknownModel(_) => (422, "unknown-model", "Unknown model"),
            Self::ModelUnusable { .. } => (422, "model-unusable", "Model cannot be run here"),
            Self::BadInput(_) => (422, "bad-input", "Input does not fit the model"),
            Self::OutputTooLong { .. } => (422, "output-too-long", "Output does not fit the answer"),
            Self::Unanswerable { .. } => (422, "unanswerable", "Request cannot be answered"),
            Self::LeaseOver(_) => (503, "lease-over", "Lease is over"),
            Self::RpcUnreachable { timed_out: true, .. } => (504, "rpc-timeout", "Chain did not answer in time"),
            Self::RpcUnreachable { .. } => (502, "rpc-unreachable", "Chain cannot be reached"),
            Self::RpcRefused { .. } => (502, "rpc-refused", "Chain refused"),
            Self::RpcNonsense { .. } => (502, "rpc-nonsense", "Chain's answer makes no sense"),
            Self::Pin { timed_out: true, .. } | Self::PinQuorum { timed_out: true, .. } => {
                (504, "pin-timeout", "Pinning service did not answer in time")
            }
            Self::Pin { .. } | Self::PinQuorum { .. } => (502, "pin-failed", "Pinning failed"),
            Self::CidMismatch { .. } => (502, "cid-mismatch", "Pinning service keeps something else"),
            Self::Function { status, .. } => (*status, "function-failed", "A function failed"),
            Self::FunctionUnreachable { reason: PlatformError::Timeout(_), .. } => {
                (504, "function-timeout", "A function did not answer in time")
            }
            Self::FunctionUnreachable { .. } => (502, "function-unreachable", "A function cannot be reached"),
            Self::NonceLost(_) => (503, "nonce-lost", "No nonce could be kept"),
            Self::OutboxFull(_) => (503, "outbox-full", "Too many unconfirmed transactions"),
            Self::StakeTooLow { .. } => (503, "stake-too-low", "Sender has too little stake"),
            Self::FeeTooHigh { .. } => (503, "fee-too-high", "Fee is above the limit"),
            Self::GasTooDear { .. } => (503, "gas-too-dear", "Gas costs more than the limit"),
            Self::Underfunded(_) => (503, "underfunded", "Sender has too little ether"),
            Self::Platform(_) => (503, "platform-failed", "The platform failed"),
            Self::Config { .. } => (500, "misconfigured", "Misconfigured"),
            Self::Internal(_) => (500, "internal", "Internal error"),
        }
    }

    /// The HTTP status that fits this error.
    pub fn status(&self) -> u16 {
        self.kind().0
    }

    /// Whether the same thing can't work later either, whatever becomes of networks and services.
    pub fn is_final(&self) -> bool {
        (400..500).contains(&self.status()) && self.status() != 429
    }
}

impl Error {
    /// Whether the request itself is wrong, whoever is asked.
    fn is_the_client_s(&self) -> bool {
        matches!(
            self,
            Self::MethodNotAllowed { .. }
                | Self::NotFound { .. }
                | Self::BodyTooLarge { .. }
                | Self::MalformedJson { .. }
                | Self::Malformed { .. }
                | Self::BadInput(_)
        )
    }
}

impl From<Box<Error>> for Response {
    fn from(error: Box<Error>) -> Self {
        Self::from(*error)
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        document(&error, false)
    }
}

/// The same for a client of [EIP-3668](https://eips.ethereum.org/EIPS/eip-3668), which reads plain JSON with a `message`.
/// It gives up after a 4xx and goes on to the next gateway after a 5xx, so what another gateway may well do is a 503; but for
/// a 429, after which clients come again by themselves.
pub(crate) fn for_gateway(error: &Error) -> Response {
    document(error, true)
}

fn document(error: &Error, for_gateway: bool) -> Response {
    let (status, slug, title) = error.kind();
    let status = if for_gateway && error.is_final() && !error.is_the_client_s() { 503 } else { status };
    let place = match error {
        Error::MalformedJson { line, column, .. } => Some((*line, *column)),
        _ => None,
    };
    let problem = Problem {
        r#type: format!("urn:verdigris:problem:{slug}"),
        title,
        status,
        detail: error.to_string(),
        message: for_gateway.then(|| error.to_string()),
        line: place.map(|p| p.0),
        column: place.map(|p| p.1),
    };
    // Strings and numbers always have a JSON form.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let content_type = if for_gateway { "application/json" } else { "application/problem+json" };
    let response = Response { status, headers: vec![("content-type", content_type.into())], body };
    match error {
        Error::MethodNotAllowed { allowed, .. } => response.with_header("allow", *allowed),
        Error::Unauthorized(_) if status == 401 => response.with_header("www-authenticate", "Verdigris"),
        // draft-ietf-httpapi-ratelimit-headers-10, only where there is nothing left: answers stay the same for all.
        Error::TooManyRequests { who, limit, wait_s } => response
            .with_header("retry-after", wait_s.to_string())
            .with_header("ratelimit-policy", format!("\"{who}\";q={limit};w=60"))
            .with_header("ratelimit", format!("\"{who}\";r=0;t={wait_s}")),
        _ => response,
    }
}

/// Reads the detail out of another function's problem document, for the message of our own.
pub(crate) fn detail_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Detail {
        detail: String,
    }
    let text = match crate::json::from_slice::<Detail>(body) {
        Ok(problem) => problem.detail,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    crate::http::clip(&text, 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_json_names_the_place() {
        let error = serde_json::from_str::<u8>("\n  x").expect_err("not a number");
        let response = Response::from(Error::json("the job", &error));
        assert_eq!(response.status, 400);
        let body = String::from_utf8(response.body).expect("text");
        assert!(body.contains(r#""line":2,"column":3"#), "{body}");
        assert!(body.contains("urn:verdigris:problem:malformed"), "{body}");
    }

    #[test]
    fn a_wrong_method_says_which_one_would_work() {
        let error = Error::MethodNotAllowed { method: "GET".into(), allowed: "POST" };
        let response = Response::from(error);
        assert_eq!(response.status, 405);
        assert!(response.headers.contains(&("allow", "POST".into())));
    }

    #[test]
    fn too_many_requests_are_told_when_there_may_be_more() {
        let error = Error::TooManyRequests { who: "source", limit: 20, wait_s: 7 };
        assert!(!error.is_final(), "the same request can succeed later");
        let response = Response::from(error);
        assert_eq!(response.status, 429);
        for header in
            [("retry-after", "7"), ("ratelimit-policy", "\"source\";q=20;w=60"), ("ratelimit", "\"source\";r=0;t=7")]
        {
            assert!(response.headers.contains(&(header.0, header.1.into())), "{header:?}");
        }
    }

    #[test]
    fn the_detail_of_a_problem_is_passed_on_and_other_bodies_are_clipped() {
        assert_eq!(detail_of(br#"{"detail":"no such model"}"#), "no such model");
        assert!(detail_of(&[b'x'; 5000]).chars().count() < 400);
    }
}
