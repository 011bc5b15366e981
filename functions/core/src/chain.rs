//! What the pipeline asks of a chain, as typed questions. Several can go in one round trip.

mod depth;
mod soon;

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_sol_types::{SolCall, SolEvent};
use serde::{Deserialize, Serialize};

use crate::abi::ISeedArt::Stage;
use crate::abi::{IInferenceHub, IModelRegistry, ISeedArt};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::node::Log;
use crate::platform::Platform;
use crate::rpc::{Answer, Call, Rpc, nonsense};
use crate::words::Words;

pub(crate) use depth::is_deep;
pub(crate) use soon::{events_of_transaction, request_soon};

/// Blocks of a page where a node doesn't give everything at once.
const PAGE: u64 = 10_000;
/// Blocks of a page that every provider gives.
const SMALL_PAGE: u64 = 1_000;
/// Most pages that are read to find one event.
const MAX_PAGES: usize = 100;

/// A block's number, hash and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// The block's hash.
    pub hash: B256,
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

impl Asked {
    /// The level to which the accepted answer is to be raised, if somebody pays for that right now.
    pub fn raise_from(&self, reached: Option<IInferenceHub::Assurance>) -> Option<IInferenceHub::Assurance> {
        let accepted = matches!(self.status, IInferenceHub::Status::Answered | IInferenceHub::Status::Proposed);
        let level = self.request.level;
        reached.is_some_and(|reached| accepted && (level as u8) > reached as u8).then_some(level)
    }
}

/// `eth_call` of a contract's function, at the latest block.
///
/// # Errors
/// See [`Call::new`].
pub fn call(to: Address, function: &impl SolCall) -> Result<Call> {
    call_at(to, function, "latest")
}

/// The same at another block: its number, [`ByHash`], or a word for it.
///
/// # Errors
/// See [`Call::new`].
pub(crate) fn call_at(to: Address, function: &impl SolCall, block: impl Serialize) -> Result<Call> {
    eth_call(to, function.abi_encode().into(), block)
}

/// Names just this block, not another of its height ([EIP-1898](https://eips.ethereum.org/EIPS/eip-1898)).
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByHash {
    /// The block's hash.
    pub(crate) block_hash: B256,
}

