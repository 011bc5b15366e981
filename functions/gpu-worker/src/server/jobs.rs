//! The routes of asynchronous jobs.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::Value;

use super::{Failure, Server, Shared, json_answer, json_length, tensors_answer, version_number};
use crate::jobs::{Job, Jobs, Status, Wanted};

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/v2/models/{model}/jobs/{id}", put(take_latest))
        .route("/v2/models/{model}/versions/{version}/jobs/{id}", put(take))
        .route("/v2/jobs/{id}", get(job))
        .route("/v2/jobs/{id}/answer", get(answer))
        .route("/v2/jobs/{id}/callback", post(tell_again))
        .route("/v2/dead-letters", get(dead_letters))
}

#[derive(Deserialize)]
struct Wish {
    callback: Option<String>,
}

async fn take_latest(
    server: Shared,
    Path((model, id)): Path<(String, String)>,
    wish: Query<Wish>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    take(server, Path((model, String::new(), id)), wish, headers, body).await
}

async fn take(
    State(server): Shared,
    Path((model, version, id)): Path<(String, String, String)>,
    Query(Wish { callback }): Query<Wish>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let version = version_number(&model, &version)?;
    let (json_length, request) = (json_length(&headers)?, body.to_vec());
    let job = jobs(&server)?.take(Wanted { id, model, version, json_length, request, callback }).await?;
    Ok((StatusCode::ACCEPTED, json_answer(&job.shown())).into_response())
}

async fn job(State(server): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    Ok(json_answer(&known(&server, &id).await?.shown()))
}

async fn answer(State(server): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    let job = known(&server, &id).await?;
    match job.status {
        Status::Queued => Err(Failure::conflict(format!("job {id} is not done"))),
        Status::Failed => {
            Err(Failure::conflict(format!("job {id} failed: {}", job.error.as_deref().unwrap_or("it isn't said why"))))
        }
        Status::Succeeded => {
            let answer = jobs(&server)?.answer(&id).await?.unwrap_or_default();
            Ok(tensors_answer(Body::from(answer), job.answer_json_length))
        }
    }
}

async fn tell_again(State(server): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    let job = jobs(&server)?.tell_again(&id).await?;
    let job = job.ok_or_else(|| Failure::not_found(format!("job {id} has no callback that was given up")))?;
    Ok((StatusCode::ACCEPTED, json_answer(&job.shown())).into_response())
}

async fn dead_letters(State(server): Shared) -> Result<Response, Failure> {
    let letters: Value = jobs(&server)?.dead_letters().await?.iter().map(Job::shown).collect();
    Ok(json_answer(&letters))
}

async fn known(server: &Server, id: &str) -> Result<Job, Failure> {
    jobs(server)?.job(id).await?.ok_or_else(|| Failure::not_found(format!("no job {id} is known")))
}

fn jobs(server: &Server) -> Result<&Arc<Jobs>, Failure> {
    let none = || Failure::not_found("this worker takes no jobs: it was started without --state-dir");
    server.jobs.as_ref().ok_or_else(none)
}
