//! What the pipeline asks of a chain, as typed questions. Several can go in one round trip.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::{SolCall, SolEvent};
use serde::Deserialize;
use serde_json::json;

use crate::abi::{IHubRegistry, IInferenceHub, IModelRegistry, ISeedArt};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::platform::Platform;
use crate::rpc::{Answer, Call, Rpc};

/// A block's number and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// The block's number.
    pub number: U64,
    /// Its time, Unix seconds.
    pub timestamp: U64,
}

/// A request as the hub keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Who asked for what, until when.
    pub request: IInferenceHub::Request,
    /// Where the request is in its life.
    pub status: IInferenceHub::Status,
}

/// `eth_call` of a contract's function, at the latest block.
///
/// # Errors
/// See [`Call::new`].
pub fn call(to: Address, function: &impl SolCall) -> Result<Call> {
    let data = Bytes::from(function.abi_encode());
    Call::new("eth_call", (json!({"to": to, "data": data}), "latest"))
}

/// Reads what a contract's function returned.
///
/// # Errors
/// [`Error::RpcRefused`] if the function reverted, [`Error::RpcNonsense`] if it returned something else (as an
/// address without code does).
pub fn returned<C: SolCall>(answer: Answer) -> Result<C::Return> {
    decode::<C>(&answer.read::<Bytes>()?)
}

/// Decodes what a contract's function returned.
///
/// # Errors
/// [`Error::RpcNonsense`] if it is something else.
pub fn decode<C: SolCall>(bytes: &[u8]) -> Result<C::Return> {
    C::abi_decode_returns_validate(bytes)
        .map_err(|e| Error::RpcNonsense { method: C::SIGNATURE.into(), reason: e.to_string() })
}

/// Asks one contract function.
///
/// # Errors
/// As [`returned`], and if no endpoint answers.
pub async fn view<P: Platform, C: SolCall>(rpc: &Rpc<P>, to: Address, function: &C) -> Result<C::Return> {
    let mut answers = rpc.batch(vec![call(to, function)?]).await?;
    returned::<C>(answers.remove(0))
}

/// The newest block.
///
/// # Errors
/// See [`Call::new`].
pub fn latest_block() -> Result<Call> {
    Call::new("eth_getBlockByNumber", ("latest", false))
}

/// The hub's answer about a request.
///
/// # Errors
/// See [`Call::new`].
pub fn request_of(hub: Address, request_id: B256) -> Result<Call> {
    call(hub, &IInferenceHub::requestOfCall { requestId: request_id })
}

/// Reads the answer to [`request_of`].
///
/// # Errors
/// As [`returned`].
pub fn read_request(answer: Answer) -> Result<Asked> {
    let asked = returned::<IInferenceHub::requestOfCall>(answer)?;
    Ok(Asked { request: asked.request, status: asked.status })
}

/// A collection's answer about a token.
///
/// # Errors
/// See [`Call::new`].
pub fn token_of(art: Address, token_id: U256) -> Result<Call> {
    call(art, &ISeedArt::tokenOfCall { tokenId: token_id })
}

/// The registry that a hub relies on.
///
/// # Errors
/// As [`view`].
pub async fn registry_of<P: Platform>(rpc: &Rpc<P>, hub: Address) -> Result<Address> {
    view(rpc, hub, &IHubRegistry::registryCall {}).await
}

/// A registered model and the contracts that hold its weights; `None` if the registry has none with this id.
///
/// # Errors
/// As [`view`].
pub async fn model_of<P: Platform>(
    rpc: &Rpc<P>,
    registry: Address,
    model_id: B256,
) -> Result<Option<IModelRegistry::Model>> {
    match view(rpc, registry, &IModelRegistry::modelOfCall { modelId: model_id }).await {
        Ok(found) => Ok(Some(found.model)),
        Err(error) if error.is_revert() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The events that make work, of these contracts, in a range of blocks (both ends included).
///
/// # Errors
/// See [`Call::new`].
pub fn work_events(contracts: &[Address], from: u64, to: u64) -> Result<Call> {
    let names = [IInferenceHub::InferenceRequested::SIGNATURE_HASH, ISeedArt::SeedRequested::SIGNATURE_HASH];
    let filter = json!({
        "fromBlock": U64::from(from),
        "toBlock": U64::from(to),
        "address": contracts,
        "topics": [names],
    });
    Call::new("eth_getLogs", (filter,))
}

/// Reads logs as events. Logs that are not in a block yet are left out.
///
/// # Errors
/// As [`Answer::read`].
pub fn read_events(answer: Answer) -> Result<Vec<Event>> {
    let logs: Vec<Log> = answer.read()?;
    Ok(logs.into_iter().filter_map(from_log).collect())
}

/// The events of one transaction; empty if it isn't mined.
///
/// # Errors
/// As [`Rpc::ask`].
pub async fn events_of_transaction<P: Platform>(rpc: &Rpc<P>, hash: B256) -> Result<Vec<Event>> {
    #[derive(Deserialize)]
    struct Receipt {
        logs: Vec<Log>,
    }
    let receipt: Option<Receipt> = rpc.ask(Call::new("eth_getTransactionReceipt", (hash,))?).await?;
    Ok(receipt.map(|r| r.logs).unwrap_or_default().into_iter().filter_map(from_log).collect())
}

/// A node's log as an event; `None` for one that is not in a block.
pub(crate) fn from_log(log: Log) -> Option<Event> {
    Some(Event {
        contract: log.inner.address,
        block: log.block_number?,
        retracted: log.removed,
        topics: log.inner.data.topics().to_vec(),
        data: log.inner.data.data,
    })
}
