//! Takes webhooks: checks who sent them, takes each job once, answers at once, and hands the jobs on afterwards.

use std::cell::RefCell;

use alloy_primitives::{Address, B256};
use serde::Serialize;

use crate::chain;
use crate::config;
use crate::error::{Error, Result};
use crate::event::{Event, Meaning, Served};
use crate::gate;
use crate::handoff::{self, Until};
use crate::http::{Request, Response, Unread};
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::remote;
use crate::rpc::Rpc;
use crate::together::for_each;
use crate::webhook::{self, Delivery, MAX_AGE_MS, Provider, Told};

/// Jobs of one webhook that are under way at the same time; most of the time they wait.
const AT_ONCE: usize = 32;
/// Most transactions of one webhook that are looked up.
const MAX_LOOKUPS: usize = 32;
/// How many of them at the same time.
const LOOKUPS_AT_ONCE: usize = 8;

/// What was done with a webhook.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Taken {
    /// Jobs that are new.
    taken: usize,
    /// Jobs that were known before.
    known: usize,
    /// Events that the chain took back.
    retracted: usize,
    /// What means nothing here, or can't be read.
    ignored: usize,
    /// Transactions that will be looked at.
    lookups: usize,
}

/// The intake component: `POST /webhooks/{provider}` (Tenderly looks by GET first), `POST /webhooks/worker`, `GET /healthz`. What is asked for by a
/// path that nobody has belongs here, too.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    let result = match provider(&request.path) {
        Some(provider) => hear(platform, provider, &request).await,
        None if request.path == "/healthz" => health(platform, &request).await,
        None if remote::is_told_at(&request.path) => remote::hear(platform, &request).await,
        None => Err(request.not_found()),
    };
    match result {
        Ok(response) => response,
        // Who asks for what isn't here has passed no gate yet.
        Err(error) if matches!(*error, Error::NotFound { .. } | Error::MethodNotAllowed { .. }) => {
            gate::wrong(platform, &request, error).await.into()
        }
        Err(error) => error.into(),
    }
}

async fn health<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("GET")?;
    gate::anybody(platform, request).await?;
    here()
}

