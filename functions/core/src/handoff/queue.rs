//! Jobs on a queue, on platforms that have one: what is lost when a worker is cut off comes again.
//!
//! A job is worked on at once, by whoever took it; nobody waits for a queue. But first a message about it is given to
//! the queue, which delivers it when the job's lease is over. If the worker has left word by then that it is done, the
//! message has served. Else the job is taken anew, as sweep would, until it succeeds or the queue gives up. Queues
//! deliver at least once, and sometimes two copies at once; the claim on a job's next attempt lets one through.

use serde::{Deserialize, Serialize};

use super::{Until, work};
use crate::error::{Error, Result};
use crate::job::{self, BUDGET_MS, Job, LEASE_MS};
use crate::platform::Platform;

/// From the moment after which nothing is signed to the end of the lease, and a little, since clocks differ.
const AFTER_UNTIL_MS: u64 = LEASE_MS - BUDGET_MS + 500;
/// The shortest pause before a message is looked at again.
const PAUSE_MS: u64 = 3_000;

/// What lies in the queue.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    job: Job,
    until: Until,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The job is done, or no longer wanted: the message has served.
    Done,
    /// The job failed, or somebody else may be at work on it: the message is to come back after so many milliseconds.
    Later(u64),
    /// The job can't be done, and here is why: the message is for people to look at.
    Refused(String),
}

fn done_key(id: &str, until: Until) -> String {
    format!("job:done:{id}:{}", until.0)
}

/// Keeps a job in the queue while it is worked on. False if it isn't kept: there is no queue, or it doesn't take it.
pub(super) async fn keep(platform: &impl Platform, job: &Job, until: Until) -> bool {
    let Ok(message) = serde_json::to_vec(&Message { job: job.clone(), until }) else { return false };
    let delay = until.left(platform.now_ms()) + AFTER_UNTIL_MS;
    platform.enqueue(&message, delay).await.unwrap_or_else(|error| {
        platform.log(&format!("job {}: the queue doesn't take it: {error}", job.id()));
        false
    })
}

/// Leaves word that a job is done. If that fails, the job is looked at once more than needed.
pub(super) async fn done(platform: &impl Platform, job: &Job, until: Until) {
    if let Err(error) = platform.set(&done_key(&job.id(), until), b"").await {
        platform.log(&format!("job {}: {error}", job.id()));
    }
}

/// Works on a message that a queue has delivered.
///
/// # Errors
/// If the message makes no sense or the store fails.
pub async fn resume<P: Platform>(platform: &P, message: &[u8]) -> Result<Progress> {
    let Message { job, until } =
        crate::json::from_slice(message).map_err(|e| Error::json("the message of the queue", &e))?;
    let (id, now) = (job.id(), platform.now_ms());
    if until.check(now, &id).is_ok() {
        return Ok(Progress::Later(until.left(now) + AFTER_UNTIL_MS));
    }
    let key = done_key(&id, until);
    if platform.get(&key).await?.is_some() {
        platform.delete(&key).await?;
        return Ok(Progress::Done);
    }
    if let Some(progress) = standing(platform, &id).await? {
        return Ok(progress);
    }
    if job::retake(platform, &job).await? && work(platform, &job, Until::starting(platform.now_ms())).await {
        return Ok(Progress::Done);
    }
    Ok(standing(platform, &id).await?.unwrap_or(Progress::Later(left(platform, &id).await?)))
}

/// What the job's record says, if there is nothing to do: it is settled (no record) or refused.
async fn standing(platform: &impl Platform, id: &str) -> Result<Option<Progress>> {
    Ok(match job::taken(platform, id).await? {
        None => Some(Progress::Done),
        Some(taken) => taken.refused.map(Progress::Refused),
    })
}

