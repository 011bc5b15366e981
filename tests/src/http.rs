//! HTTP as a test sends it: any method, any header, any body; every status is an answer.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    // A server may end an idle connection at the moment when it is used again: each request has its own.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0);
    config.timeout_global(Some(Duration::from_secs(60))).build().into()
});

/// A server's answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its content type.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a body; `Err` if the connection failed.
pub fn try_post(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, ureq::Error> {
    let request = headers.iter().fold(AGENT.post(url), |request, (name, value)| request.header(*name, *value));
    read(request.send(body)?)
}

/// Sends a body.
pub fn post(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    try_post(url, headers, body).unwrap_or_else(|error| panic!("POST {url}: {error}"))
}

/// Reads what lies at a URL.
pub fn get(url: &str) -> Answer {
    AGENT.get(url).call().and_then(read).unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.to_owned();
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
    Ok(Answer { status: answer.status().as_u16(), content_type, body })
}
