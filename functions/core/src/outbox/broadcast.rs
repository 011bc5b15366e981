//! Hands signed bytes to nodes, and makes sense of what they say to them.
//!
//! JSON-RPC has no codes for this, so words are all there is: those of geth, reth, erigon, nethermind, besu, nitro
//! (Arbitrum), zkSync OS, Cosmos EVM and anvil. Words that nobody knows count as a refusal.

use alloy_primitives::B256;
use serde::de::IgnoredAny;

use super::slot::Slot;
use super::{Outbox, is_short_of_funds};
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::rpc::Call;

/// It has the very same bytes.
const KNOWN: [&str; 7] = [
    "already known",
    "alreadyknown",
    "already imported",
    "known transaction",
    "already exists",
    "already in mempool",
    "already in the",
];
/// What holds one of these words and says the opposite.
const UNKNOWN: &str = "unknown transaction";
/// Another transaction has the nonce: on the chain, or in the node's pool at a fee that this one doesn't beat.
const CONTESTED: [&str; 8] = [
    "nonce too low",
    "nonce is too low",
    "oldnonce",
    "already used",
    "invalid nonce",
    "same nonce",
    "replacement",
    "could not replace",
];
/// It isn't time: the node lacks a transaction before this one, has no room, or wants a higher fee.
const NOT_NOW: [&str; 11] = [
    "nonce too high",
    "nonce gap",
    "noncegap",
    "gapped",
    "pool is full",
    "mempool is full",
    "limit exceeded",
    "underpriced",
    "fee too low",
    "feetoolow",
    "base fee",
];

/// What has become of bytes that were handed to nodes.
pub(super) enum Reception {
    /// A node has them, or had them before.
    Accepted,
    /// Perhaps nobody has them, but their time may come: they are kept, and sent again.
    Kept,
    /// Another transaction has this nonce.
    Displaced,
}

/// What one node said.
enum Word {
    Accepted,
    Contested,
    NotNow(String),
    Nothing,
    Refused(Box<Error>),
}

impl Word {
    fn of(sent: Result<B256>) -> Self {
        let error = match sent {
            Ok(_) => return Self::Accepted,
            Err(error) if matches!(*error, Error::RpcUnreachable { .. } | Error::RpcNonsense { .. }) => {
                return Self::Nothing;
            }
            Err(error) => error,
        };
        let Error::RpcRefused { message, .. } = &*error else { return Self::Refused(error) };
        let message = message.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&KNOWN) && !message.contains(UNKNOWN) {
            Self::Accepted
        } else if is_short_of_funds(&error) {
            Self::Refused(error)
        } else if says(&CONTESTED) {
            Self::Contested
        } else if says(&NOT_NOW) {
            Self::NotNow(message)
        } else {
            Self::Refused(error)
        }
    }
}

impl<P: Platform> Outbox<P> {
    /// Hands the bytes to the first endpoint that answers: where an answer is lost, the next one gets them, too.
    ///
    /// # Errors
    /// A node's refusal; [`Error::Underfunded`].
    pub(super) async fn broadcast(&self, nonce: u64, slot: &Slot) -> Result<Reception> {
        let sent = self.rpc.ask::<B256>(Call::new("eth_sendRawTransaction", (&slot.raw,))?).await;
        self.judge(nonce, slot, vec![Word::of(sent)]).await
    }

    /// Hands the bytes to all endpoints: the one that has them may keep them to itself.
    ///
    /// # Errors
    /// The refusal of all nodes; [`Error::Underfunded`].
    pub(super) async fn offer(&self, nonce: u64, slot: &Slot) -> Result<Reception> {
        let everyone = self.rpc.ask_everyone::<B256>(&Call::new("eth_sendRawTransaction", (&slot.raw,))?).await?;
        self.judge(nonce, slot, everyone.answers.into_iter().map(Word::of).collect()).await
    }

    async fn judge(&self, nonce: u64, slot: &Slot, words: Vec<Word>) -> Result<Reception> {
        if words.iter().any(|word| matches!(word, Word::Accepted)) {
            return Ok(Reception::Accepted);
        }
        if words.iter().any(|word| matches!(word, Word::Contested)) {
            return self.contested(nonce, slot).await;
        }
        let not_now = words.iter().find_map(|word| if let Word::NotNow(message) = word { Some(message) } else { None });
        if let Some(message) = not_now {
            self.platform.log(&format!("transaction {} is kept for later: {message}", slot.hash));
            return Ok(Reception::Kept);
        }
        match words.into_iter().find_map(|word| if let Word::Refused(error) = word { Some(error) } else { None }) {
            Some(error) if is_short_of_funds(&error) => Err(self.underfunded()),
            Some(error) => Err(error),
            None => Ok(Reception::Kept),
        }
    }

    /// Some transaction has the nonce. It may be ours: these bytes, or the same call with another fee. That it is
    /// another's is only believed if all endpoints were asked, none knows any of ours, and the nonce is taken indeed:
    /// whoever believes it makes a second transaction of the same call.
    async fn contested(&self, nonce: u64, slot: &Slot) -> Result<Reception> {
        let mut versions = slot.versions();
        if let Some(kept) = self.slot(nonce).await?.filter(|kept| kept.id == slot.id) {
            versions.extend(kept.versions().into_iter().filter(|hash| *hash != slot.hash));
        }
        for hash in versions {
            let question = Call::new("eth_getTransactionByHash", (hash,))?;
            let everyone = self.rpc.ask_everyone::<Option<IgnoredAny>>(&question).await?;
            if everyone.answers.iter().any(|answer| matches!(answer, Ok(Some(_)))) {
                return Ok(Reception::Accepted);
            }
            if !everyone.complete || everyone.answers.iter().any(Result::is_err) {
                return Ok(Reception::Kept);
            }
        }
        Ok(if nonce < self.market().await?.pending { Reception::Displaced } else { Reception::Kept })
    }
}
