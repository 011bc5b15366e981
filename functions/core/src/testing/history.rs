//! What the small chain was at each block, so that it can be asked about the past and taken back to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::chain::{Chain, Inner};
use super::deployment::{Deployment, State};

type Blocks = Rc<RefCell<BTreeMap<u64, (Inner, State)>>>;

/// The chain and its contracts as they were when a block was the newest.
#[derive(Clone, Default)]
pub(crate) struct History(Blocks);

impl History {
    /// Begins to keep what there is at each block.
    pub(crate) fn of(chain: &Chain, state: &Rc<RefCell<State>>) -> Self {
        let history = Self::default();
        let (kept, state) = (history.clone(), state.clone());
        chain.before_block(move |inner| {
            drop(kept.0.borrow_mut().insert(inner.block, (inner.clone(), state.borrow().clone())));
        });
        history
    }

    /// What the contracts remembered at a block, or at the first one that is kept.
    pub(crate) fn at(&self, block: u64) -> State {
        let blocks = self.0.borrow();
        let first = blocks.first_key_value().map_or(0, |(number, _)| *number);
        blocks[&block.max(first)].1.clone()
    }
}

/// What becomes of the transactions of blocks that are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// They are mined anew.
    Kept,
    /// The nodes forget them.
    Lost,
}

impl Deployment {
    /// Drops the newest blocks, and makes as many others in their place. What tests did without a transaction is gone.
    pub(crate) fn reorganise(&self, depth: u64, pool: Pool) {
        let newest = self.chain.inner.borrow().block;
        let (inner, state) = self.history.0.borrow()[&(newest - depth)].clone();
        self.chain.restore(inner);
        self.state.replace(state);
        if pool == Pool::Lost {
            self.chain.drop_pool();
        }
        (0..depth).for_each(|_| self.chain.mine());
    }
}
