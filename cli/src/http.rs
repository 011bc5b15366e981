//! HTTP as a client, for the chain's node, the gateway and the functions.

use std::sync::LazyLock;
use std::time::Duration;

use crate::error::CliError;

/// The largest answer read, in bytes.
const MAX_ANSWER: u64 = 64 << 20;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .build()
        .into()
});

/// A server's answer, read whole.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends a body.
pub async fn post(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer, CliError> {
    let mut request = AGENT.post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    blocking(url, MAX_ANSWER, move || request.send(body)).await
}

/// Reads what lies at a URL; anything but 200 is an error.
pub async fn get(url: &str) -> Result<Vec<u8>, CliError> {
    get_within(url, MAX_ANSWER, PATIENCE).await
}

/// [`get`] of somebody who isn't trusted to give little, and soon: `limit` in bytes.
pub async fn get_within(url: &str, limit: u64, patience: Duration) -> Result<Vec<u8>, CliError> {
    let request = AGENT.get(url).config().timeout_global(Some(patience)).build();
    let answer = blocking(url, limit, move || request.call()).await?;
    if answer.status != 200 {
        let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        return Err(CliError::Refused { url: url.to_owned(), status: answer.status, body });
    }
    Ok(answer.body)
}

async fn blocking(
    url: &str,
    limit: u64,
    send: impl FnOnce() -> Result<ureq::http::Response<ureq::Body>, ureq::Error> + Send + 'static,
) -> Result<Answer, CliError> {
    let work = move || {
        let mut answer = send()?;
        let body = answer.body_mut().with_config().limit(limit).read_to_vec()?;
        Ok::<_, ureq::Error>(Answer { status: answer.status().as_u16(), body })
    };
    let unreachable = |reason: String| CliError::Unreachable { url: url.to_owned(), reason };
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|error| unreachable(error.to_string())),
        Err(error) => Err(unreachable(error.to_string())),
    }
}
