//! Whose turn it is to send a call, where several callers are handed the same one at the same moment.
//!
//! They all find the same note of the call (none, or the nonce of a try that failed), so a claim that names this note
//! has one owner. The others wait until the owner has noted its nonce. If it leaves nothing in the time that it has, it
//! is dead, and there is another such claim for its heir.

use super::{Earlier, GRACE_MS, Market, Outbox, Sent};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// How often a caller looks whether the owner has noted its nonce.
const LOOK_MS: u64 = 100;

/// How many may die one after the other with the turn in their hands before callers are sent away.
const HEIRS: u32 = 4;

/// What a caller finds.
pub(super) enum Turn {
    /// It is to send the call; this nonce was noted for it before.
    Ours(Option<u64>),
    /// Another has sent it.
    Done(Sent),
}

impl<P: Platform> Outbox<P> {
    /// Takes the turn for a call, or sees what becomes of another's. `lost` is the nonce that the caller has just tried.
    ///
    /// # Errors
    /// [`Error::LeaseOver`] if the other leaves nothing within the time that it has; else if the store or the chain fails.
    pub(super) async fn turn(&self, id: &str, market: &Market, lost: Option<u64>) -> Result<Turn> {
        let seen = self.noted_nonce(id).await?;
        if let Some(nonce) = seen.filter(|_| seen != lost) {
            // It may have been noted after the caller had looked, and its bytes may be about to be kept.
            let has_bytes = self.slot(nonce).await?.is_some();
            let found = match self.earlier(id, market).await? {
                Earlier::InFlight(sent) => Some(sent),
                _ if has_bytes => None,
                _ => self.watch(id, lost, market).await?,
            };
            if let Some(sent) = found {
                return Ok(Turn::Done(sent));
            }
        }
        for heir in 0..HEIRS {
            if self.platform.claim(&self.turn_key(id, seen, heir)).await? {
                return Ok(Turn::Ours(seen));
            }
            if let Some(sent) = self.watch(id, lost, market).await? {
                return Ok(Turn::Done(sent));
            }
        }
        self.give_back(id, seen, Error::LeaseOver(id.into()).into()).await
    }

    /// Waits for what another caller notes, as long as that has time for it.
    async fn watch(&self, id: &str, lost: Option<u64>, market: &Market) -> Result<Option<Sent>> {
        let end = self.platform.now_ms() + GRACE_MS / 2;
        while self.platform.now_ms() < end {
            self.platform.sleep(LOOK_MS).await;
            if self.noted_nonce(id).await? != lost
                && let Earlier::InFlight(sent) = self.earlier(id, market).await?
            {
                return Ok(Some(sent));
            }
        }
        Ok(None)
    }

    /// Gives a turn back that leads to nothing.
    pub(super) async fn give_back<T>(&self, id: &str, after: Option<u64>, error: Box<Error>) -> Result<T> {
        self.forget_turn(id, after).await?;
        Err(error)
    }

    /// Removes all claims on a turn.
    pub(super) async fn forget_turn(&self, id: &str, after: Option<u64>) -> Result<()> {
        for heir in 0..HEIRS {
            self.platform.delete(&self.turn_key(id, after, heir)).await?;
        }
        Ok(())
    }

    fn turn_key(&self, id: &str, after: Option<u64>, heir: u32) -> String {
        let after = after.map_or("first".into(), |nonce| nonce.to_string());
        format!("claim:call:{}:{:#x}:{id}:{after}:{heir}", self.chain_id, self.sender())
    }
}
