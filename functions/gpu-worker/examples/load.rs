//! Asks a worker as fast as so many clients can, and prints a map of figures.
//!
//! `load HOST:PORT MODEL BODY JSON_LENGTH CLIENTS SECONDS`, with the token in `VERDIGRIS_WORKER_TOKEN`. BODY is a file
//! with an inference request, of which the first JSON_LENGTH bytes are JSON.

use std::error::Error;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

type Failure = Box<dyn Error + Send + Sync>;

/// What one client saw.
#[derive(Default)]
struct Seen {
    /// Times of the answers.
    answered: Vec<Duration>,
    /// Requests that were refused because there was too much to do.
    refused: usize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, model, body, json_length, clients, seconds] = &arguments[..] else {
        return Err("load HOST:PORT MODEL BODY JSON_LENGTH CLIENTS SECONDS".into());
    };
    let token = std::env::var("VERDIGRIS_WORKER_TOKEN").unwrap_or_default();
    let request = Request::post(format!("http://{address}/v2/models/{model}/infer"))
        .header("authorization", format!("Bearer {token}"))
        .header("inference-header-content-length", json_length)
        .body(Full::new(Bytes::from(std::fs::read(body)?)))?;
    let time = Duration::from_secs(seconds.parse()?);
    let client = Client::builder(TokioExecutor::new()).build_http();
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..clients.parse()?).map(|_| tokio::spawn(ask(client.clone(), request.clone(), start + time))).collect();
    let mut all = Seen::default();
    for task in tasks {
        let seen = task.await??;
        all.answered.extend(seen.answered);
        all.refused += seen.refused;
    }
    all.answered.sort();
    let at = |share: f64| {
        let index = (all.answered.len() as f64 * share) as usize;
        all.answered.get(index.min(all.answered.len().saturating_sub(1))).map_or(0.0, |time| 1e3 * time.as_secs_f64())
    };
    let rate = all.answered.len() as f64 / start.elapsed().as_secs_f64();
    println!(
        "{{\"per_s\": {rate:.1}, \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"refused\": {}}}",
        at(0.5),
        at(0.99),
        all.refused
    );
    Ok(())
}

/// One client: the next request as soon as there is an answer, until the time is over.
async fn ask(
    client: Client<HttpConnector, Full<Bytes>>,
    request: Request<Full<Bytes>>,
    end: Instant,
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    while Instant::now() < end {
        let start = Instant::now();
        let answer = client.request(request.clone()).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        match status {
            StatusCode::OK => seen.answered.push(start.elapsed()),
            StatusCode::TOO_MANY_REQUESTS => {
                seen.refused += 1;
                // A client that is told to come again later does.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => return Err(format!("{other}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }
    Ok(seen)
}
