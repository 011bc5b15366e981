//! Repairs what crashes, lost connections and low fees leave in the way of later transactions.

use serde::{Deserialize, Serialize};

use super::slot::{FILLER, Slot};
use super::{GRACE_MS, KEPT, MAX_IN_FLIGHT, Market, Outbox, STUCK_MS};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// How far above a free nonce kept transactions are looked for.
const LOOK_AHEAD: u64 = 4;
/// Most nonces that are forgotten at once.
const FORGET_AT_ONCE: u64 = 32;

/// What a repair did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healed {
    /// Kept transactions that were sent again.
    pub resent: u64,
    /// Nonces of dead owners that were used up.
    pub filled: u64,
    /// Transactions that were offered again with a higher fee.
    pub replaced: u64,
    /// Nonces without bytes whose owners may still be at work.
    pub waiting: u64,
}

impl<P: Platform> Outbox<P> {
    /// Looks at every unconfirmed nonce, repairs what is broken, and forgets what is long done. May run at any time,
    /// by several at once.
    ///
    /// # Errors
    /// What the chain or the store had.
    pub async fn heal(&self) -> Result<Healed> {
        let market = self.market().await?;
        let mut healed = Healed::default();
        for nonce in market.latest..=market.latest + MAX_IN_FLIGHT {
            match self.slot(nonce).await? {
                Some(slot) => self.heal_slot(nonce, &slot, &market, &mut healed).await?,
                None if self.is_end(nonce).await? => break,
                // The node has a transaction of this nonce that we know nothing of; that is no gap.
                None if nonce < market.pending => {}
                None => self.heal_gap(nonce, &market, &mut healed).await?,
            }
        }
        self.forget_old(&market).await?;
        Ok(healed)
    }

    async fn heal_slot(&self, nonce: u64, slot: &Slot, market: &Market, healed: &mut Healed) -> Result<()> {
        let is_stuck = self.platform.now_ms().saturating_sub(slot.signed_ms) > STUCK_MS;
        // A call that lost its nonce to another transaction has a new one; its old bytes must not run it twice.
        let has_moved = slot.id != FILLER && self.noted_nonce(&slot.id).await? != Some(nonce);
        let is_worth_more = is_stuck && market.fees.may_replace(slot.decode()?.1);
        if has_moved || nonce == market.latest && is_worth_more {
            let again = self.replacement(nonce, slot, market, has_moved).await?;
            self.keep(nonce, &again).await?;
            self.resend(&again).await?;
            healed.replaced += 1;
        } else if nonce >= market.pending {
            self.resend(slot).await?;
            healed.resent += 1;
        }
        Ok(())
    }

    /// Sends kept bytes; what the node thinks of them shows in the next repair.
    async fn resend(&self, slot: &Slot) -> Result<()> {
        match self.broadcast(slot).await {
            Err(Error::RpcRefused { message, .. }) => {
                self.platform.log(&format!("transaction {} is refused: {message}", slot.hash));
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// The same call with higher fees; if it has moved or would fail by now, only the nonce is used up.
    async fn replacement(&self, nonce: u64, slot: &Slot, market: &Market, has_moved: bool) -> Result<Slot> {
        let (transaction, before) = slot.decode()?;
        let fees = market.fees.to_replace(before);
        if slot.id != FILLER && !has_moved {
            match self.estimate(&transaction).await {
                Ok(gas) => return self.sign(&transaction, nonce, gas, fees),
                Err(error) if error.is_revert() => {}
                Err(error) => return Err(error),
            }
        }
        self.sign_filler(nonce, fees)
    }

    /// A nonce without bytes: its owner is between claim and bytes, or dead.
    async fn heal_gap(&self, nonce: u64, market: &Market, healed: &mut Healed) -> Result<()> {
        let now = self.platform.now_ms();
        let key = self.gap_key(nonce);
        let seen = self.platform.get(&key).await?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        let Some(seen) = seen else {
            healed.waiting += 1;
            return Ok(self.platform.set(&key, &now.to_le_bytes()).await?);
        };
        if now.saturating_sub(seen) < GRACE_MS {
            healed.waiting += 1;
            return Ok(());
        }
        // Nobody may have claimed it, if the chain lost blocks; from here on nobody can.
        self.platform.claim(&self.claim_key(nonce)).await?;
        let filler = self.sign_filler(nonce, market.fees)?;
        self.keep(nonce, &filler).await?;
        self.resend(&filler).await?;
        healed.filled += 1;
        Ok(())
    }

    /// Whether neither this nonce nor one soon after it was ever claimed.
    async fn is_end(&self, nonce: u64) -> Result<bool> {
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

    pub(super) fn gap_key(&self, nonce: u64) -> String {
        format!("tx:gap:{}:{:#x}:{nonce}", self.chain_id, self.sender())
    }

    /// Repairs after the grace, in the background; one of all senders of these seconds does it for all.
    pub(super) async fn heal_later(&self) {
        let window = self.platform.now_ms() / GRACE_MS;
        let key = format!("claim:heal:{}:{:#x}:{window}", self.chain_id, self.sender());
        if !matches!(self.platform.claim(&key).await, Ok(true)) {
            return;
        }
        let outbox = self.clone();
        self.platform.spawn(async move {
            // The first look marks gaps, the second one fills those that are still there.
            for pause in [GRACE_MS / 8, GRACE_MS + GRACE_MS / 8] {
                outbox.platform.sleep(pause).await;
                match outbox.heal().await {
                    Ok(healed) if healed.waiting == 0 => break,
                    Ok(_) => {}
                    Err(error) => outbox.platform.log(&format!("outbox: {error}")),
                }
            }
            let _ = outbox.platform.delete(&key).await;
        });
    }

    async fn forget_old(&self, market: &Market) -> Result<()> {
        let key = format!("tx:forgotten:{}:{:#x}", self.chain_id, self.sender());
        let from = self.platform.get(&key).await?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        let Some(end) = market.latest.checked_sub(KEPT) else { return Ok(()) };
        // Without a mark there is nothing old of ours that is worth more than a look at the last few.
        let from = from.unwrap_or_else(|| end.saturating_sub(FORGET_AT_ONCE));
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
