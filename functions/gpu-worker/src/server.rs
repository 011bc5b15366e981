//! The Open Inference Protocol, version 2, over HTTP, with Triton's binary tensors and its repository index.

mod failure;
mod jobs;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, MatchedPath, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use tower_http::decompression::RequestDecompressionLayer;
use tracing::Instrument as _;

use crate::batch::BatchError;
use crate::engine::Port;
use crate::inference;
use crate::jobs::Jobs;
use crate::metrics::Metrics;
use crate::protocol::{InferRequest, JSON_LENGTH};
use crate::repository::{Model, Repository};
use crate::telemetry;

pub use failure::Failure;

/// What the server calls itself, beside its version.
const NAME: &str = "verdigris-gpu-worker";
/// Most bytes of a reason that axum gives.
const MOST_REASON_BYTES: usize = 4096;
/// Bytes above which JSON is read and written where that may take long.
const LARGE: usize = 64 << 10;

/// How bodies may be compressed.
const ENCODINGS: [&[u8]; 3] = [b"identity", b"gzip", b"deflate"];

/// Limits and keys.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most bytes of a request's body, and of a tensor.
    pub body_limit: usize,
    /// Longest time that a request may take, its wait in the queue included.
    pub time_limit: Duration,
    /// Most bytes of all requests' bodies together.
    pub bodies_limit: usize,
    /// What a caller has to bring as `Authorization: Bearer …`; without one, anybody may call.
    pub token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { body_limit: 64 << 20, time_limit: Duration::from_secs(60), bodies_limit: 1 << 30, token: None }
    }
}

/// What each request sees.
struct Server {
    repository: Arc<Repository>,
    jobs: Option<Arc<Jobs>>,
    metrics: Arc<Metrics>,
    options: Options,
    /// A permit for each KiB of the bodies that are being read or answered.
    bodies: Semaphore,
    /// Requests that wait for their answer.
    inferring: AtomicI64,
}

type Shared = State<Arc<Server>>;

/// All routes. Health is open; the others need the token, if there is one.
pub fn routes(repository: Arc<Repository>, kept: Option<Arc<Jobs>>, metrics: Arc<Metrics>, options: Options) -> Router {
    let body_limit = options.body_limit;
    let bodies = Semaphore::new(options.bodies_limit >> 10);
    let server = Arc::new(Server { repository, jobs: kept, metrics, options, bodies, inferring: AtomicI64::new(0) });
    let guarded = Router::new()
        .route("/v2", get(metadata))
        .route("/v2/models/{model}", get(latest_model_metadata))
        .route("/v2/models/{model}/versions/{version}", get(model_metadata))
        .route("/v2/models/{model}/ready", get(latest_model_ready))
        .route("/v2/models/{model}/versions/{version}/ready", get(model_ready))
        .route("/v2/models/{model}/infer", post(infer_latest))
        .route("/v2/models/{model}/versions/{version}/infer", post(infer))
        .route("/v2/load", get(load))
        .route("/v2/repository/index", post(index))
        .merge(jobs::routes())
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(server.clone(), weigh))
        .layer(middleware::from_fn_with_state(server.clone(), authorise));
    let health = Router::new().route("/v2/health/live", get(live)).route("/v2/health/ready", get(ready));
    let all = guarded
        .merge(health)
        .fallback(async || Failure::not_found("there is no such route"))
        .method_not_allowed_fallback(async || Failure::wrong_method());
    all.layer(middleware::from_fn_with_state(server.clone(), watch)).with_state(server)
}

/// The counters, for whoever watches the worker: on an address of their own.
pub fn metrics_routes(metrics: Arc<Metrics>) -> Router {
    let page = async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.text()).into_response();
    Router::new().route("/metrics", get(page))
}

/// Bounds a request's time, its body's included, and counts it.
async fn watch(State(server): Shared, request: Request, next: Next) -> Response {
    let (start, limit) = (Instant::now(), server.options.time_limit);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    telemetry::continues(&span, request.headers());
    let answered = tokio::time::timeout(limit, next.run(request).instrument(span.clone())).await;
    let response = as_json(answered.unwrap_or_else(|_| Failure::too_slow(limit).into_response())).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    server.metrics.answered(&route, status, start.elapsed());
    response
}

async fn authorise(State(server): Shared, request: Request, next: Next) -> Response {
    let Some(token) = &server.options.token else { return next.run(request).await };
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer ")).map(|(_, token)| token);
    if given.is_some_and(|given| given.ct_eq(token.as_bytes()).into()) {
        next.run(request).await
    } else {
        Failure::unauthorised().into_response()
    }
}

/// Lets a request in when there is memory for its body.
async fn weigh(State(server): Shared, request: Request, next: Next) -> Response {
    let limit = server.options.body_limit;
    let encoding = request.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    if encoding.is_some_and(|encoding| !ENCODINGS.contains(&encoding)) {
        let reason = "a body may be compressed by gzip or deflate, and by nothing else";
        return Failure::other(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason).into_response();
    }
    let is_empty = request.body().is_end_stream();
    let announced = request.body().size_hint().upper().filter(|_| encoding.is_none() || is_empty);
    let length = announced.map_or(limit, |length| length as usize);
    if length > limit {
        return Failure::too_large(limit).into_response();
    }
    match server.bodies.try_acquire_many((length >> 10) as u32) {
        Ok(_weighed) => next.run(request).await,
        Err(_) => Failure::too_much().into_response(),
    }
}

