//! Nonces for which there are no bytes of ours, and what of nonces is forgotten when their time is over.

use super::heal::Healed;
use super::{GRACE_MS, KEPT, Market, Outbox};
use crate::error::Result;
use crate::platform::Platform;

/// How far above a free nonce kept transactions are looked for.
const LOOK_AHEAD: u64 = 16;
/// How long a transaction that we know nothing of may be the first unconfirmed one, before ours competes with it.
pub(super) const STRANGER_MS: u64 = 5 * 60 * 1000;
/// Most nonces that are forgotten at once.
const FORGET_AT_ONCE: u64 = 32;

impl<P: Platform> Outbox<P> {
    /// A nonce without bytes of which no node has a transaction: its owner is between claim and bytes, or dead.
    pub(super) async fn heal_gap(&self, nonce: u64, market: &Market, healed: &mut Healed) -> Result<()> {
        if !self.has_waited(nonce, GRACE_MS).await? {
            healed.waiting += 1;
            return Ok(());
        }
        self.use_up(nonce, market, healed).await
    }

    /// A nonce without bytes of which the node has a transaction: somebody else has this key, or our store was lost. It
    /// is left in peace, unless it keeps all others waiting for long: what its fee is can't be asked, but that it is
    /// too low is plain.
    pub(super) async fn heal_stranger(&self, nonce: u64, market: &Market, healed: &mut Healed) -> Result<()> {
        if nonce == market.latest && self.has_waited(nonce, STRANGER_MS).await? {
            return self.use_up(nonce, market, healed).await;
        }
        Ok(())
    }

    /// Whether a nonce was first seen without bytes so long ago; notes it when it is seen for the first time.
    async fn has_waited(&self, nonce: u64, ms: u64) -> Result<bool> {
        let (now, key) = (self.platform.now_ms(), self.gap_key(nonce));
        let seen = self.platform.get(&key).await?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        match seen {
            Some(seen) => Ok(now.saturating_sub(seen) >= ms),
            None => {
                self.platform.set(&key, &now.to_le_bytes()).await?;
                Ok(false)
            }
        }
    }

    async fn use_up(&self, nonce: u64, market: &Market, healed: &mut Healed) -> Result<()> {
        // Nobody may have claimed it, if the chain lost blocks; from here on nobody can.
        self.platform.claim(&self.claim_key(nonce)).await?;
        let filler = self.sign_filler(nonce, market.fees.within(self.most))?;
        self.keep(nonce, &filler).await?;
        self.resend(nonce, &filler).await?;
        healed.filled += 1;
        Ok(())
    }

    /// Whether neither this nonce nor one soon after it was ever claimed.
    pub(super) async fn is_end(&self, nonce: u64) -> Result<bool> {
        if self.platform.increment(&self.claim_key(nonce), 0).await? > 0 {
            return Ok(false);
        }
        for above in nonce + 1..=nonce + LOOK_AHEAD {
            if self.platform.get(&self.slot_key(above)).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn forget_old(&self, market: &Market) -> Result<()> {
        let key = format!("tx:forgotten:{}:{:#x}", self.chain_id, self.sender());
        let from = self.platform.get(&key).await?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        let end = market.latest.saturating_sub(KEPT);
        let from = match from {
            Some(from) => from,
            // Without a mark there is nothing old of ours that is worth more than a look at the last few.
            None => {
                let from = end.saturating_sub(FORGET_AT_ONCE);
                self.platform.set(&key, &from.to_le_bytes()).await?;
                from
            }
        };
        let end = end.min(from + FORGET_AT_ONCE);
        if from >= end {
            return Ok(());
        }
        for nonce in from..end {
            self.forget(nonce).await?;
        }
        Ok(self.platform.set(&key, &end.to_le_bytes()).await?)
    }
}