fn eth_call(to: Address, data: Bytes, block: impl Serialize) -> Result<Call> {
    #[derive(Serialize)]
    struct Transaction {
        to: Address,
        data: Bytes,
    }
    Call::new("eth_call", (Transaction { to, data }, block))
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
    C::abi_decode_returns_validate(bytes).map_err(|e| nonsense(C::SIGNATURE, &e))
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

/// The block of a height.
///
/// # Errors
/// See [`Call::new`].
pub(crate) fn block_at(number: u64) -> Result<Call> {
    Call::new("eth_getBlockByNumber", (U64::from(number), false))
}

/// The hub's answer about a request.
///
/// # Errors
/// See [`Call::new`].
pub fn request_of(hub: Address, request_id: B256) -> Result<Call> {
    call(hub, &IInferenceHub::requestOfCall { requestId: request_id })
}

/// A request as it stood when a block was the newest; `None` if the hub didn't know it then, or wasn't there.
///
/// # Errors
/// As [`Rpc::ask`]; nodes refuse to answer about blocks of long ago.
pub async fn request_at<P: Platform>(
    rpc: &Rpc<P>,
    hub: Address,
    request_id: B256,
    block: u64,
) -> Result<Option<IInferenceHub::Request>> {
    let question = call_at(hub, &IInferenceHub::requestOfCall { requestId: request_id }, U64::from(block))?;
    match read_request(rpc.batch(vec![question]).await?.remove(0)) {
        Ok(asked) => Ok(Some(asked.request).filter(|_| asked.status != IInferenceHub::Status::Unknown)),
        Err(error) if matches!(*error, Error::RpcNonsense { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the answer to [`request_of`].
///
/// # Errors
/// As [`returned`].
pub fn read_request(answer: Answer) -> Result<Asked> {
    read_words::<IInferenceHub::requestOfCall, _>(answer, |words| {
        let request = IInferenceHub::Request {
            consumer: words.address(0)?,
            callbackGas: words.narrow(1)?,
            level: words.narrow(2).and_then(|level: u8| level.try_into().ok())?,
            modelId: words.word(3)?,
            inputHash: words.word(4)?,
            deadline: words.number(5)?,
            fee: words.word(6)?.into(),
        };
        Some(Asked { request, status: words.narrow(7).and_then(|status: u8| status.try_into().ok())? })
    })
}

/// Reads what a contract's function returned, word by word.
fn read_words<C: SolCall, T>(answer: Answer, read: impl FnOnce(Words<'_>) -> Option<T>) -> Result<T> {
    let bytes = answer.read::<Bytes>()?;
    read(Words(&bytes)).ok_or_else(|| nonsense(C::SIGNATURE, &"the words are not of its types"))
}

/// The hub's answer about the level that an answer has reached.
///
/// # Errors
/// See [`Call::new`].
pub fn level_of(hub: Address, request_id: B256) -> Result<Call> {
    call(hub, &IInferenceHub::levelOfCall { requestId: request_id })
}

/// Reads the answer to [`level_of`]; `None` if no answer is accepted.
///
/// # Errors
/// As [`returned`].
pub fn read_level(answer: Answer) -> Result<Option<IInferenceHub::Assurance>> {
    unless_reverted(returned::<IInferenceHub::levelOfCall>(answer))
}

/// The hub's answer about what was accepted.
///
/// # Errors
/// See [`Call::new`].
pub fn receipt_of(hub: Address, request_id: B256) -> Result<Call> {
    call(hub, &IInferenceHub::receiptOfCall { requestId: request_id })
}

/// Reads the answer to [`receipt_of`]: the hash of an accepted answer that its consumer doesn't have yet.
///
/// # Errors
/// As [`returned`].
pub fn read_undelivered(answer: Answer) -> Result<Option<B256>> {
    let accepted = unless_reverted(read_accepted(answer))?;
    Ok(accepted.filter(|accepted| !accepted.delivered).map(|accepted| accepted.receipt.outputHash))
}

/// Reads the answer to [`receipt_of`].
///
/// # Errors
/// As [`returned`].
pub(crate) fn read_accepted(answer: Answer) -> Result<IInferenceHub::receiptOfReturn> {
    read_words::<IInferenceHub::receiptOfCall, _>(answer, |words| {
        let receipt = IInferenceHub::Receipt {
            requestId: words.word(0)?,
            modelId: words.word(1)?,
            inputHash: words.word(2)?,
            outputHash: words.word(3)?,
            contentHash: words.word(4)?,
            issuedAt: words.number(5)?,
        };
        let (signature, delivered) = (words.bytes(6)?, words.flag(7)?);
        Some(IInferenceHub::receiptOfReturn { receipt, signature, delivered })
    })
}

/// The hub's answer about a bonded answer.
///
/// # Errors
/// See [`Call::new`].
pub fn proposal_of(hub: Address, request_id: B256) -> Result<Call> {
    call(hub, &IInferenceHub::proposalOfCall { requestId: request_id })
}

/// Reads the answer to [`proposal_of`]; `None` if nothing waits for challenges.
///
/// # Errors
/// As [`returned`].
pub fn read_proposal(answer: Answer) -> Result<Option<IInferenceHub::Proposal>> {
    let proposal = unless_reverted(read_words::<IInferenceHub::proposalOfCall, _>(answer, |words| {
        let bond = U256::from_be_bytes(words.word(1)?.0).try_into().ok()?;
        let (final_after, output_hash) = (words.number(2)?, words.word(3)?);
        Some(IInferenceHub::Proposal {
            proposer: words.address(0)?,
            bond,
            finalAfter: final_after,
            outputHash: output_hash,
        })
    }))?;
    Ok(proposal.filter(|proposal| !proposal.proposer.is_zero()))
}

fn unless_reverted<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_revert() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A collection's answer about a token.
///
/// # Errors
/// See [`Call::new`].
pub fn token_of(art: Address, token_id: U256) -> Result<Call> {
    call(art, &ISeedArt::tokenOfCall { tokenId: token_id })
}

/// What is read of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) stage: Stage,
    pub(crate) draw_block: u64,
    pub(crate) request_id: B256,
}

/// Reads the answer to [`token_of`]; `None` if there is no such token.
///
/// # Errors
/// As [`returned`].
pub(crate) fn read_token(answer: Answer) -> Result<Option<Token>> {
    unless_reverted(read_words::<ISeedArt::tokenOfCall, _>(answer, |words| {
        let token = words.behind(0)?;
        let stage = token.narrow(0).and_then(|stage: u8| stage.try_into().ok())?;
        Some(Token { stage, draw_block: token.number(1)?, request_id: token.word(2)? })
    }))
}

/// The registry that a hub relies on.
///
/// # Errors
/// As [`view`].
pub async fn registry_of<P: Platform>(rpc: &Rpc<P>, hub: Address) -> Result<Address> {
    view(rpc, hub, &IInferenceHub::registryCall {}).await
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
    let found = view(rpc, registry, &IModelRegistry::modelOfCall { modelId: model_id }).await;
    Ok(unless_reverted(found)?.map(|found| found.model))
}

/// The events that make work, of these contracts, in a range of blocks (both ends included).
///
/// # Errors
/// See [`Call::new`].
pub fn work_events(contracts: &[Address], from: u64, to: u64) -> Result<Call> {
    let names = [
        IInferenceHub::InferenceRequested::SIGNATURE_HASH,
        IInferenceHub::AnswerProposed::SIGNATURE_HASH,
        IInferenceHub::RaiseRequested::SIGNATURE_HASH,
        IInferenceHub::TileDemanded::SIGNATURE_HASH,
        IInferenceHub::TileShown::SIGNATURE_HASH,
        IInferenceHub::LeavesShown::SIGNATURE_HASH,
        IInferenceHub::InferenceAnswered::SIGNATURE_HASH,
        ISeedArt::SeedRequested::SIGNATURE_HASH,
    ];
    logs(contracts, &[&names], from, to)
}

/// Logs of any of the contracts with any of the topics in each place.
fn logs(address: &[Address], topics: &[&[B256]], from: u64, to: u64) -> Result<Call> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Filter<'a> {
        from_block: U64,
        to_block: U64,
        address: &'a [Address],
        topics: &'a [&'a [B256]],
    }
    let filter = Filter { from_block: U64::from(from), to_block: U64::from(to), address, topics };
    Call::new("eth_getLogs", (filter,))
}

/// A hub's events of one kind about one request, in a range of blocks (both ends included).
///
/// # Errors
/// See [`Call::new`].
pub fn events_about<E: SolEvent>(hub: Address, request_id: B256, from: u64, to: u64) -> Result<Call> {
    logs(&[hub], &[&[E::SIGNATURE_HASH], &[request_id]], from, to)
}

/// What a request asked, from its newest event, however long ago that was: requests are found by their id alone. `None`
/// if there is none that the node would give.
///
/// # Errors
/// As [`Rpc::ask`].
pub async fn asked<P: Platform>(
    rpc: &Rpc<P>,
    hub: Address,
    request_id: B256,
) -> Result<Option<IInferenceHub::InferenceRequested>> {
    let head: U64 = rpc.ask(Call::new("eth_blockNumber", ())?).await?;
    let mut to: u64 = head.to();
    // The whole chain at once, then, with providers that limit the range, page by page towards its beginning.
    let mut length = to + 1;
    for _ in 0..MAX_PAGES {
        let from = (to + 1).saturating_sub(length);
        let answer = rpc
            .batch(vec![events_about::<IInferenceHub::InferenceRequested>(hub, request_id, from, to)?])
            .await?
            .remove(0);
        match read_events(answer) {
            Ok(events) => {
                let ours = events.into_iter().rev().filter(|event| event.contract == hub && !event.retracted);
                let newest = ours.filter_map(|event| event.request()).find(|asked| asked.requestId == request_id);
                if newest.is_some() || from == 0 {
                    return Ok(newest);
                }
                to = from - 1;
            }
            Err(error) if length > SMALL_PAGE && matches!(*error, Error::RpcRefused { .. }) => {
                length = if length > PAGE { PAGE } else { SMALL_PAGE };
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Reads logs as events. Logs that are not in a block yet are left out.
///
/// # Errors
/// As [`Answer::read`].
pub fn read_events(answer: Answer) -> Result<Vec<Event>> {
    Ok(answer.read::<Vec<Log>>()?.into_iter().filter_map(from_log).collect())
}

/// A node's log as an event; `None` for one that is not in a block.
pub(crate) fn from_log(log: Log) -> Option<Event> {
    Some(Event {
        contract: log.address,
        block: log.block_number?.to(),
        block_hash: log.block_hash,
        retracted: log.removed,
        topics: log.topics,
        data: log.data,
    })
}

#[cfg(test)]
mod tests;
