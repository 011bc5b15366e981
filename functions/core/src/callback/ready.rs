//! Answers that are made and pinned, and wait for the chain: until the request lies deep enough in it, or until votes may
//! be shown. They are kept, so that nobody has to make them again.

use super::Answer;
use crate::error::{Error, Result};
use crate::job::{self, Job};
use crate::platform::Platform;

/// Keeps an answer as long as its job is somebody's.
pub(super) async fn keep(platform: &impl Platform, job: &Job, answer: &Answer) -> Result<()> {
    let id = job.id();
    if job::taken(platform, &id).await?.is_none() {
        return Ok(());
    }
    let bytes = serde_json::to_vec(answer).map_err(|e| Error::Internal(format!("an answer has no JSON form: {e}")))?;
    job::keep_answer(platform, &id, &bytes).await
}

/// The answer that was made for this very job, if it is kept.
///
/// # Errors
/// If the store fails.
pub async fn ready<P: Platform>(platform: &P, job: &Job) -> Result<Option<Answer>> {
    let Some(bytes) = job::kept_answer(platform, &job.id()).await? else { return Ok(None) };
    // One that can't be read is made again.
    let answer = serde_json::from_slice(&bytes).ok();
    Ok(answer.filter(|answer| matches!(answer, Answer::Fulfil { job: made_for, .. } if made_for == job)))
}
