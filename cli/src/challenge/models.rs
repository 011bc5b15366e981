//! The models of the answers that a watcher checks, read back from the chain; the last few are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use alloy_primitives::{Address, B256};
use tokio::sync::OnceCell;
use verdigris_core::abi::IInferenceHub;

use crate::chain::Chain;
use crate::error::CliError;
use crate::model::{OnChain, read_back};

/// How many models are kept. Anyone can register more, so there must be an end.
const KEPT: usize = 4;

/// Models by their id, the one used last at the end.
#[derive(Default)]
pub struct Models {
    registry: OnceCell<Address>,
    kept: Mutex<VecDeque<(B256, Arc<OnChain>)>>,
}

impl Models {
    /// A model of a hub's registry, from the chain if it isn't at hand.
    pub async fn get(&self, chain: &Chain, hub: Address, id: B256) -> Result<Arc<OnChain>, CliError> {
        if let Some(model) = self.at_hand(id) {
            return Ok(model);
        }
        let call = IInferenceHub::registryCall {};
        let registry = self.registry.get_or_try_init(|| chain.read(hub, &call)).await?;
        let model = Arc::new(read_back(chain, *registry, id).await?);
        self.keep(id, Arc::clone(&model));
        Ok(model)
    }

    fn at_hand(&self, id: B256) -> Option<Arc<OnChain>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(other, _)| *other == id)?;
        let found = kept.remove(at)?;
        let model = Arc::clone(&found.1);
        kept.push_back(found);
        Some(model)
    }

    fn keep(&self, id: B256, model: Arc<OnChain>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((id, model));
    }
}
