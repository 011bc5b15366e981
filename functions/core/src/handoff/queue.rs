//! Jobs on a queue, on platforms that have one: a worker that is cut off loses nothing, since the message comes back.
//!
//! Queues deliver at least once, so two deliveries of one message may overlap. The first delivery within the job's
//! lease works under that lease, by a claim of its own; every other one has to take the job anew, as sweep would.

use serde::{Deserialize, Serialize};

use super::{Until, work};
use crate::error::{Error, Result};
use crate::job::{self, Job, LEASE_MS};
use crate::platform::Platform;

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

/// Puts a job in the queue. False if the platform has none.
pub(super) async fn give<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<bool> {
    let message = serde_json::to_vec(&Message { job: job.clone(), until })
        .map_err(|e| Error::Internal(format!("a job has no JSON form: {e}")))?;
    Ok(platform.enqueue(&message).await?)
}

/// Works on a message that a queue has delivered.
///
/// # Errors
/// If the message makes no sense or the store fails.
pub async fn resume<P: Platform>(platform: &P, message: &[u8]) -> Result<Progress> {
    let Message { job, until } =
        serde_json::from_slice(message).map_err(|e| Error::json("the message of the queue", &e))?;
    let id = job.id();
    let claim = format!("claim:queue:{id}:{}", until.0);
    let is_first = until.check(platform.now_ms(), &id).is_ok() && platform.claim(&claim).await?;
    if let Some(progress) = standing(platform, &id).await? {
        return end(platform, &claim, progress).await;
    }
    let until = match is_first {
        true => until,
        false if job::retake(platform, &job).await? => Until::starting(platform.now_ms()),
        false => return later(platform, &id).await,
    };
    if work(platform, &job, until).await {
        return end(platform, &claim, Progress::Done).await;
    }
    match standing(platform, &id).await? {
        Some(progress) => end(platform, &claim, progress).await,
        None => later(platform, &id).await,
    }
}

/// What the job's record says, if there is nothing to do: it is settled (no record) or refused.
async fn standing(platform: &impl Platform, id: &str) -> Result<Option<Progress>> {
    Ok(match job::taken(platform, id).await? {
        None => Some(Progress::Done),
        Some(taken) => taken.refused.map(Progress::Refused),
    })
}

/// When the job's lease will be over.
async fn later(platform: &impl Platform, id: &str) -> Result<Progress> {
    let Some(taken) = job::taken(platform, id).await? else { return Ok(Progress::Done) };
    let left = (taken.taken_ms + LEASE_MS).saturating_sub(platform.now_ms());
    Ok(Progress::Later(left.max(PAUSE_MS)))
}

/// The message won't come again, so its claim has served.
async fn end(platform: &impl Platform, claim: &str, progress: Progress) -> Result<Progress> {
    platform.delete(claim).await?;
    Ok(progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::HttpResponse;
    use crate::testing::{Memory, block_on, job_for};

    const DISPATCH: &str = "http://dispatch.spin.internal/jobs";

    fn message(platform: &Memory) -> (Job, Vec<u8>) {
        let job = job_for(vec![1, 2, 3].into());
        assert_eq!(block_on(job::take(platform, &job)), Ok(true));
        let until = Until::starting(platform.now_ms());
        let message = serde_json::to_vec(&Message { job: job.clone(), until }).expect("JSON");
        (job, message)
    }

    fn dispatch_answers(platform: &Memory, status: u16) {
        platform.serve(DISPATCH, move |_| Ok(HttpResponse { status, body: b"{}".to_vec() }));
    }

    #[test]
    fn a_message_is_worked_off_under_the_lease_it_was_given_with() {
        let platform = Memory::deployed();
        let (_, message) = message(&platform);
        dispatch_answers(&platform, 200);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Done));
        assert_eq!(platform.requests(DISPATCH).len(), 1);
        assert!(!platform.keys().iter().any(|key| key.starts_with("claim:queue:")));
    }

    #[test]
    fn a_second_delivery_waits_while_the_first_is_at_work_and_takes_over_when_that_has_died() {
        let platform = Memory::deployed();
        let (job, message) = message(&platform);
        let until = Until::starting(platform.now_ms());
        // The first delivery died right after its claim.
        assert_eq!(block_on(platform.claim(&format!("claim:queue:{}:{}", job.id(), until.0))), Ok(true));
        dispatch_answers(&platform, 200);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Later(LEASE_MS)));
        assert!(platform.requests(DISPATCH).is_empty());
        platform.advance(LEASE_MS);
        assert_eq!(block_on(resume(&platform, &message)), Ok(Progress::Done));
        assert_eq!(platform.requests(DISPATCH).len(), 1);
    }

    #[test]
    fn a_failure_brings_the_message_back_and_a_settled_job_ends_it() {
        let platform = Memory::deployed();
        let (job, message) = message(&platform);
        dispatch_answers(&platform, 503);
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
        let platform = Memory::deployed();
        let (_, message) = message(&platform);
        dispatch_answers(&platform, 422);
        let mut progress = block_on(resume(&platform, &message)).expect("resumed");
        for _ in 0..4 {
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
