//! Answers that are made and pinned, and wait for the chain: until the request lies deep enough in it, or until votes may
//! be shown. They are kept, so that nobody has to make them again.

use super::{Answer, Outcome};
use crate::error::{Error, Result};
use crate::job::{self, Job};
use crate::platform::Platform;

/// Keeps an answer for which it is too early, as long as its job is somebody's. Gives the outcome that it was given.
pub(super) async fn keep_if_early(
    platform: &impl Platform,
    job: &Job,
    answer: &Answer,
    outcome: Outcome,
) -> Result<Outcome> {
    let id = job.id();
    if outcome == Outcome::Early && job::taken(platform, &id).await?.is_some() {
        let bytes =
            serde_json::to_vec(answer).map_err(|e| Error::Internal(format!("an answer has no JSON form: {e}")))?;
        job::keep_answer(platform, &id, &bytes).await?;
    }
    Ok(outcome)
}

/// The answer that was made for this very job, if it is kept.
///
/// # Errors
/// If the store fails.
pub async fn ready<P: Platform>(platform: &P, job: &Job) -> Result<Option<Answer>> {
    let Some(bytes) = job::kept_answer(platform, &job.id()).await? else { return Ok(None) };
    // One that can't be read is made again.
    let answer = crate::json::from_slice(&bytes).ok();
    let is_for_it = |answer: &Answer| match answer {
        Answer::Fulfil { job: made_for, .. } | Answer::Execute { job: made_for } => made_for == job,
        _ => false,
    };
    Ok(answer.filter(is_for_it))
}
