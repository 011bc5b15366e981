//! One look for a worker that answers.

use super::breaker::Breakers;
use super::client::WRONG;
use super::cog;
use super::message::{Answered, Asked};
use super::tensors::{Made, Question};
use super::worker::{Errand, Reply, Worker};
use crate::config;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::http::Response;
use crate::platform::Platform;
use crate::together::join_all;

/// Time that is left for what comes after an answer: pinning, signing, sending.
const AFTER_MS: u64 = 5_000;
/// The shortest time in which a worker is expected to answer.
const LEAST_PATIENCE_MS: u64 = 1_000;
/// Before the errand of a worker that isn't asked for the job again, for what it gave.
const SHUNNED: &str = "shunned ";
/// How long a worker may be at work on a job, unless the settings say otherwise.
const PATIENCE_S: u64 = 300;

/// Has a question answered.
///
/// # Errors
/// If the settings make no sense, or the question; [`Error::LeaseOver`] if no time is left.
pub(super) async fn run<P: Platform>(platform: &P, asked: Asked, until: Until) -> Result<Response> {
    let question = Question::read(&asked)?;
    let mut workers = Worker::configured(platform).await?;
    let id = Some(asked.id.as_str()).filter(|id| !id.is_empty());
    let errand = Errand { id, model: asked.model, question: &question, patience_ms: 0 };
    let breakers = Breakers::read(&asked.breakers);
    let mut round = Round { platform, until, errand, breakers, faults: Faults::default(), kept: String::new() };
    if !round.has_time_for(1) {
        return Err(Error::LeaseOver(asked.id).into());
    }
    let sent = Sent::read(&asked.errand);
    if let Some(sent) = sent
        && let Some(place) = workers.iter().position(|worker| worker.url == sent.url)
    {
        let reply = round.look_after(&workers[place], &sent).await?;
        let worker = workers.remove(place);
        if let Some(answer) = round.weigh(&worker, reply, sent.since_ms) {
            return answer;
        }
    }
    let workers = round.by_load(workers).await;
    for (place, worker) in workers.iter().enumerate() {
        if !round.has_time_for(workers.len() - place) {
            break;
        }
        round.breakers.begin(&worker.url, platform.now_ms());
        let reply = worker.give(&round.errand).await?;
        if let Some(answer) = round.weigh(worker, reply, platform.now_ms()) {
            return answer;
        }
    }
    round.nobody()
}

/// Who has the job, out of [`Answered::errand`].
struct Sent<'a> {
    since_ms: u64,
    url: &'a str,
    /// What they told of it.
    told: &'a str,
    /// Whether what they gave was wrong, and whether that was counted.
    wrong: Option<bool>,
}

impl<'a> Sent<'a> {
    fn read(errand: &'a str) -> Option<Self> {
        let (errand, told) = errand.split_once('\n').unwrap_or((errand, ""));
        let (errand, wrong) = match (errand.strip_prefix(WRONG), errand.strip_prefix(SHUNNED)) {
            (Some(errand), _) => (errand, Some(false)),
            (_, Some(errand)) => (errand, Some(true)),
            _ => (errand, None),
        };
        let (since_ms, url) = errand.split_once(' ')?;
        Some(Self { since_ms: since_ms.parse().ok()?, url, told, wrong })
    }
}

struct Round<'a, P> {
    platform: &'a P,
    until: Until,
    errand: Errand<'a>,
    breakers: Breakers,
    faults: Faults,
    /// The errand of a worker that isn't asked now.
    kept: String,
}

/// Why nobody answered.
#[derive(Default)]
struct Faults {
    /// What may be better later.
    passing: Vec<String>,
    /// What one said who can't do it.
    refused: Option<String>,
}

