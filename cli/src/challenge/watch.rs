//! Follows a hub's bonded answers and examines every one, whatever the node does meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use serde_json::json;
use tokio::task::JoinSet;
use verdigris_core::abi::IInferenceHub::AnswerProposed;
use verdigris_provenance::escaped;

use super::{Outcome, Proposal, Watcher};
use crate::error::CliError;

/// How many blocks are read again each time: those that a reorganisation may replace.
const AGAIN: u64 = 12;

/// How many proposals are followed at once; the others wait on the chain.
const FOLLOWED: usize = 1_024;

/// The first and the longest pause after an error.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// Watches until the process ends.
pub async fn watch(watcher: Arc<Watcher>, poll: Duration) {
    let mut scan = Scan { next: watcher.first_block, seen: HashMap::new() };
    let mut followed = JoinSet::new();
    let mut pause = PAUSES.0;
    loop {
        while followed.try_join_next().is_some() {}
        if followed.len() < FOLLOWED {
            match scan.step(&watcher).await {
                Ok(proposals) => {
                    pause = PAUSES.0;
                    for proposal in proposals {
                        followed.spawn(follow(Arc::clone(&watcher), proposal));
                    }
                }
                Err(error) => {
                    println!("! the chain can't be read: {}; trying again", escaped(&error.to_string()));
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(PAUSES.1);
                }
            }
        }
        tokio::time::sleep(poll).await;
    }
}

/// Examines a proposal until something came of it.
async fn follow(watcher: Arc<Watcher>, proposal: Proposal) {
    let mut pause = PAUSES.0;
    loop {
        match watcher.examine(&proposal).await {
            Ok(Outcome::Over) => return,
            Ok(outcome) => {
                let outcome = outcome.to_string();
                let (request, model) = (proposal.request_id, proposal.model_id);
                return println!("request {request} of model {model}: {}", escaped(&outcome));
            }
            Err(error) => {
                println!("! request {}: {}; trying again", proposal.request_id, escaped(&error.to_string()));
            }
        }
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(PAUSES.1);
    }
}

/// How far the chain is read.
struct Scan {
    next: u64,
    /// Proposals of the blocks that are read again, by their block's hash and their log, with their block.
    seen: HashMap<(B256, u64), u64>,
}

impl Scan {
    /// The proposals that weren't there before, in the next blocks.
    async fn step(&mut self, watcher: &Watcher) -> Result<Vec<Proposal>, CliError> {
        let newest = watcher.chain.block_number().await?;
        let from = self.next.saturating_sub(AGAIN).max(watcher.first_block);
        let to = newest.min(from + AGAIN + watcher.span);
        if to < from {
            return Ok(Vec::new());
        }
        let topics = [json!(AnswerProposed::SIGNATURE_HASH)];
        let logs = watcher.chain.logs(watcher.hub, &topics, from, to).await?;
        let mut found = Vec::new();
        for log in &logs {
            let (Some(proposal), Some(block_hash)) = (Proposal::read(log), log.block_hash) else {
                continue;
            };
            let (block, index) = proposal.place;
            if self.seen.insert((block_hash, index), block).is_none() {
                found.push(proposal);
            }
        }
        self.next = to + 1;
        self.seen.retain(|_, block| *block + AGAIN + 1 > to);
        Ok(found)
    }
}
