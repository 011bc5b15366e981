//! The sockets: accepts connections, gives their requests to the application, and ends in order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use crate::app::App;
use crate::metrics::Metrics;

/// Connections that may be open at the same time; more wait to be accepted.
const CONNECTIONS: usize = 1024;
/// How long a client may take over a request's head, or keep a connection without a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// The longest head of a request, in bytes.
const HEAD_BYTES: usize = 64 << 10;

/// Serves `app` until `stop` turns true; then finishes what is in flight, for `drain` at most.
pub async fn serve(listener: TcpListener, app: Arc<App>, mut stop: watch::Receiver<bool>, drain: Duration) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stopped(&mut stop) => break,
        };
        let Some((stream, client, place)) = accepted else {
            continue;
        };
        let (app, stop) = (Arc::clone(&app), stop.clone());
        tokio::spawn(async move {
            connection(stream, client, &app, stop).await;
            drop(place);
        });
    }
    drop(listener);
    let finished = timeout(drain, async {
        // Every place is free when every connection is closed.
        let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
        let _ = places.acquire_many(all).await;
        app.idle().await;
    });
    match finished.await {
        Ok(()) => info!("everything in flight is finished"),
        Err(_) => warn!(?drain, "the time to finish is over; what is left is cut off"),
    }
}

/// Resolves when the process shall end, or when nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, client)) => {
            // Without this, small writes on kept connections wait 40 ms for an acknowledgement.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "TCP_NODELAY could not be set");
            }
            Some((stream, client, place))
        }
        Err(error) => {
            warn!(%error, "a connection could not be accepted");
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    http
}

async fn connection(stream: TcpStream, client: SocketAddr, app: &App, mut stop: watch::Receiver<bool>) {
    let Ok(here) = stream.local_addr() else {
        return;
    };
    let service =
        service_fn(
            |request: Request<Incoming>| async move { Ok::<_, Infallible>(app.answer(request, client, here).await) },
        );
    let connection = http().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, %client, "a connection ended early");
    }
}

/// Serves the counters at `/metrics` until the process ends.
pub async fn serve_metrics(listener: TcpListener, metrics: Arc<Metrics>) {
    let places = Arc::new(Semaphore::new(16));
    loop {
        let Some((stream, _, place)) = accept(&listener, &places).await else {
            continue;
        };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = metrics_page(request.uri().path(), &metrics);
                async move { Ok::<_, Infallible>(response) }
            });
            let served = http().serve_connection(TokioIo::new(stream), service);
            // A scraper asks again and again on one connection; a minute of it is enough.
            let _ = timeout(Duration::from_secs(60), served).await;
            drop(place);
        });
    }
}

fn metrics_page(path: &str, metrics: &Metrics) -> Response<Full<Bytes>> {
    if path != "/metrics" {
        let mut response = Response::new(Full::from("The counters are at /metrics.\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let mut response = Response::new(Full::from(metrics.text()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
    response
}