fn here() -> Result<Response> {
    let headers = vec![("content-type", "application/json".into())];
    Ok(Response { status: 200, headers, body: br#"{"status":"ok"}"#.to_vec() })
}

/// What to answer to a request whose body was not read to its end. Who would stop for good when a block with many long
/// requests is refused hears that it was taken: sweep finds on the chain what it told.
pub fn unread(platform: &impl Platform, path: &str, unread: Unread) -> Response {
    let error = Error::from(unread);
    match provider(path) {
        Some(provider) if provider.stops => leave_to_sweep(platform, error.into()).unwrap_or_else(Response::from),
        _ => error.into(),
    }
}

/// Acknowledges what is too long; any other error stays one.
fn leave_to_sweep(platform: &impl Platform, error: Box<Error>) -> Result<Response> {
    if !matches!(*error, Error::BodyTooLarge { .. }) {
        return Err(error);
    }
    platform.log(&format!("webhook: {error}; sweep will find what it told"));
    Response::json(202, &Taken::default())
}

fn provider(path: &str) -> Option<&'static Provider> {
    path.strip_prefix("/webhooks/").and_then(webhook::provider)
}

async fn hear<P: Platform>(platform: &P, provider: &Provider, request: &Request) -> Result<Response> {
    request.only(if provider.looks_first { "GET, POST" } else { "POST" })?;
    let secret = platform.config(provider.setting).await?.ok_or_else(|| request.not_found())?;
    if request.method != "POST" {
        gate::anybody(platform, request).await?;
        return here();
    }
    let signed = match (provider.check)(&secret, request, platform.now_ms()) {
        Ok(signed) => signed,
        Err(error) => {
            let error = gate::wrong(platform, request, error).await;
            return if provider.stops { leave_to_sweep(platform, error) } else { Err(error) };
        }
    };
    gate::provider(platform, provider.name).await?;
    match (provider.read)(&signed)? {
        Told::Test => here(),
        Told::Logs(delivery) => {
            let report = take(platform, delivery).await?;
            let is_for_us = report.taken + report.known > 0;
            Response::json(if is_for_us { 200 } else { provider.not_for_us }, &report)
        }
    }
}

async fn take<P: Platform>(platform: &P, delivery: Delivery) -> Result<Taken> {
    let until = Until::starting(platform.now_ms());
    let all = delivery.events.len() + delivery.transactions.len() + delivery.unread;
    let mut report = Taken { ignored: all, ..Taken::default() };
    if platform.now_ms().abs_diff(delivery.made_ms) > MAX_AGE_MS {
        return Ok(report);
    }
    let served = config::served(platform).await?;
    if delivery.chain_id.is_some_and(|chain_id| chain_id != served.chain_id) {
        return Ok(report);
    }
    report.ignored = delivery.unread;
    let is_ours = |address: &Address| *address == served.hub || served.consumers.contains(address);
    let mut lookups: Vec<B256> = Vec::new();
    for (hash, touched) in delivery.transactions {
        if touched.iter().any(is_ours) && !lookups.contains(&hash) && lookups.len() < MAX_LOOKUPS {
            lookups.push(hash);
        }
    }
    report.lookups = lookups.len();
    let harvest = take_events(platform, &served, &delivery.events, report).await;
    // What was taken before an error is ours to do, whatever the provider hears.
    hand_on(platform, served, harvest.jobs, lookups, until);
    harvest.failure.map_or(Ok(harvest.report), Err)
}

/// What came of events.
#[derive(Default)]
struct Harvest {
    report: Taken,
    /// What is to be done.
    jobs: Vec<Job>,
    /// What kept an event from being taken.
    failure: Option<Box<Error>>,
}

async fn take_events<P: Platform>(platform: &P, served: &Served, events: &[Event], report: Taken) -> Harvest {
    let harvest = RefCell::new(Harvest { report, ..Harvest::default() });
    // A block that was dropped and the one that came instead are often told together, in any order.
    for retracted in [true, false] {
        let told: Vec<_> = events.iter().filter(|event| event.retracted == retracted).collect();
        for_each(&told, AT_ONCE, |_| 1, |event| take_event(platform, served, event, &harvest)).await;
    }
    harvest.into_inner()
}

async fn take_event<P: Platform>(platform: &P, served: &Served, event: &Event, harvest: &RefCell<Harvest>) {
    let (job, taken) = match served.meaning(event) {
        Meaning::Foreign | Meaning::Shown { .. } => return harvest.borrow_mut().report.ignored += 1,
        Meaning::Retracted(job) => {
            let retracted = job::retract(platform, &job.id(), event.block_hash).await;
            (job, retracted.map(|()| None))
        }
        Meaning::Job(job) => {
            let taken = job::take(platform, &job, event.block_hash).await;
            (job, taken.map(Some))
        }
    };
    let Harvest { report, jobs, failure } = &mut *harvest.borrow_mut();
    match taken {
        Ok(None) => report.retracted += 1,
        Ok(Some(false)) => report.known += 1,
        Ok(Some(true)) => {
            report.taken += 1;
            jobs.push(job);
        }
        Err(error) => *failure = Some(error),
    }
}

/// Goes on after the response: runs the jobs; and looks for more in the transactions, which nothing that is known has to
/// wait for.
fn hand_on<P: Platform>(platform: &P, served: Served, jobs: Vec<Job>, lookups: Vec<B256>, until: Until) {
    if !jobs.is_empty() {
        let inner = platform.clone();
        platform.spawn(async move { handoff::run_all(&inner, &jobs, AT_ONCE, until).await });
    }
    if !lookups.is_empty() {
        let inner = platform.clone();
        platform.spawn(async move {
            for_each(&lookups, LOOKUPS_AT_ONCE, |_| 1, |hash| look_up(&inner, &served, *hash, until)).await;
        });
    }
}

async fn look_up<P: Platform>(platform: &P, served: &Served, hash: B256, until: Until) {
    let events = async {
        let rpc = Rpc::configured(platform).await?;
        chain::events_of_transaction(platform, &rpc, hash, until).await
    };
    let Harvest { jobs, failure, .. } = match events.await {
        Ok(events) => take_events(platform, served, &events, Taken::default()).await,
        Err(error) => Harvest { failure: Some(error), ..Harvest::default() },
    };
    if let Some(error) = failure {
        platform.log(&format!("webhook: {error}; sweep will find what it was about"));
    }
    handoff::run_all(platform, &jobs, AT_ONCE, until).await;
}

#[cfg(test)]
mod dropped;
#[cfg(test)]
pub(crate) mod simulated;
#[cfg(test)]
pub(crate) mod tests;
