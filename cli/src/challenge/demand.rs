//! For a wrong picture that nobody shows: the leaves of its tree are demanded on chain, then the tile whose right leaf is
//! not among them. That tile is shown wrong, which proves fraud, or not shown, which voids the answer.

use std::collections::HashSet;
use std::time::Duration;

use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::SolEvent;
use serde_json::json;
use verdigris_core::abi::IInferenceHub::{self, LeavesShown, TileDemanded, TileShown};
use verdigris_core::job::LEAVES;
use verdigris_model::picture::{Painter, TILE_BYTES, tile_leaf};

use super::{Case, Outcome, background, fault};
use crate::error::CliError;

/// How often the chain is asked for what is shown.
const POLL: Duration = Duration::from_millis(500);

/// A tile that a tree should hold and doesn't.
struct Missing {
    index: u32,
    right: [u8; TILE_BYTES],
}

impl Case<'_> {
    /// Demands what proves the picture wrong. `why` says why it isn't at hand.
    pub(super) async fn demand(&self, painter: &Painter, size: u16, why: String) -> Result<Outcome, CliError> {
        if self.watcher.key.is_none() {
            return Ok(Outcome::Wrong(format!("another pixel root; {why}")));
        }
        let mut own = Vec::new();
        let outcome = self.corner(painter, size, &mut own).await;
        for index in own {
            // Refused while the proposal stands, and for the demand that voided it.
            let call = IInferenceHub::reclaimDepositCall { requestId: self.proposal.request_id, index };
            let _ = self.send(&call, U256::ZERO).await;
        }
        outcome
    }

    /// Leaves first, then the tile. `own` gets the demands that were made here.
    async fn corner(&self, painter: &Painter, size: u16, own: &mut Vec<u32>) -> Result<Outcome, CliError> {
        let leaves = match self.see::<LeavesShown>(LEAVES, own, |_| true).await? {
            Ok(shown) => shown.leaves.into_iter().collect(),
            Err(outcome) => return Ok(outcome),
        };
        let painter = painter.clone();
        let found = background(&self.watcher.drawing, move || missing(&painter, size, &leaves)).await?;
        // The same leaves would have the right root: then a node told something else than the chain.
        let found =
            found.ok_or_else(|| CliError::malformed("the leaves that were shown", "they are the right ones"))?;
        let Missing { index, right } = found;
        let shown = self.see::<TileShown>(index, own, |shown| shown.opening.index == index).await?;
        match shown.map(|shown| fault::in_tile(&right, shown.opening)) {
            Ok(Some(fault)) => self.challenge_pixel(fault).await,
            Ok(None) => Err(CliError::malformed(format!("tile {index} as it was shown"), "it is right")),
            Err(outcome) => Ok(outcome),
        }
    }

    /// Demands a part, unless somebody has, and waits until it is shown; the inner error is what came of it otherwise.
    async fn see<E: SolEvent>(
        &self,
        index: u32,
        own: &mut Vec<u32>,
        is_it: impl Fn(&E) -> bool,
    ) -> Result<Result<E, Outcome>, CliError> {
        let answer_by = self.demanded(index, own).await?;
        loop {
            let shown = self.logs_since(E::SIGNATURE_HASH).await?;
            let shown = shown.iter().filter_map(|log| E::decode_log(&log.inner).ok());
            if let Some(shown) = shown.map(|log| log.data).find(&is_it) {
                return Ok(Ok(shown));
            }
            if !self.watcher.stands(self.proposal).await? {
                return Ok(Err(Outcome::Over));
            }
            if self.watcher.chain.now().await? > answer_by {
                return self.void(index).await.map(Err);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The last second at which a part may be shown.
    async fn demanded(&self, index: u32, own: &mut Vec<u32>) -> Result<u64, CliError> {
        let request_id = self.proposal.request_id;
        let deposit = IInferenceHub::demandDepositOfCall { requestId: request_id, index };
        let deposit = self.watcher.chain.read(self.watcher.hub, &deposit).await?;
        let told = |logs: &[Log]| {
            let told = logs.iter().filter_map(|log| TileDemanded::decode_log(&log.inner).ok());
            told.map(|log| log.data).find(|told| told.index == index).map(|told| told.answerBy)
        };
        if let Some(answer_by) = told(&self.logs_since(TileDemanded::SIGNATURE_HASH).await?) {
            return Ok(answer_by);
        }
        let sent = self.send(&IInferenceHub::demandTileCall { requestId: request_id, index }, deposit).await;
        match sent {
            Ok(mined) => own.extend(mined.map(|_| index)),
            // Another watcher may have been faster.
            Err(error) => {
                let others = told(&self.logs_since(TileDemanded::SIGNATURE_HASH).await?);
                return others.ok_or(error);
            }
        }
        let made = told(&self.logs_since(TileDemanded::SIGNATURE_HASH).await?);
        made.ok_or_else(|| CliError::malformed("the log of the demand", "there is none"))
    }

    /// Voids the proposal for what wasn't shown in time.
    async fn void(&self, index: u32) -> Result<Outcome, CliError> {
        let call = IInferenceHub::voidProposalCall { requestId: self.proposal.request_id, index };
        let part = if index == LEAVES { "the leaves of its tree were".into() } else { format!("tile {index} was") };
        self.strike(&call, format!("its pixel root is wrong and {part} not shown")).await
    }

    /// Logs about the proposal.
    async fn logs_since(&self, event: B256) -> Result<Vec<Log>, CliError> {
        let newest = self.watcher.chain.block_number().await?;
        let topics = [json!(event), json!(self.proposal.request_id)];
        self.watcher.chain.logs(self.watcher.hub, &topics, self.proposal.block, newest).await
    }
}

/// The first tile whose right leaf is not among `leaves`.
fn missing(painter: &Painter, size: u16, leaves: &HashSet<B256>) -> Option<Missing> {
    let picture = painter.draw(size).ok()?;
    (0..picture.tile_count()).find_map(|index| {
        let right = picture.tile(index).ok()?;
        (!leaves.contains(&B256::from(tile_leaf(size, index, &right)))).then_some(Missing { index, right })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tile_whose_leaf_is_missing_is_found() {
        let painter = Painter::new(&verdigris_model::genesis(), 1, &[7; 32], &[0; 32]).expect("a painter");
        let picture = painter.draw(28).expect("drawn");
        let all: HashSet<B256> = picture.leaves().into_iter().map(B256::from).collect();
        assert!(missing(&painter, 28, &all).is_none());
        for index in [0, 5, 15] {
            let right = picture.tile(index).expect("a tile");
            let mut some = all.clone();
            assert!(some.remove(&B256::from(tile_leaf(28, index, &right))));
            let found = missing(&painter, 28, &some).expect("one is missing");
            assert_eq!((found.index, found.right), (index, right));
        }
    }
}
