//! Intake, dispatch, pin, callback and sweep as one Cloudflare Worker.
//!
//! The functions are those of `verdigris-core`, unchanged; here is what they run on:
//!
//! | the pipeline asks for | here it is |
//! |---|---|
//! | values and counters | [`ledger::Ledger`], a Durable Object: the only store here that is consistent |
//! | a queue | the Cloudflare Queue `JOBS`, which brings a job back whose worker was cut off |
//! | another function | the same Worker: a function call, or, for callback, a call of its sender's object; a Worker of its own for ONNX files, by the binding `ONNX`, and one for asking servers that run models, by `REMOTE` |
//! | settings | variables and secrets, then the KV namespace `SETTINGS` for what is no secret |
//! | work after the response | `waitUntil` |
//!
//! Models outside the exact form aren't run here: their runtime alone is several times this Worker's size
//! (`functions/onnx`). Servers that run models are asked by a Worker which alone has their secrets (`functions/remote`).

mod calls;
mod ledger;
mod place;
mod platform;
mod queue;
mod serve;
mod settings;
mod underway;

use futures::future::LocalBoxFuture;
use verdigris_core::http::Request as CoreRequest;
use verdigris_core::platform::Platform;
use verdigris_core::sweep;
use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::platform::EdgePlatform;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let platform = EdgePlatform::new(env, move |work: LocalBoxFuture<'static, ()>| context.wait_until(work));
    serve::serve(&platform, request).await
}

#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, context: Context) -> worker::Result<()> {
    let platform = EdgePlatform::new(env, move |work: LocalBoxFuture<'static, ()>| context.wait_until(work));
    queue::work_off(&platform, &batch).await;
    Ok(())
}

/// The timer: one sweep, asked for as anyone would, with the token.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    let platform = EdgePlatform::new(env, move |work: LocalBoxFuture<'static, ()>| context.wait_until(work));
    let token = platform.config("sweep_token").await.ok().flatten().unwrap_or_default();
    let request = CoreRequest {
        method: "POST".into(),
        path: "/sweep".into(),
        headers: vec![("authorization".into(), format!("Bearer {token}").into_bytes())],
        ..CoreRequest::default()
    };
    let response = sweep::handle(&platform, request).await;
    platform.log(&format!("sweep: {} {}", response.status, String::from_utf8_lossy(&response.body)));
}
