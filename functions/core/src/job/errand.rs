//! Jobs that are with a server which runs models ([`crate::remote`]): who has them, and what is told of them.

use super::{Job, LEASE_MS, Taken, record, retake, taken};
use crate::error::Result;
use crate::platform::Platform;

/// Notes who has a job now that runs models.
///
/// # Errors
/// If the store fails.
pub async fn send_out(platform: &impl Platform, id: &str, errand: String) -> Result<()> {
    let Some(last) = taken(platform, id).await? else { return Ok(()) };
    record(platform, &Taken { errand: Some(errand), ..last }).await
}

/// Takes a job again at once, of which whoever runs models has told something that is kept with it. None if somebody else
/// just took it, or if the job is nobody's any more.
///
/// # Errors
/// If the store fails.
pub async fn wake(platform: &impl Platform, id: &str, told: &str) -> Result<Option<Job>> {
    let Some(mut last) = taken(platform, id).await? else { return Ok(None) };
    let job = last.job.clone();
    (last.taken_ms, last.refused) = (platform.now_ms().saturating_sub(LEASE_MS), None);
    if let Some(errand) = last.errand.as_mut().filter(|errand| !told.is_empty() && !errand.contains('\n')) {
        *errand += "\n";
        *errand += told;
    }
    record(platform, &last).await?;
    Ok(retake(platform, &job).await?.then_some(job))
}
