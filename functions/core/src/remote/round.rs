//! One look for a worker that answers.

use super::breaker::Breakers;
use super::client::WRONG;
use super::cog;
use super::message::{Answered, Asked};
use super::tensors::{Made, Question};
use super::worker::{Errand, Reply, Worker};
use crate::config;
use crate::error::Result;
use crate::handoff::Until;
use crate::http::Response;
use crate::platform::Platform;
use crate::together::join_all;

/// Time that is left for what comes after an answer: pinning, signing, sending.
const AFTER_MS: u64 = 5_000;
/// How long a worker may be at work on a job, unless the settings say otherwise.
const PATIENCE_S: u64 = 300;

/// Has a question answered.
///
/// # Errors
/// If the settings make no sense, or the question.
pub(super) async fn run<P: Platform>(platform: &P, asked: Asked, until: Until) -> Result<Response> {
    let question = Question::read(&asked)?;
    let mut workers = Worker::configured(platform).await?;
    let patience_ms = until.left(platform.now_ms()).saturating_sub(AFTER_MS);
    let id = Some(asked.id.as_str()).filter(|id| !id.is_empty());
    let errand = Errand { id, model: asked.model, question: &question, patience_ms };
    let breakers = Breakers::read(&asked.breakers);
    let mut round = Round { platform, errand, breakers, faults: Faults::default(), kept: String::new() };
    let (sent, told) = asked.errand.split_once('\n').unwrap_or((&asked.errand, ""));
    let (is_wrong, sent) = sent.strip_prefix(WRONG).map_or((false, sent), |sent| (true, sent));
    if let Some((since_ms, url)) = read_errand(sent)
        && let Some(place) = workers.iter().position(|worker| worker.url == url)
    {
        let reply = match told {
            _ if is_wrong => Reply::Failed("its answer was wrong".into()),
            "" => round.look_after(&workers[place], since_ms).await?,
            told => cog::read(&question, told.as_bytes()),
        };
        let worker = workers.remove(place);
        round.kept = match &reply {
            // It would give the same again.
            _ if is_wrong => asked.errand.clone(),
            Reply::Full => sent.into(),
            _ => String::new(),
        };
        let reply = if reply == Reply::Unknown { worker.give(&round.errand).await? } else { reply };
        if let Some(answer) = round.weigh(&worker, reply, since_ms) {
            return answer;
        }
    }
    for worker in round.by_load(workers).await {
        let reply = worker.give(&round.errand).await?;
        if let Some(answer) = round.weigh(&worker, reply, platform.now_ms()) {
            return answer;
        }
    }
    round.nobody()
}

/// Since when a worker has a job, and its URL, out of [`Answered::errand`].
fn read_errand(errand: &str) -> Option<(u64, &str)> {
    let (since_ms, url) = errand.split_once(' ')?;
    Some((since_ms.parse().ok()?, url))
}

struct Round<'a, P> {
    platform: &'a P,
    errand: Errand<'a>,
    breakers: Breakers,
    faults: Faults,
    /// The errand of a worker that can't be asked now.
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
    /// How far the worker is that has the job.
    async fn look_after(&mut self, worker: &Worker<'_, P>, since_ms: u64) -> Result<Reply> {
        let now_ms = self.platform.now_ms();
        if !self.breakers.allow_for(&worker.url, since_ms, now_ms) {
            return Ok(Reply::Full);
        }
        let patience_s = config::parsed_or(self.platform, "worker_patience", "a number of seconds", PATIENCE_S).await?;
        let is_late = now_ms > since_ms.saturating_add(patience_s.saturating_mul(1_000));
        Ok(match worker.poll(&self.errand).await? {
            Reply::Later | Reply::Full if is_late => {
                Reply::Failed(format!("it was at work for more than {patience_s} s"))
            }
            Reply::Full => Reply::Later,
            other => other,
        })
    }

    /// Those that may be asked, who has least to do first.
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
                Some(load) => able.push((load, worker)),
                None => self.failed(&worker, "it doesn't say how it is".into()),
            }
        }
        able.sort_by_key(|(load, _)| *load);
        able.into_iter().map(|(_, worker)| worker).collect()
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
                self.faults.passing.push("it has no room".into());
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
