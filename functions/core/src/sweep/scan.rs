//! Reads the chain's events page by page, from where the last sweep stopped.

use std::collections::BTreeMap;

use alloy_primitives::B256;

use super::{State, Sweep, Waiting};
use crate::chain;
use crate::error::{Error, Result};
use crate::event::Meaning;
use crate::job::Job;
use crate::platform::Platform;

/// Blocks before the last seen one that are read again, since a chain may have dropped and replaced them.
pub(super) const REORG_DEPTH: u64 = 64;
/// Blocks of a page; what every provider allows.
const PAGE: u64 = 1_000;
/// Most pages of one sweep; the next one goes on.
const MAX_PAGES: usize = 8;
/// Most open things that are kept; beyond that, sweep doesn't go on to later blocks.
pub(super) const MAX_WAITING: usize = 1_000;

/// An event that was read just now.
pub(super) struct Found {
    pub(super) job: Job,
    pub(super) block: u64,
}

/// What was read just now.
#[derive(Default)]
pub(super) struct Scanned {
    /// The jobs, by id.
    pub(super) jobs: BTreeMap<String, Found>,
    /// Tiles that were shown: request, tile, block.
    pub(super) shown: Vec<(B256, u32, u64)>,
    /// The first block that was not read.
    pub(super) next_block: u64,
}

impl<P: Platform> Sweep<'_, P> {
    /// What is in the blocks that are due to be read.
    pub(super) async fn scan(&self, state: &State, start_block: u64) -> Result<Scanned> {
        let head: u64 = self.head.number.to();
        let mut contracts = self.served.consumers.clone();
        contracts.push(self.served.hub);
        let mut found = Scanned::default();
        let mut from = state.next_block.min(head + 1).saturating_sub(REORG_DEPTH).max(start_block);
        let mut length = PAGE;
        for _ in 0..MAX_PAGES {
            if from > head || found.jobs.len() > MAX_WAITING {
                break;
            }
            let to = head.min(from + length - 1);
            let answer = self.rpc.batch(vec![chain::work_events(&contracts, from, to)?]).await?.remove(0);
            let events = match chain::read_events(answer) {
                Ok(events) => events,
                // Providers limit the range or the number of logs.
                Err(Error::RpcRefused { .. }) if length > 1 => {
                    length = length.div_ceil(8);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for event in events {
                match self.served.meaning(&event) {
                    Meaning::Job(job) => drop(found.jobs.insert(job.id(), Found { job, block: event.block })),
                    Meaning::Shown { request_id, index } => found.shown.push((request_id, index, event.block)),
                    Meaning::Retracted(_) | Meaning::Foreign => {}
                }
            }
            from = to + 1;
        }
        found.next_block = from.max(state.next_block.min(head + 1));
        Ok(found)
    }
}

impl State {
    /// Keeps what is open, the oldest first. What doesn't fit will be read again from its block; what is done gives way.
    pub(super) fn keep(&mut self, mut waiting: Vec<Waiting>) {
        if waiting.len() > MAX_WAITING {
            waiting.retain(|entry| entry.done_at.is_none());
        }
        waiting.sort_by_key(|entry| entry.block);
        if let Some(first_left_out) = waiting.get(MAX_WAITING) {
            self.next_block = self.next_block.min(first_left_out.block);
            waiting.truncate(MAX_WAITING);
        }
        self.waiting = waiting;
    }
}
