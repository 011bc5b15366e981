//! For a wrong picture that nobody shows: the leaves of its tree are demanded on chain, then the tile whose right leaf is
//! not among them. That tile is shown wrong, which proves fraud, or not shown, which voids the answer.

use std::collections::BTreeSet;
use std::time::Duration;

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use serde_json::json;
use verdigris_core::abi::IInferenceHub::{self, AnswerProposed, LeavesShown, TileDemanded, TileShown};
use verdigris_core::job::LEAVES;
use verdigris_model::picture::{Painter, TILE_BYTES, root_of, tile_leaf};

use super::proposal::place;
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
    pub(super) async fn demand(
        &self,
        painter: &Painter,
        size: u16,
        root: B256,
        why: String,
    ) -> Result<Outcome, CliError> {
        let Some(key) = &self.watcher.key else {
            return Ok(Outcome::Wrong(format!("another pixel root; {why}")));
        };
        let outcome = self.corner(painter, size, root).await;
        let demands: Vec<TileDemanded> = self.told().await.unwrap_or_default();
        for TileDemanded { requestId, index, .. } in demands.into_iter().filter(|told| told.watcher == key.address()) {
            // Refused while the proposal stands, and for the demand that voided it.
            let _ = self.send(&IInferenceHub::reclaimDepositCall { requestId, index }, U256::ZERO).await;
        }
        outcome
    }

    /// Leaves first, then the tile.
    async fn corner(&self, painter: &Painter, size: u16, root: B256) -> Result<Outcome, CliError> {
        let leaves = match self.see(LEAVES, |shown| all_leaves(shown, root)).await? {
            Ok(leaves) => leaves,
            Err(outcome) => return Ok(outcome),
        };
        let painter = painter.clone();
        let found = background(&self.watcher.drawing, move || missing(&painter, size, &leaves)).await?;
        // The same leaves would have the right root.
        let found =
            found.ok_or_else(|| CliError::malformed("the leaves that were shown", "they are the right ones"))?;
        let Missing { index, right } = found;
        let is_it = |shown: Vec<TileShown>| shown.into_iter().find(|shown| shown.opening.index == index);
        match self.see(index, is_it).await?.map(|shown| fault::in_tile(&right, shown.opening)) {
            Ok(Some(fault)) => self.challenge_pixel(fault).await,
            Ok(None) => Err(CliError::malformed(format!("tile {index} as it was shown"), "it is right")),
            Err(outcome) => Ok(outcome),
        }
    }

    /// Demands a part, unless somebody has, and waits until what was shown is enough; the inner error is what came of it
    /// otherwise.
    async fn see<E: SolEvent, T>(
        &self,
        index: u32,
        enough: impl Fn(Vec<E>) -> Option<T>,
    ) -> Result<Result<T, Outcome>, CliError> {
        if self.is_over().await? {
            return Ok(Err(Outcome::Over));
        }
        let answer_by = self.demanded(index).await?;
        loop {
            if let Some(shown) = enough(self.told().await?) {
                return Ok(Ok(shown));
            }
            if self.is_over().await? {
                return Ok(Err(Outcome::Over));
            }
            if self.watcher.chain.now().await? > answer_by {
                return self.void(index).await.map(Err);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Whether the proposal is gone. Another one may have its words, but not its demands.
    async fn is_over(&self) -> Result<bool, CliError> {
        Ok(!self.watcher.stands(self.proposal).await? || !self.told::<AnswerProposed>().await?.is_empty())
    }

    /// The last second at which a part may be shown.
    async fn demanded(&self, index: u32) -> Result<u64, CliError> {
        let request_id = self.proposal.request_id;
        let deposit = IInferenceHub::demandDepositOfCall { requestId: request_id, index };
        let deposit = self.watcher.chain.read(self.watcher.hub, &deposit).await?;
        if let Some(answer_by) = self.answer_by(index).await? {
            return Ok(answer_by);
        }
        if let Err(error) = self.send(&IInferenceHub::demandTileCall { requestId: request_id, index }, deposit).await {
            // Another watcher may have been faster.
            return self.answer_by(index).await?.ok_or(error);
        }
        self.answer_by(index).await?.ok_or_else(|| CliError::malformed("the log of the demand", "there is none"))
    }

    async fn answer_by(&self, index: u32) -> Result<Option<u64>, CliError> {
        let demands: Vec<TileDemanded> = self.told().await?;
        Ok(demands.into_iter().find(|told| told.index == index).map(|told| told.answerBy))
    }

    /// Voids the proposal for what wasn't shown in time.
    async fn void(&self, index: u32) -> Result<Outcome, CliError> {
        let call = IInferenceHub::voidProposalCall { requestId: self.proposal.request_id, index };
        let part = if index == LEAVES { "the leaves of its tree were".into() } else { format!("tile {index} was") };
        self.strike(&call, format!("its pixel root is wrong and {part} not shown")).await
    }

    /// What the hub has told about the request since it was proposed, in order.
    async fn told<E: SolEvent>(&self) -> Result<Vec<E>, CliError> {
        let newest = self.watcher.chain.block_number().await?;
        let topics = [json!(E::SIGNATURE_HASH), json!(self.proposal.request_id)];
        let logs = self.watcher.chain.logs(self.watcher.hub, &topics, self.proposal.place.0, newest).await?;
        let later = logs.iter().filter(|log| place(log).is_some_and(|place| place > self.proposal.place));
        Ok(later.filter_map(|log| E::decode_log(&log.inner).ok()).map(|log| log.data).collect())
    }
}

/// All leaves of the tree with this root, if they were shown, and if the hub found that the halves fit together.
fn all_leaves(shown: Vec<LeavesShown>, root: B256) -> Option<BTreeSet<B256>> {
    shown.iter().any(|half| half.complete).then_some(())?;
    let leaves: BTreeSet<B256> = shown.into_iter().flat_map(|half| half.leaves).collect();
    (root_of(leaves.iter().map(|leaf| leaf.0)) == root).then_some(leaves)
}

/// The first tile whose right leaf is not among `leaves`.
fn missing(painter: &Painter, size: u16, leaves: &BTreeSet<B256>) -> Option<Missing> {
    let picture = painter.draw(size).ok()?;
    (0..picture.tile_count()).find_map(|index| {
        let right = picture.tile(index).ok()?;
        (!leaves.contains(&B256::from(tile_leaf(size, index, &right)))).then_some(Missing { index, right })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdigris_model::picture::Stages;

    const STAGES: u32 = Stages::NEWEST.number();

    #[test]
    fn leaves_are_all_there_only_with_both_halves_of_the_right_tree() {
        let painter = Painter::new(&verdigris_model::genesis(), STAGES, &[7; 32], &[0; 32]).expect("a painter");
        let picture = painter.draw(28).expect("drawn");
        let (root, leaves) = (B256::from(picture.pixel_root()), picture.leaves());
        let half = |part: &[[u8; 32]], complete| LeavesShown {
            requestId: B256::ZERO,
            leaves: part.iter().copied().map(B256::from).collect(),
            complete,
        };
        let (lower, upper) = (half(&leaves[..8], false), half(&leaves[8..], true));
        assert_eq!(all_leaves(vec![lower.clone(), half(&leaves[8..], false)], root), None);
        assert_eq!(all_leaves(vec![lower.clone()], root), None);
        assert_eq!(all_leaves(vec![upper.clone(), lower.clone()], root).map(|all| all.len()), Some(16));
        assert_eq!(all_leaves(vec![lower.clone(), upper.clone(), lower.clone()], root).map(|all| all.len()), Some(16));
        assert_eq!(all_leaves(vec![lower, upper], B256::ZERO), None);
        assert_eq!(all_leaves(vec![], root), None);
    }

    #[test]
    fn the_tile_whose_leaf_is_missing_is_found() {
        let painter = Painter::new(&verdigris_model::genesis(), STAGES, &[7; 32], &[0; 32]).expect("a painter");
        let picture = painter.draw(28).expect("drawn");
        let all: BTreeSet<B256> = picture.leaves().into_iter().map(B256::from).collect();
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