/// How long the job's lease goes on.
async fn left(platform: &impl Platform, id: &str) -> Result<u64> {
    let end = job::taken(platform, id).await?.map_or(0, |taken| taken.taken_ms + LEASE_MS);
    Ok(end.saturating_sub(platform.now_ms()).max(PAUSE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::IInferenceHub::Assurance;
    use crate::handoff::run_all;
    use crate::platform::HttpResponse;
    use crate::testing::deployment::Deployment;
    use crate::testing::{Memory, block_on};

    use std::cell::Cell;
    use std::rc::Rc;

    const DISPATCH: &str = "http://dispatch.spin.internal/jobs";

    /// A house with a job that was taken, the end of its worker's time, and its message.
    fn taken() -> (Deployment, Job, Until, Vec<u8>) {
        let house = Deployment::new();
        let job = house.ask(vec![1, 2, 3].into(), Assurance::Attested);
        assert_eq!(block_on(job::take(&house.platform, &job, None)), Ok(true));
        let until = Until::starting(house.platform.now_ms());
        let message = serde_json::to_vec(&Message { job: job.clone(), until }).expect("JSON");
        (house, job, until, message)
    }

    fn dispatch_answers(platform: &Memory, status: u16) {
        platform.serve(DISPATCH, move |_| Ok(HttpResponse { status, body: b"{}".to_vec() }));
    }

    #[test]
    fn the_message_of_a_job_that_is_done_has_served_and_leaves_nothing() {
        let (Deployment { platform, .. }, job, until, message) = taken();
        block_on(done(&platform, &job, until));
        platform.advance(LEASE_MS);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Done));
        assert!(platform.requests(DISPATCH).is_empty());
        assert!(!platform.keys().iter().any(|key| key.starts_with("job:done:")));
    }

    #[test]
    fn a_job_whose_worker_was_cut_off_is_done_by_one_of_two_copies_of_its_message() {
        let (Deployment { platform, .. }, _, _, message) = taken();
        dispatch_answers(&platform, 200);
        platform.advance(LEASE_MS);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Done));
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Later(LEASE_MS)));
        assert_eq!(platform.requests(DISPATCH).len(), 1);
    }

    #[test]
    fn the_queue_has_all_jobs_of_a_webhook_before_the_first_is_begun() {
        let house = Deployment::new();
        let platform = house.platform.clone().with_queue();
        let jobs: Vec<Job> = (0..40).map(|number| house.ask(vec![number].into(), Assurance::Attested)).collect();
        let (at_work, begun) = (platform.clone(), Rc::new(Cell::new(0)));
        let count = Rc::clone(&begun);
        platform.serve(DISPATCH, move |_| {
            assert_eq!(at_work.queued(), 40);
            count.set(count.get() + 1);
            Ok(HttpResponse { status: 200, body: b"{}".to_vec() })
        });
        block_on(run_all(&platform, &jobs, 8, Until::starting(platform.now_ms())));
        assert_eq!(begun.get(), 40);
        assert_eq!(platform.keys().iter().filter(|key| key.starts_with("job:done:")).count(), 40);
    }

    #[test]
    fn a_message_that_comes_early_disturbs_nobody() {
        let (Deployment { platform, .. }, _, _, message) = taken();
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Later(BUDGET_MS + AFTER_UNTIL_MS)));
        assert!(platform.requests(DISPATCH).is_empty());
    }

    #[test]
    fn a_failure_brings_the_message_back_and_a_settled_job_ends_it() {
        let (Deployment { platform, .. }, job, _, message) = taken();
        dispatch_answers(&platform, 503);
        platform.advance(LEASE_MS);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Later(PAUSE_MS)));
        platform.advance(PAUSE_MS);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Later(PAUSE_MS)));
        assert_eq!(platform.requests(DISPATCH).len(), 2);
        block_on(job::settle(&platform, &job.id())).expect("settled");
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Done));
        assert_eq!(platform.requests(DISPATCH).len(), 2);
    }

    #[test]
    fn a_job_that_cannot_be_done_is_refused_once_that_is_believed() {
        let (Deployment { platform, .. }, _, _, message) = taken();
        dispatch_answers(&platform, 422);
        let mut progress = Progress::Later(LEASE_MS);
        for _ in 0..5 {
            let Progress::Later(ms) = progress else { break };
            platform.advance(ms);
            progress = block_on(resume(&platform, &message)).expect("resumed");
        }
        assert!(matches!(progress, Progress::Refused(_)), "{progress:?}");
    }

    #[test]
    fn a_message_that_makes_no_sense_is_an_error() {
        assert!(block_on(resume(&Memory::deployed(), b"{}")).is_err());
    }
}
