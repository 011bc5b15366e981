//! Takes webhooks: checks who sent them, takes each job once, answers at once, and hands the jobs on afterwards.

use alloy_primitives::{Address, B256};
use serde::Serialize;

use crate::chain;
use crate::config;
use crate::error::{Error, Result};
use crate::event::{Event, Meaning, Served};
use crate::gate;
use crate::handoff::{self, Until};
use crate::http::{Request, Response};
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::rpc::Rpc;
use crate::together::for_each;
use crate::webhook::{self, Delivery, MAX_AGE_MS, Provider, Told};

/// Jobs of one webhook that are under way at the same time; most of the time they wait.
const AT_ONCE: usize = 32;
/// Most transactions of one webhook that are looked up.
const MAX_LOOKUPS: usize = 32;

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

/// The intake component: `POST /webhooks/{provider}` (Tenderly looks by GET first), `GET /healthz`. What is asked for by a
/// path that nobody has belongs here, too.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    let provider = request.path.strip_prefix("/webhooks/").and_then(webhook::provider);
    let result = match provider {
        Some(provider) => hear(platform, provider, &request).await,
        None if request.path == "/healthz" => health(platform, &request).await,
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

async fn hear<P: Platform>(platform: &P, provider: &Provider, request: &Request) -> Result<Response> {
    request.only(if provider.looks_first { "GET, POST" } else { "POST" })?;
    let secret = platform.config(provider.setting).await?.ok_or_else(|| request.not_found())?;
    if request.method != "POST" {
        gate::anybody(platform, request).await?;
        return here();
    }
    let signed = match (provider.check)(&secret, request, platform.now_ms()) {
        Ok(signed) => signed,
        Err(error) => return Err(gate::wrong(platform, request, error).await),
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
    let served = served(platform).await?;
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
    let mut jobs = Vec::new();
    let result = take_events(platform, &served, &delivery.events, &mut report, &mut jobs).await;
    // What was taken before an error is ours to do, whatever the provider hears.
    hand_on(platform, served, jobs, lookups, until);
    result.map(|()| report)
}

async fn take_events<P: Platform>(
    platform: &P,
    served: &Served,
    events: &[Event],
    report: &mut Taken,
    jobs: &mut Vec<Job>,
) -> Result<()> {
    // A block that was dropped and the one that came instead are often told together, in any order.
    let (gone, there) = (events.iter().filter(|event| event.retracted), events.iter().filter(|event| !event.retracted));
    for event in gone.chain(there) {
        match served.meaning(event) {
            Meaning::Foreign | Meaning::Shown { .. } => report.ignored += 1,
            Meaning::Retracted(job) => {
                job::retract(platform, &job.id(), event.block_hash).await?;
                report.retracted += 1;
            }
            Meaning::Job(job) => {
                if job::take(platform, &job, event.block_hash).await? {
                    report.taken += 1;
                    jobs.push(job);
                } else {
                    report.known += 1;
                }
            }
        }
    }
    Ok(())
}

async fn served<P: Platform>(platform: &P) -> Result<Served> {
    Ok(Served {
        chain_id: config::chain_id(platform).await?,
        hub: config::hub(platform).await?,
        consumers: config::consumers(platform).await?,
    })
}

/// Goes on after the response: runs the jobs, and looks for more in the transactions.
fn hand_on<P: Platform>(platform: &P, served: Served, mut jobs: Vec<Job>, lookups: Vec<B256>, until: Until) {
    if jobs.is_empty() && lookups.is_empty() {
        return;
    }
    let inner = platform.clone();
    platform.spawn(async move {
        let platform = &inner;
        if !lookups.is_empty()
            && let Err(error) = look_up(platform, &served, lookups, &mut jobs).await
        {
            platform.log(&format!("webhook: {error}; sweep will find what it was about"));
        }
        for_each(&jobs, AT_ONCE, |job| handoff::run(platform, job, until)).await;
    });
}

async fn look_up<P: Platform>(platform: &P, served: &Served, hashes: Vec<B256>, jobs: &mut Vec<Job>) -> Result<()> {
    let rpc = Rpc::configured(platform).await?;
    for hash in hashes {
        let events = chain::events_of_transaction(&rpc, hash).await?;
        take_events(platform, served, &events, &mut Taken::default(), jobs).await?;
    }
    Ok(())
}

#[cfg(test)]
mod dropped;
#[cfg(test)]
pub(crate) mod simulated;
#[cfg(test)]
pub(crate) mod tests;
