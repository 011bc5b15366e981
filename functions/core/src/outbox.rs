//! Sends transactions from many stateless callers at once: each call once, and no gap in the nonces that stays.
//!
//! An account's transactions are numbered (their nonces), and the chain takes them in that order, so callers must not
//! take the same number twice and must not leave one out. There is no lock here that a dead caller could hold:
//! **each nonce is a claim of its own**.
//!
//! 1. A caller asks the chain for its pending count and claims the first free nonce from there on, by one atomic
//!    increment a try. Claims never come back, so a nonce has one owner. Claimed nonces have no holes: whoever claims
//!    *n* found all from the pending count to *n* - 1 claimed.
//! 2. The owner notes which nonce the call has (`tx:call:…`), signs, keeps the signed bytes (`tx:…`), and only then
//!    sends them. Sending the same bytes again is harmless, so anyone may do that at any time.
//! 3. A call that is asked for again is found by its note. If its transaction isn't mined yet, the same bytes are
//!    sent again; a second transaction is not made.
//!
//! What a crash can leave behind, and who repairs it ([`heal`](Outbox::heal), run by sweep and by any sender that
//! finds lower nonces unconfirmed):
//!
//! | the owner died | what is there | repair |
//! |---|---|---|
//! | before 2 | a claim alone | after [`GRACE_MS`] the nonce is used up by a payment of nothing to oneself |
//! | between note and bytes | a note that leads nowhere | the same; the note counts for nothing without the bytes |
//! | before or while sending | bytes that the node doesn't have | the same bytes are sent, to all endpoints |
//!
//! What else stands in the way of later transactions, and is repaired there: fees that have become too low (they are
//! raised, within the settings' cap), a call that every node refuses (its nonce is used up), a transaction of somebody
//! else who has the key, or of a store that was lost (it is passed over; outbid, if it doesn't move).
//!
//! A nonce that is used up in a call's stead stays the call's until it is mined: any bytes that were ever sent may be.
//!
//! An owner that is only slow gives its nonce up when half of the grace is over. If it is slower than even that, two
//! transactions compete for one nonce and the chain takes one; the loser is told so and takes a new nonce. A chain
//! that drops blocks is no different from a crash: the bytes are kept until [`KEPT`] later nonces are mined.
//!
//! Of several callers that are handed the same call at the same moment, one has the turn (`turn.rs`): a call is made
//! twice only if its first transaction failed or was dropped. Contracts answer each request once in any case.

mod broadcast;
mod gap;
mod heal;
mod market;
mod slot;
mod turn;

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_signer_local::PrivateKeySigner;
use serde::Serialize;

use broadcast::Reception;
pub use heal::Healed;
pub use market::Market;
use turn::Turn;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::rpc::{Call, Rpc};

/// How long an owner may take from its claim to its bytes, before the nonce is used up by somebody else.
pub const GRACE_MS: u64 = 3_000;
/// How long the first unconfirmed transaction may wait before it is offered again with a higher fee.
pub const STUCK_MS: u64 = 60_000;
/// Most unconfirmed transactions; nodes keep about this many of one sender.
pub const MAX_IN_FLIGHT: u64 = 64;
/// How many mined nonces' bytes are kept, in case the chain drops blocks.
pub const KEPT: u64 = 128;
/// Times that a sender takes a new nonce after another transaction got the one it had.
const ROUNDS: usize = 4;
/// Most bytes of a call: nodes pass on no transaction of more than 128 KiB, and one that none takes would keep all later
/// ones waiting.
const MAX_CALL: usize = 120 * 1024;
/// Most gas that a transaction may have (EIP-7825).
const MAX_GAS: u64 = 1 << 24;

/// One call of a contract's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What it is known by: the same call always has the same id.
    pub id: String,
    /// The contract.
    pub to: Address,
    /// The encoded call.
    pub data: Bytes,
    /// What is paid with it, in wei.
    pub value: U256,
}

impl Transaction {
    /// A call that pays nothing.
    pub fn to(id: String, to: Address, data: Bytes) -> Self {
        Self { id, to, data, value: U256::ZERO }
    }
}

/// A transaction on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its hash.
    pub hash: B256,
    /// Its nonce.
    pub nonce: u64,
    /// Whether a node has it; if not, it is kept and sent later.
    pub broadcast: bool,
}

/// A call whose gas is asked for.
#[derive(Serialize)]
struct Estimate<'a> {
    from: Address,
    to: &'a Address,
    data: &'a Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a U256>,
}

/// What became of an earlier try to send the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There was none that left anything.
    None,
    /// Its transaction isn't mined.
    InFlight(Sent),
    /// Its nonce is used up, by its transaction or by another. The chain knows more.
    Mined,
}

/// The transactions of one sender on one chain.
#[derive(Clone, Debug)]
pub struct Outbox<P> {
    platform: P,
    rpc: Rpc<P>,
    chain_id: u64,
    key: PrivateKeySigner,
    /// Most wei for a unit of gas.
    most: u128,
}

impl<P: Platform> Outbox<P> {
    /// The outbox of the key's account, which offers no more than `most` wei for a unit of gas.
    pub fn new(platform: &P, rpc: &Rpc<P>, chain_id: u64, key: PrivateKeySigner, most: u128) -> Self {
        Self { platform: platform.clone(), rpc: rpc.clone(), chain_id, key, most }
    }