impl<P: Platform> Round<'_, P> {
    /// Whether there is time to ask so many workers in turn, and if so, sees to it that each gets its part.
    fn has_time_for(&mut self, workers: usize) -> bool {
        let left = self.until.left(self.platform.now_ms()).saturating_sub(AFTER_MS);
        self.errand.patience_ms = left / workers.max(1) as u64;
        self.errand.patience_ms >= LEAST_PATIENCE_MS
    }

    /// How far the worker is that has the job. One that forgot it is given it again.
    async fn look_after(&mut self, worker: &Worker<'_, P>, sent: &Sent<'_>) -> Result<Reply> {
        let Sent { since_ms, url, told, wrong } = *sent;
        let now_ms = self.platform.now_ms();
        let patience_s = config::parsed_or(self.platform, "worker_patience", "a number of seconds", PATIENCE_S).await?;
        let is_late = now_ms > since_ms.saturating_add(patience_s.saturating_mul(1_000));
        if let Some(is_counted) = wrong {
            // For a while it isn't asked for this again: it would give the same.
            self.kept = if is_late { String::new() } else { format!("{SHUNNED}{since_ms} {url}") };
            return Ok(if is_counted { Reply::Full } else { Reply::Failed("its answer was wrong".into()) });
        }
        if !told.is_empty() {
            return Ok(cog::read(self.errand.question, told.as_bytes()));
        }
        if !self.breakers.allow_for(url, since_ms, now_ms) {
            self.kept = format!("{since_ms} {url}");
            return Ok(Reply::Full);
        }
        Ok(match worker.poll(&self.errand).await? {
            Reply::Later | Reply::Full if is_late => {
                Reply::Failed(format!("it was at work for more than {patience_s} s"))
            }
            Reply::Full => Reply::Later,
            Reply::Unknown => worker.give(&self.errand).await?,
            other => other,
        })
    }

    /// Those that may be asked: first who is to be tried after a pause, then who has least to do.
    async fn by_load<'w>(&mut self, mut workers: Vec<Worker<'w, P>>) -> Vec<Worker<'w, P>> {
        let now_ms = self.platform.now_ms();
        workers.retain(|worker| self.breakers.allow(&worker.url, now_ms));
        if workers.len() < 2 {
            return workers;
        }
        let loads = join_all(workers.iter().map(Worker::load)).await;
        let mut able = Vec::new();
        for (worker, load) in workers.into_iter().zip(loads) {
            match load {
                Some(load) => able.push((!self.breakers.is_open(&worker.url), load, worker)),
                None => self.failed(&worker, "it doesn't say how it is".into()),
            }
        }
        able.sort_by_key(|(is_well, load, _)| (*is_well, *load));
        able.into_iter().map(|(.., worker)| worker).collect()
    }

    fn failed(&mut self, worker: &Worker<'_, P>, reason: String) {
        self.breakers.failed(&worker.url, self.platform.now_ms());
        self.platform.log(&format!("worker {}: {reason}", worker.url));
        self.faults.passing.push(reason);
    }

    /// Takes note of a reply of a worker that has the job since then. None if another worker is to be asked.
    fn weigh(&mut self, worker: &Worker<'_, P>, reply: Reply, since_ms: u64) -> Option<Result<Response>> {
        let (status, made) = match reply {
            Reply::Made(made) => {
                self.breakers.succeeded(&worker.url);
                (200, made)
            }
            Reply::Later => (202, Made::default()),
            Reply::Unknown | Reply::Full => {
                self.faults.passing.push("it has no room, or is left alone".into());
                return None;
            }
            Reply::Refused(reason) => {
                self.faults.refused = Some(reason);
                return None;
            }
            Reply::Failed(reason) => {
                self.failed(worker, reason);
                return None;
            }
        };
        let (errand, breakers) = (format!("{since_ms} {}", worker.url), self.breakers.to_bytes());
        Some(Answered { status, errand, engine: made.engine, detail: None, breakers }.with(&made.bytes))
    }

    fn nobody(self) -> Result<Response> {
        let Faults { passing, refused } = self.faults;
        let (status, detail) = match refused {
            Some(reason) if passing.is_empty() => (422, reason),
            _ if passing.is_empty() => (503, "all failed a while ago, and are left alone".into()),
            _ => (503, passing.join("; ")),
        };
        let breakers = self.breakers.to_bytes();
        Answered { status, errand: self.kept, engine: None, detail: Some(detail), breakers }.with(&[])
    }
}
