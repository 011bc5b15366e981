//! A registered model: what it is, from the registry, and its weights, read from the chain and checked by their hash.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use serde::{Deserialize, Serialize};
use verdigris_model::Network;

use crate::abi::IModelRegistry::{self, Task};
use crate::chain;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::rpc::Rpc;
use crate::store;

/// Most bytes of a JSON-RPC answer that holds a canonical form (64 MiB in hexadecimal).
const MAX_WEIGHTS_ANSWER: usize = 130 << 20;
/// Most models that one instance keeps ready.
const KEPT: usize = 4;

/// What answers for a registered model.
#[derive(Clone, Debug)]
pub enum Engine {
    /// An exact network, which runs here.
    Exact(Rc<Model>),
    /// An ONNX file with this keccak256, which [`crate::onnx`] has run, or a worker ([`crate::remote`]).
    Onnx(B256),
    /// Text to picture, which only a worker runs.
    Prompt,
}

impl Engine {
    /// The exact network.
    ///
    /// # Errors
    /// [`Error::ModelUnusable`] if the model isn't one.
    pub fn exact(self, id: B256) -> Result<Rc<Model>> {
        match self {
            Self::Exact(model) => Ok(model),
            Self::Onnx(_) | Self::Prompt => {
                let reason = "it has no exact form, so nothing of it can be recomputed on the chain".into();
                Err(Error::ModelUnusable { model: id, reason }.into())
            }
        }
    }
}

/// An exact model that can be run.
#[derive(Debug)]
pub struct Model {
    /// Its id in the registry.
    pub id: B256,
    /// What it does with its input.
    pub kind: Kind,
    /// The network itself.
    pub network: Network,
}

/// What a model does with its input; [`Task`] in a form that can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Raw tensors in and out.
    Tensor,
    /// A seed and traits in, a picture out.
    Picture,
}

/// What the registry says, as it is cached. It can't change: a model's id is the hash of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    kind: Kind,
    /// Zero if there is no exact form.
    canonical_hash: B256,
    onnx_hash: B256,
}

thread_local! {
    /// Models made ready before, the newest last. Instances serve many requests; what is kept here is public and is
    /// found by its hash, so no request can leave anything for another.
    static READY: RefCell<Vec<Rc<Model>>> = const { RefCell::new(Vec::new()) };
}

/// Finds a model; an exact one is ready to run.
///
/// # Errors
/// [`Error::UnknownModel`] if the registry has none with this id; [`Error::ModelUnusable`] if it is exact and its
/// weights are kept off chain or make no network; else what the chain or the store had.
pub async fn load<P: Platform>(platform: &P, rpc: &Rpc<P>, hub: Address, id: B256) -> Result<Engine> {
    let ready = READY.with_borrow(|models| models.iter().find(|model| model.id == id).cloned());
    if let Some(model) = ready {
        return Ok(Engine::Exact(model));
    }
    let unusable = |reason: String| Box::new(Error::ModelUnusable { model: id, reason });
    let entry = entry(platform, rpc, hub, id).await?;
    if entry.canonical_hash.is_zero() {
        return match entry.kind {
            Kind::Tensor if !entry.onnx_hash.is_zero() => Ok(Engine::Onnx(entry.onnx_hash)),
            Kind::Picture if !entry.onnx_hash.is_zero() => Ok(Engine::Prompt),
            _ => Err(unusable("it names neither an exact form nor an ONNX file".into())),
        };
    }
    let form = canonical_form(platform, rpc, hub, id, &entry).await?;
    let network = Network::from_bytes(&form).map_err(|e| unusable(format!("its canonical form is wrong: {e}")))?;
    let model = Rc::new(Model { id, kind: entry.kind, network });
    READY.with_borrow_mut(|models| {
        if models.len() == KEPT {
            models.remove(0);
        }
        models.push(model.clone());
    });
    Ok(Engine::Exact(model))
}

/// The address of the hub's registry, cached: it can't change either.
///
/// # Errors
/// What the chain or the store had.
pub async fn registry<P: Platform>(platform: &P, rpc: &Rpc<P>, hub: Address) -> Result<Address> {
    let key = format!("model:registry:{hub:#x}");
    if let Some(bytes) = platform.get(&key).await?
        && let Ok(address) = Address::try_from(bytes.as_slice())
    {
        return Ok(address);
    }
    let address = chain::registry_of(rpc, hub).await?;
    platform.set(&key, address.as_slice()).await?;
    Ok(address)
}

async fn entry<P: Platform>(platform: &P, rpc: &Rpc<P>, hub: Address, id: B256) -> Result<Entry> {
    // The hub is part of the key: "registered" means registered with the hub that is configured now.
    let key = format!("model:entry:{hub:#x}:{id}");
    if let Some(bytes) = platform.get(&key).await?
        && let Ok(entry) = crate::json::from_slice(&bytes)
    {
        return Ok(entry);
    }
    let registry = registry(platform, rpc, hub).await?;
    let found = chain::model_of(rpc, registry, id).await?.ok_or(Error::UnknownModel(id))?;
    let kind = match found.task {
        Task::Tensor => Kind::Tensor,
        Task::Picture => Kind::Picture,
        Task::__Invalid => {
            return Err(Error::ModelUnusable { model: id, reason: "its task is unknown to this version".into() }.into());
        }
    };
    let entry = Entry { kind, canonical_hash: found.canonicalHash, onnx_hash: found.onnxHash };
    let bytes = serde_json::to_vec(&entry).map_err(|e| Error::Internal(e.to_string()))?;
    platform.set(&key, &bytes).await?;
    Ok(entry)
}

async fn canonical_form<P: Platform>(
    platform: &P,
    rpc: &Rpc<P>,
    hub: Address,
    id: B256,
    entry: &Entry,
) -> Result<Bytes> {
    let key = format!("model:{}", entry.canonical_hash);
    if let Some(form) = store::get(platform, &key).await?
        && keccak256(&form) == entry.canonical_hash
    {
        return Ok(form.into());
    }
    let registry = registry(platform, rpc, hub).await?;
    let question = chain::call(registry, &IModelRegistry::weightsOfCall { modelId: id })?;
    let form = rpc.ask_large::<Bytes>(question, MAX_WEIGHTS_ANSWER).await?;
    let form = chain::decode::<IModelRegistry::weightsOfCall>(&form)?;
    let reason = match () {
        () if form.is_empty() => "its weights are kept off chain, and there is no other source for them yet",
        () if keccak256(&form) != entry.canonical_hash => "the weights on the chain don't hash to what it says",
        () => {
            store::put(platform, &key, &form).await?;
            return Ok(form);
        }
    };
    Err(Error::ModelUnusable { model: id, reason: reason.into() }.into())
}
