//! Reads a model back from the chain: no server but a node is needed, and the hash says whether it is the right one.

use alloy_primitives::{Address, B256, keccak256};
use verdigris_core::abi::IModelRegistry;
use verdigris_model::Network;

use crate::chain::Chain;
use crate::error::CliError;

/// The longest canonical form that there can be, in bytes (docs/protocol.md, section 1).
const MAX_FORM: usize = 64 << 20;

/// A model as the chain keeps it.
pub struct OnChain {
    /// What is registered.
    pub model: IModelRegistry::Model,
    /// The contracts whose code the weights are.
    pub chunks: Vec<Address>,
    /// The canonical form.
    pub form: Vec<u8>,
    /// The network that it describes, checked against every rule.
    pub network: Network,
}

/// Reads a registered model whole. The weights are read as contracts' code, one contract after the other: a node gives
/// that away without running anything, so its cap on `eth_call` does not matter.
pub async fn read_back(chain: &Chain, registry: Address, id: B256) -> Result<OnChain, CliError> {
    let found = chain.read(registry, &IModelRegistry::modelOfCall { modelId: id }).await.map_err(|error| {
        let unknown = error.is::<IModelRegistry::UnknownModel>();
        if unknown { CliError::Argument(format!("no model is registered as {id}")) } else { error }
    })?;
    let (model, chunks) = (found.model, found.chunks);
    if chunks.is_empty() {
        return Err(CliError::Argument(format!("the weights of model {id} are kept off chain")));
    }
    let mut form = Vec::new();
    for chunk in &chunks {
        let code = chain.code(*chunk).await?;
        // SSTORE2: a STOP first, so that nobody can run the data.
        let Some((0, data)) = code.split_first() else {
            return Err(CliError::malformed(format!("chunk {chunk} of model {id}"), "it holds no data"));
        };
        form.extend_from_slice(data);
        if form.len() > MAX_FORM {
            return Err(CliError::malformed(format!("model {id}"), format!("it is longer than {MAX_FORM} bytes")));
        }
    }
    let hash = keccak256(&form);
    if hash != model.canonicalHash {
        let reason = format!("its chunks hash to {hash}, registered is {}", model.canonicalHash);
        return Err(CliError::malformed(format!("model {id}"), reason));
    }
    let network = Network::from_bytes(&form).map_err(|error| CliError::malformed(format!("model {id}"), error))?;
    Ok(OnChain { model, chunks, form, network })
}
