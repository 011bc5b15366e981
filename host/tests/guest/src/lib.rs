//! The component that the host's tests run: the path's last segment says what to do, the query
//! gives its parameter.

mod storage;

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::SinkExt;
use spin_sdk::http::body::{IncomingBodyExt, stream};
use spin_sdk::http::{Error, FullBody, IntoResponse, Request, StatusCode, get, send};
use spin_sdk::http_service;
use spin_sdk::time::sleep;
use spin_sdk::wasip3::http::types::Response;
use spin_sdk::wasip3::spawn;

/// Requests that this instance has begun.
static SERVED: AtomicUsize = AtomicUsize::new(0);

pub(crate) type Answer = Result<Response, Error>;

#[http_service]
async fn handle(request: Request) -> Answer {
    let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
    let path = request.uri().path().to_owned();
    let parameter = request.uri().query().unwrap_or_default().to_owned();
    let (_, behaviour) = path.rsplit_once('/').unwrap_or_default();
    match behaviour {
        "describe" => describe(&request),
        "served" => text(served),
        "print" => print(&parameter),
        "variable" => variable(&parameter).await,
        "environment" => text(std::env::var(&parameter).unwrap_or_default()),
        "sleep" => {
            sleep(milliseconds(&parameter)).await;
            text("slept")
        }
        "body" => body(request).await,
        "mirror" => mirror(request),
        "stall" => stall(),
        "fetch" => relay(get(&parameter).await).await,
        "forward" => forward(request, &parameter).await,
        "loop" => endless(),
        "hog" => hog(),
        "trap" => panic!("the test asked for a trap"),
        "fail" => Err(Error::other("the test asked for an error")),
        "later" => later(&parameter),
        "later-trap" => later_trap(),
        _ => storage::handle(behaviour, request, parameter).await,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a number reads better without an ampersand")]
pub(crate) fn text(text: impl ToString) -> Answer {
    Ok(text.to_string().into_response()?)
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.parse().unwrap_or(0))
}

/// The request as the component sees it: one line each for method, URL and headers.
fn describe(request: &Request) -> Answer {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    for (name, value) in request.headers() {
        lines.push(format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    }
    text(lines.join("\n"))
}

fn print(line: &str) -> Answer {
    println!("out {line}");
    eprintln!("err {line}");
    text("printed")
}

async fn variable(name: &str) -> Answer {
    match spin_sdk::variables::get(name).await {
        Ok(value) => text(value),
        Err(error) => text(format!("error: {error:?}")),
    }
}

/// The body's length and sum.
async fn body(request: Request) -> Answer {
    match request.into_body().bytes().await {
        Ok(bytes) => {
            let sum: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
            text(format!("{} {sum}", bytes.len()))
        }
        Err(code) => {
            let reason = format!("{code:?}");
            Ok((StatusCode::PAYLOAD_TOO_LARGE, FullBody::new(Bytes::from(reason))).into_response()?)
        }
    }
}

/// Sends the body back while it still comes.
fn mirror(request: Request) -> Answer {
    Ok((StatusCode::OK, request.into_body()).into_response()?)
}

/// Begins a body and never ends it.
fn stall() -> Answer {
    let (mut sender, body) = stream::<&'static str>();
    spawn(async move {
        let _ = sender.send("begun").await;
        sleep(Duration::from_secs(3600)).await;
        drop(sender);
    });
    Ok((StatusCode::OK, body).into_response()?)
}

/// What another server said, or the error's name with status 502.
async fn relay(response: Result<spin_sdk::http::Response, impl std::fmt::Debug>) -> Answer {
    match response {
        Ok(response) => {
            let (head, body) = response.into_parts();
            Ok((head.status, body).into_response()?)
        }
        Err(code) => {
            let reason = Bytes::from(format!("{code:?}"));
            Ok((StatusCode::BAD_GATEWAY, FullBody::new(reason)).into_response()?)
        }
    }
}

/// Passes the request's body and headers on to the URL in the query.
async fn forward(request: Request, url: &str) -> Answer {
    let (mut head, body) = request.into_parts();
    match url.parse() {
        Ok(url) => head.uri = url,
        Err(error) => return text(error),
    }
    relay(send(Request::from_parts(head, body)).await).await
}

#[expect(clippy::empty_loop, reason = "the point of the test")]
fn endless() -> Answer {
    black_box(());
    loop {}
}

fn hog() -> Answer {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(black_box(vec![1; 1 << 20]));
    }
}

/// Sets a key some time after the response; the query is `key,milliseconds`.
fn later(parameter: &str) -> Answer {
    let (key, wait) = parameter.split_once(',').unwrap_or_default();
    let (key, wait) = (key.to_owned(), milliseconds(wait));
    spawn(async move {
        sleep(wait).await;
        if let Ok(store) = spin_sdk::key_value::Store::open_default().await {
            let _ = store.set(&key, b"done").await;
        }
    });
    text("accepted")
}

fn later_trap() -> Answer {
    spawn(async {
        sleep(Duration::from_millis(50)).await;
        panic!("the test asked for a trap after the response");
    });
    text("accepted")
}
