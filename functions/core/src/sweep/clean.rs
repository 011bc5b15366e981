//! Forgets jobs of long ago. The chain's events say which there were, so nothing has to be listed.

use super::{State, Sweep};
use crate::error::Result;
use crate::event::Meaning;
use crate::job;
use crate::platform::Platform;

/// Blocks that are cleaned at once.
pub(super) const PAGE: u64 = 500;
/// How old a job's block must be, in seconds. Webhooks are refused long before, so none can bring a forgotten job back.
pub(super) const OLD_S: u64 = 2 * crate::webhook::MAX_AGE_MS / 1000;

impl<P: Platform> Sweep<'_, P> {
    /// Forgets the jobs of the oldest page, but for those that are still open. What can't be read now stays: it is a few
    /// small keys.
    pub(super) async fn clean(&self, state: &mut State) {
        if let Err(error) = self.forget(state).await {
            self.platform.log(&format!("sweep: jobs of long ago: {error}"));
        }
        state.kept_from += PAGE;
    }

    async fn forget(&self, state: &State) -> Result<()> {
        let mut contracts = self.served.consumers.clone();
        contracts.push(self.served.hub);
        let events = self.events(&contracts, state.kept_from, state.kept_from + PAGE - 1).await?;
        let open = state.waiting.iter().filter(|entry| entry.done_at.is_none());
        let open: Vec<String> = open.map(super::Waiting::id).collect();
        for event in &events {
            if let Meaning::Job(job) = self.served.meaning(event)
                && !open.contains(&job.id())
            {
                job::forget(self.platform, &job.id()).await?;
            }
        }
        Ok(())
    }
}