    /// The account's key.
    pub(crate) fn key(&self) -> &PrivateKeySigner {
        &self.key
    }

    /// The account that pays.
    pub fn sender(&self) -> Address {
        self.key.address()
    }

    /// Whether there was an earlier try.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn has_note(&self, id: &str) -> Result<bool> {
        Ok(self.noted_nonce(id).await?.is_some())
    }

    /// Looks for an earlier try. `market` must have been read before the chain was asked whether the call is still
    /// wanted: then a transaction that this finds mined had its effect on that answer.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn earlier(&self, id: &str, market: &Market) -> Result<Earlier> {
        let Some(nonce) = self.noted_nonce(id).await? else { return Ok(Earlier::None) };
        let Some(slot) = self.slot(nonce).await?.filter(|slot| slot.call() == id) else { return Ok(Earlier::None) };
        if nonce < market.latest {
            return Ok(Earlier::Mined);
        }
        let broadcast = nonce < market.pending || matches!(self.offer(nonce, &slot).await?, Reception::Accepted);
        Ok(Earlier::InFlight(Sent { hash: slot.hash, nonce, broadcast }))
    }

    /// Sends a call for which there is no earlier try, once: gives what another caller sends at the same time.
    ///
    /// # Errors
    /// A revert ([`Error::is_revert`]) if the call would fail, and then no nonce was spent, nor at
    /// [`Error::GasTooDear`]; [`Error::OutboxFull`]; [`Error::NonceLost`]; [`Error::Underfunded`]; [`Error::LeaseOver`] if
    /// another caller began to send it and left nothing; what the chain or the store had.
    pub async fn send(&self, transaction: &Transaction, market: Market) -> Result<Sent> {
        if transaction.data.len() > MAX_CALL {
            let size = transaction.data.len();
            let reason = format!("a call of {size} bytes is more than nodes pass on ({MAX_CALL})");
            return Err(Error::BadInput(reason).into());
        }
        let (mut market, mut lost) = (market, None);
        for _ in 0..ROUNDS {
            // Asked in each round: what took the nonce may have been this very call.
            let gas = self.estimate(transaction).await?;
            let fees = self.affordable(&market)?;
            let after = match self.turn(&transaction.id, &market, lost).await? {
                Turn::Ours(after) => after,
                Turn::Done(sent) => return Ok(sent),
            };
            let nonce = match self.claim(market.pending).await {
                Ok(nonce) => nonce,
                Err(error) => return self.give_back(&transaction.id, after, error).await,
            };
            let claimed_ms = self.platform.now_ms();
            let slot = self.sign(transaction, nonce, gas, fees)?.after(after);
            // Who is too slow leaves the nonce to be used up; the turn may have gone to an heir by then.
            if self.noted_nonce(&transaction.id).await? != after {
                continue;
            }
            self.note_nonce(&transaction.id, nonce).await?;
            lost = Some(nonce);
            if self.platform.now_ms() - claimed_ms > GRACE_MS / 2 {
                continue;
            }
            self.keep(nonce, &slot).await?;
            let reception = self.broadcast(nonce, &slot).await;
            if nonce > market.pending {
                self.heal_later().await;
            }
            match reception? {
                Reception::Displaced => market = self.market().await?,
                Reception::Accepted => return Ok(Sent { hash: slot.hash, nonce, broadcast: true }),
                Reception::Kept => return Ok(Sent { hash: slot.hash, nonce, broadcast: false }),
            }
        }
        Err(Error::NonceLost(ROUNDS).into())
    }

    async fn claim(&self, pending: u64) -> Result<u64> {
        for nonce in pending..pending + MAX_IN_FLIGHT {
            if self.platform.claim(&self.claim_key(nonce)).await? {
                return Ok(nonce);
            }
        }
        Err(Error::OutboxFull(MAX_IN_FLIGHT).into())
    }

    /// Gas that a call needs, with headroom for what changes until it is mined.
    async fn estimate(&self, transaction: &Transaction) -> Result<u64> {
        let Transaction { to, data, value, .. } = transaction;
        let value = Some(value).filter(|value| !value.is_zero());
        let question = Estimate { from: self.sender(), to, data, value };
        // Some nodes would run all that is pending first.
        let gas = self.rpc.ask::<U64>(Call::new("eth_estimateGas", (question, "latest"))?).await;
        let gas: u64 = gas.map_err(|error| if is_short_of_funds(&error) { self.underfunded() } else { error })?.to();
        Ok(gas.saturating_add(gas / 4).saturating_add(10_000).min(MAX_GAS))
    }

    fn underfunded(&self) -> Box<Error> {
        Error::Underfunded(self.sender()).into()
    }
}

/// Whether a node refused because the sender can't pay. A contract's own words don't count.
fn is_short_of_funds(error: &Error) -> bool {
    let Error::RpcRefused { message, revert: None, .. } = error else { return false };
    let message = message.to_ascii_lowercase();
    message.contains("insufficient funds") || message.contains("insufficient balance")
}

#[cfg(test)]
mod tests;
