//! For a wrong picture that nobody shows: some of its tiles are demanded on chain. A tile that is shown and wrong proves
//! fraud; one that is not shown voids the answer.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::{SolCall, SolEvent};
use serde::Deserialize;
use serde_json::json;
use verdigris_core::abi::IInferenceHub::{self, Opening, TileDemanded, TileShown, showTileCall};
use verdigris_model::picture::{Painter, TILE_BYTES, TILE_SIDE};

use super::{Case, Outcome, fault};
use crate::error::CliError;

/// How often the chain is asked for tiles.
const POLL: Duration = Duration::from_millis(500);

/// A tile that was demanded, and the last second at which it may be shown.
struct Demanded {
    watcher: Address,
    index: u32,
    answer_by: u64,
}

impl Case<'_> {
    /// Demands tiles and waits for what is shown. `why` says why the picture isn't at hand.
    pub(super) async fn demand(&self, painter: &Painter, size: u16, why: String) -> Result<Outcome, CliError> {
        let Some(key) = &self.watcher.key else {
            return Ok(Outcome::Wrong(format!("another pixel root; {why}")));
        };
        let across = u32::from(size).div_ceil(TILE_SIDE as u32);
        let open = self.demand_some(across * across).await?;
        let own: Vec<u32> = open.iter().filter(|tile| tile.watcher == key.address()).map(|tile| tile.index).collect();
        let outcome = self.see(painter, size, open, &why).await?;
        for index in own {
            // Refused for tiles that were shown, whose deposits are the proposer's, and for the one that ended it all.
            let call = IInferenceHub::reclaimDepositCall { requestId: self.proposal.request_id, index };
            let _ = self.send(&call, U256::ZERO).await;
        }
        Ok(outcome)
    }

    /// Waits until a demanded tile is shown wrong or not shown in time, or all are shown.
    async fn see(&self, painter: &Painter, size: u16, mut open: Vec<Demanded>, why: &str) -> Result<Outcome, CliError> {
        let mut looked_at = HashSet::new();
        loop {
            for log in self.logs_since(TileShown::SIGNATURE_HASH).await? {
                let (Ok(told), Some(transaction)) = (TileShown::decode_log(&log.inner), log.transaction_hash) else {
                    continue;
                };
                let index = told.index;
                open.retain(|tile| tile.index != index);
                if looked_at.insert((transaction, index))
                    && let Ok(right) = fault::tile(painter, size, index)
                    && fault::in_tile(&right, Opening { index, tile: told.tile, proof: vec![] }).is_some()
                {
                    return self.challenge_shown(transaction, &right, index).await;
                }
            }
            let now = self.watcher.chain.now().await?;
            if let Some(tile) = open.iter().find(|tile| now > tile.answer_by) {
                return self.void(tile.index).await;
            }
            if !self.watcher.stands(self.proposal).await? {
                return Ok(Outcome::Over);
            }
            if open.is_empty() {
                let shown = looked_at.len();
                return Ok(Outcome::Unprovable(format!(
                    "its pixel root is wrong, but {why}, and the {shown} tiles that were shown are right"
                )));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Challenges a tile that was shown in this transaction, and is wrong.
    async fn challenge_shown(
        &self,
        transaction: B256,
        right: &[u8; TILE_BYTES],
        index: u32,
    ) -> Result<Outcome, CliError> {
        match self.opening(transaction, index).await?.and_then(|opening| fault::in_tile(right, opening)) {
            Some(fault) => self.challenge_pixel(fault).await,
            None => Ok(Outcome::Unprovable(format!(
                "tile {index} is wrong, but this node doesn't say how it was shown (transaction {transaction}): name one \
                 that gives traces"
            ))),
        }
    }

    /// Demands tiles at random, as many as may be, but for those that are demanded already.
    async fn demand_some(&self, tiles: u32) -> Result<Vec<Demanded>, CliError> {
        let request_id = self.proposal.request_id;
        let deposit = IInferenceHub::demandDepositOfCall { requestId: request_id };
        let deposit = self.watcher.chain.read(self.watcher.hub, &deposit).await?;
        let logs = self.logs_since(TileDemanded::SIGNATURE_HASH).await?;
        let mut open: Vec<Demanded> = logs.iter().filter_map(demanded).collect();
        for index in some_of(tiles, self.watcher.max_demands)? {
            if open.iter().any(|tile| tile.index == index) {
                continue;
            }
            let call = IInferenceHub::demandTileCall { requestId: request_id, index };
            match self.send(&call, deposit).await {
                Ok(mined) => open.extend(mined.iter().flat_map(|mined| &mined.logs).filter_map(demanded)),
                // The time for demands ends with the first window; what was demanded until then still counts.
                Err(_) if !open.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(open)
    }

    /// Voids the proposal for a tile that wasn't shown in time.
    async fn void(&self, index: u32) -> Result<Outcome, CliError> {
        let call = IInferenceHub::voidProposalCall { requestId: self.proposal.request_id, index };
        let what = format!("its pixel root is wrong and tile {index} was not shown");
        self.strike(&call, what).await
    }

    async fn logs_since(&self, event: B256) -> Result<Vec<Log>, CliError> {
        let newest = self.watcher.chain.block_number().await?;
        let topics = [json!(event), json!(self.proposal.request_id)];
        self.watcher.chain.logs(self.watcher.hub, &topics, self.proposal.block, newest).await
    }

    /// A shown tile's path to the root. It is no part of the log, so it is taken from the call: the transaction itself, or
    /// one that it led to, if the node tells of those.
    async fn opening(&self, transaction: B256, index: u32) -> Result<Option<Opening>, CliError> {
        let chain = &self.watcher.chain;
        let call: Call = chain.call("eth_getTransactionByHash", json!([transaction])).await?;
        if let Some(opening) = self.opening_in(&call, index) {
            return Ok(Some(opening));
        }
        let traced = chain.call("debug_traceTransaction", json!([transaction, { "tracer": "callTracer" }])).await;
        let mut open: Vec<Call> = traced.into_iter().collect();
        while let Some(call) = open.pop() {
            if let Some(opening) = self.opening_in(&call, index) {
                return Ok(Some(opening));
            }
            open.extend(call.calls);
        }
        Ok(None)
    }

    fn opening_in(&self, call: &Call, index: u32) -> Option<Opening> {
        if call.to != Some(self.watcher.hub) {
            return None;
        }
        let shown = showTileCall::abi_decode(&call.input).ok()?;
        let fits = shown.requestId == self.proposal.request_id && shown.opening.index == index;
        fits.then_some(shown.opening)
    }
}

/// A transaction, or a call inside one.
#[derive(Deserialize)]
struct Call {
    to: Option<Address>,
    input: Bytes,
    #[serde(default)]
    calls: Vec<Self>,
}

fn demanded(log: &Log) -> Option<Demanded> {
    let told = TileDemanded::decode_log(&log.inner).ok()?;
    Some(Demanded { watcher: told.watcher, index: told.index, answer_by: told.answerBy })
}

/// Some numbers below `count`, drawn at random so that nobody knows beforehand which tiles will be asked for.
fn some_of(count: u32, most: u32) -> Result<BTreeSet<u32>, CliError> {
    let mut some = BTreeSet::new();
    let wanted = most.min(count) as usize;
    while some.len() < wanted {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| CliError::Stack(format!("no random numbers: {error}")))?;
        // The bias is at most 2^-32.
        some.insert((u64::from_le_bytes(bytes) % u64::from(count)) as u32);
    }
    Ok(some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_different_tiles_are_chosen_as_wanted_and_there_are() {
        for (count, most, chosen) in [(4096, 8, 8), (3, 8, 3), (1, 1, 1), (64, 0, 0)] {
            let some = some_of(count, most).expect("random numbers");
            assert_eq!(some.len(), chosen);
            assert!(some.iter().all(|index| *index < count));
        }
    }
}
