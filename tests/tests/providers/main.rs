//! Every provider of webhooks, simulated, against the functions on both platforms: what each is answered is the same,
//! byte for byte, and so is what comes of it on the chain.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod done;
mod refused;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use verdigris_tests::http::try_post;
use verdigris_tests::simulator::{self, Call};

/// What a provider hears, which is the same on both platforms but for the time that it takes.
#[derive(Clone, Debug)]
struct Heard {
    status: u16,
    content_type: String,
    body: String,
    after: Duration,
}

impl PartialEq for Heard {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.content_type, &self.body) == (other.status, &other.content_type, &other.body)
    }
}

impl Heard {
    /// As its manner judges it.
    fn answer(&self) -> simulator::Answer {
        simulator::Answer { status: self.status, after_s: self.after.as_secs() }
    }
}

/// Sends a call; `None` if the connection breaks before there is an answer.
fn try_send(functions: &str, call: &Call) -> Result<Heard, String> {
    let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let start = Instant::now();
    let answer = try_post(&format!("{functions}{}", call.path), &headers, &call.body)
        .map_err(|error| format!("POST {}: {error}", call.path))?;
    let (status, content_type, body) = (answer.status, answer.content_type.clone(), answer.text());
    Ok(Heard { status, content_type, body, after: start.elapsed() })
}

fn send(functions: &str, call: &Call) -> Heard {
    try_send(functions, call).unwrap_or_else(|error| panic!("{error}"))
}

/// A number of the report that intake answers with.
fn reported(heard: &Heard, what: &str) -> u64 {
    let report: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
    report[what].as_u64().unwrap_or_else(|| panic!("nothing is said of {what}: {heard:?}"))
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
