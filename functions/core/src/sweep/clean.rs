//! Forgets jobs of long ago. The chain's events say which there were, so nothing has to be listed.

use super::{State, Sweep};
use crate::chain;
use crate::error::{Error, Result};
use crate::event::Meaning;
use crate::job;
use crate::platform::Platform;

/// Blocks that are cleaned at once.
pub(super) const PAGE: u64 = 500;
/// How old a job's block must be, in seconds. Webhooks are refused long before, so none can bring a forgotten job back.
pub(super) const OLD_S: u64 = 2 * crate::webhook::MAX_AGE_MS / 1000;

impl<P: Platform> Sweep<'_, P> {
    /// Forgets the jobs of the oldest page, but for those that are still open.
    pub(super) async fn clean(&self, state: &mut State) -> Result<()> {
        let mut contracts = self.served.consumers.clone();
        contracts.push(self.served.hub);
        let to = state.kept_from + PAGE - 1;
        let question = chain::work_events(&contracts, state.kept_from, to)?;
        let events = match chain::read_events(self.rpc.batch(vec![question]).await?.remove(0)) {
            Ok(events) => events,
            // A provider that doesn't give so many at once: what stays is a few small keys.
            Err(Error::RpcRefused { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let open = state.waiting.iter().filter(|entry| entry.done_at.is_none());
        let open: Vec<String> = open.map(super::Waiting::id).collect();
        for event in &events {
            if let Meaning::Job(job) = self.served.meaning(event)
                && !open.contains(&job.id())
            {
                job::forget(self.platform, &job.id()).await?;
            }
        }
        state.kept_from = to + 1;
        Ok(())
    }
}