/// Says what axum says in plain text as this server says it.
async fn as_json(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = axum::body::to_bytes(response.into_body(), MOST_REASON_BYTES).await.unwrap_or_default();
    Failure::other(status, String::from_utf8_lossy(&text)).into_response()
}

async fn live() -> StatusCode {
    StatusCode::OK
}

async fn ready(State(server): Shared) -> StatusCode {
    if server.repository.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn metadata() -> Response {
    let extensions = ["binary_tensor_data", "model_repository"];
    json_answer(&json!({ "name": NAME, "version": env!("CARGO_PKG_VERSION"), "extensions": extensions }))
}

async fn index(State(server): Shared) -> Response {
    let line = |standing: crate::repository::Standing| {
        let state = if standing.version.is_some() { "READY" } else { "UNAVAILABLE" };
        let version = standing.version.map(|version| version.to_string()).unwrap_or_default();
        json!({ "name": standing.name, "version": version, "state": state, "reason": standing.fault.unwrap_or_default() })
    };
    json_answer(&server.repository.standings().into_iter().map(line).collect())
}

async fn latest_model_metadata(server: Shared, Path(model): Path<String>) -> Result<Response, Failure> {
    model_metadata(server, Path((model, String::new()))).await
}

async fn model_metadata(
    State(server): Shared,
    Path((model, version)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let model = server.find(&model, &version)?;
    let ports = |ports: &[Port]| -> Value {
        let port = |port: &Port| json!({ "name": port.name, "datatype": port.datatype, "shape": port.wire_shape() });
        ports.iter().map(port).collect()
    };
    let (engine, versions) = (model.batcher.engine(), server.repository.versions(&model.name));
    Ok(json_answer(&json!({
        "name": model.name,
        "versions": versions.iter().map(u64::to_string).collect::<Vec<_>>(),
        "platform": engine.name(),
        "inputs": ports(&engine.signature().inputs),
        "outputs": ports(&engine.signature().outputs),
    })))
}

async fn latest_model_ready(server: Shared, Path(model): Path<String>) -> Result<StatusCode, Failure> {
    model_ready(server, Path((model, String::new()))).await
}

async fn model_ready(
    State(server): Shared,
    Path((model, version)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    server.find(&model, &version).map(|_| StatusCode::OK)
}

async fn infer_latest(
    server: Shared,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    infer(server, Path((model, String::new())), headers, body).await
}

async fn infer(
    State(server): Shared,
    Path((model, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let model = server.find(&model, &version)?;
    let (json_length, limit, length) = (json_length(&headers)?, server.options.body_limit, body.len());
    let request = if_large(length, move || InferRequest::read(&body, json_length, limit)).await??;
    let response = {
        let _counted = Counted::new(&server.inferring);
        let (answering, bound) = (inference::infer(&model, request), model.batcher.bound());
        let late = |bound| Err(BatchError::Late(bound).into());
        match bound {
            Some(bound) => tokio::time::timeout(bound, answering).await.unwrap_or_else(|_| late(bound))?,
            None => answering.await?,
        }
    };
    let length = response.outputs.iter().map(|(tensor, _)| tensor.data.len()).sum();
    let (body, json_length) = if_large(length, move || response.write()).await??;
    Ok(tensors_answer(Body::from(body), json_length))
}

/// How much there is to do: requests that wait and jobs that aren't done, in one number.
async fn load(State(server): Shared) -> Response {
    if server.repository.has_lost_its_gpu() {
        return Failure::other(StatusCode::SERVICE_UNAVAILABLE, "the GPU is gone").into_response();
    }
    json_answer(&json!(server.inferring.load(Relaxed) + server.metrics.jobs_open().get()))
}

/// One more, as long as it lives.
struct Counted<'a>(&'a AtomicI64);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicI64) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Does what takes long for many bytes on another thread, if they are many.
async fn if_large<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    if bytes < LARGE {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::other(StatusCode::INTERNAL_SERVER_ERROR, error))
}

/// An answer of which so many bytes are JSON, if others follow.
fn tensors_answer(body: Body, json_length: Option<usize>) -> Response {
    let content_type = if json_length.is_some() { "application/octet-stream" } else { "application/json" };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(length) = json_length {
        answer.headers_mut().insert(JSON_LENGTH, length.into());
    }
    answer
}

/// How much of the body is JSON, if its header says.
fn json_length(headers: &HeaderMap) -> Result<Option<usize>, Failure> {
    let Some(value) = headers.get(JSON_LENGTH) else { return Ok(None) };
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    length.map(Some).ok_or_else(|| Failure::bad_request(format!("{JSON_LENGTH} is no number of bytes")))
}

impl Server {
    /// A model's version, or its highest one if `version` is empty.
    fn find(&self, model: &str, version: &str) -> Result<Arc<Model>, Failure> {
        let number = version_number(model, version)?;
        self.repository.get(model, number).ok_or_else(|| unknown(model, version))
    }
}

/// A version as it stands in a path; none if it doesn't.
fn version_number(model: &str, version: &str) -> Result<Option<u64>, Failure> {
    if version.is_empty() {
        return Ok(None);
    }
    let number = version.parse().ok().filter(|number: &u64| number.to_string() == version);
    number.map(Some).ok_or_else(|| unknown(model, version))
}

fn unknown(model: &str, version: &str) -> Failure {
    match version {
        "" => Failure::not_found(format!("no model `{model}` is served")),
        _ => Failure::not_found(format!("no version {version} of model `{model}` is served")),
    }
}

fn json_answer(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
