//! Reads the chain's events page by page, from where the last sweep stopped.

use std::collections::BTreeMap;
use std::ops::Range;

use alloy_primitives::{Address, B256, keccak256};

use super::{State, Sweep, Waiting};
use crate::chain;
use crate::error::{Error, Result};
use crate::event::{Event, Meaning};
use crate::job::Job;
use crate::platform::Platform;

/// Blocks before the last seen one that are read again, since a chain may have dropped and replaced them.
pub(super) const REORG_DEPTH: u64 = 64;
/// Blocks of a page; what every provider allows.
const PAGE: u64 = 1_000;
/// Most bytes of a page, as of other answers.
const MAX_PAGE: usize = 8 << 20;
/// Most bytes of a single block's events: what fits into the gas of the largest blocks, with inputs of zeros.
const MAX_BLOCK: usize = 32 << 20;
/// Most pages of one sweep; the next one goes on.
const MAX_PAGES: usize = 8;
/// Most pages of one sweep that reads short ones, until it has come further than the one before: more than
/// [`REORG_DEPTH`] blocks one by one.
const MAX_SHORT_PAGES: usize = 3 * REORG_DEPTH as usize;
/// Most open things that are kept; beyond that, sweep doesn't go on to later blocks.
pub(super) const MAX_WAITING: usize = 1_000;

/// An event that was read just now.
pub(super) struct Found {
    pub(super) job: Job,
    pub(super) block: u64,
    /// Whether it was known before.
    pub(super) waited: bool,
}

/// What was read just now.
#[derive(Default)]
pub(super) struct Scanned {
    /// The jobs, by id.
    pub(super) jobs: BTreeMap<String, Found>,
    /// For each block with jobs, a digest of these: if that is the same again, so are they. A node may know a block before
    /// it finds all its events.
    pub(super) blocks: Vec<(u64, B256)>,
    /// Tiles that were shown: request, tile, block.
    pub(super) shown: Vec<(B256, u32, u64)>,
    /// The first block that was not read.
    pub(super) next_block: u64,
    /// The first block that is still to be read again.
    pub(super) read_again: Option<u64>,
}

impl Scanned {
    /// Adds a job that an event in this block asks for.
    fn found(&mut self, job: Job, block: u64) {
        let id = job.id();
        let begun = self.blocks.pop_if(|(number, _)| *number == block).map_or(B256::ZERO, |(_, digest)| digest);
        let digest = keccak256([begun.as_slice(), &block.to_be_bytes(), id.as_bytes()].concat());
        self.blocks.push((block, digest));
        self.jobs.insert(id, Found { job, block, waited: false });
    }
}

impl<P: Platform> Sweep<'_, P> {
    /// What is in the blocks that are due to be read, and in some of those that are to be read again.
    pub(super) async fn scan(&self, state: &State, start_block: u64) -> Result<Scanned> {
        let head: u64 = self.head.number.to();
        let mut found = Scanned::default();
        let due = state.next_block.min(head + 1);
        let from = due.saturating_sub(REORG_DEPTH).max(start_block);
        found.next_block = self.read(&mut found, from..head + 1, state.next_block).await?.max(due);
        if let Some(again) = state.read_again.filter(|again| *again < from) {
            // Nodes may not give what is long ago, and what is new must not wait for that.
            let next = self.read(&mut found, again..from, again).await.unwrap_or_else(|error| {
                self.platform.log(&format!("sweep: blocks from {again} on are still to be read again: {error}"));
                again
            });
            found.read_again = (next < from).then_some(next);
        }
        Ok(found)
    }

    /// Reads blocks, page by page, at least up to `beyond`; gives the first that was not read.
    async fn read(&self, found: &mut Scanned, blocks: Range<u64>, beyond: u64) -> Result<u64> {
        let mut contracts = self.served.consumers.clone();
        contracts.push(self.served.hub);
        let (mut from, mut length) = (blocks.start, PAGE);
        for pages in 0..MAX_SHORT_PAGES {
            let is_enough = pages >= MAX_PAGES && from > beyond;
            if from >= blocks.end || is_enough || found.jobs.len() > MAX_WAITING {
                break;
            }
            let to = (blocks.end - 1).min(from + length - 1);
            let events = match self.events(&contracts, from, to).await {
                Ok(events) => events,
                // Providers limit the range or the number of logs.
                Err(error) if length > 1 && matches!(*error, Error::RpcRefused { .. }) => {
                    length = length.div_ceil(8);
                    continue;
                }
                // Too long, or too long in coming. The chain answers by and large: it has just said where its head is.
                Err(error) if length > 1 && matches!(*error, Error::RpcUnreachable { .. }) => {
                    length = length.div_ceil(32);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for event in events {
                match self.served.meaning(&event) {
                    Meaning::Job(job) => found.found(job, event.block),
                    Meaning::Shown { request_id, index } => found.shown.push((request_id, index, event.block)),
                    Meaning::Retracted(_) | Meaning::Foreign => {}
                }
            }
            from = to + 1;
            length = (2 * length).min(PAGE);
        }
        Ok(from)
    }

    /// The events of some blocks. A single one may have many: anybody may fill a block with requests.
    pub(super) async fn events(&self, contracts: &[Address], from: u64, to: u64) -> Result<Vec<Event>> {
        let question = chain::work_events(contracts, from, to)?;
        let most = if from == to { MAX_BLOCK } else { MAX_PAGE };
        chain::read_events(self.rpc.batch_seen(vec![question], to, most).await?.remove(0))
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
            self.seen.clear();
            waiting.truncate(MAX_WAITING);
        }
        self.waiting = waiting;
    }
}
