//! Repairs what crashes, lost connections and low fees leave in the way of later transactions.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::market::Fees;
use super::slot::{FILLER, Slot};
use super::{GRACE_MS, MAX_IN_FLIGHT, Market, Outbox, STUCK_MS};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// Most fees that one repair raises: each takes a few round trips, and the next repair comes soon.
const RAISED_AT_ONCE: u64 = 16;

/// What a repair did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healed {
    /// Kept transactions that were sent again.
    pub resent: u64,
    /// Nonces of dead owners, and of calls that no node takes, that were used up.
    pub filled: u64,
    /// Transactions that were offered again with a higher fee.
    pub replaced: u64,
    /// Nonces without bytes whose owners may still be at work.
    pub waiting: u64,
}

impl Sum for Healed {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            resent: sum.resent + one.resent,
            filled: sum.filled + one.filled,
            replaced: sum.replaced + one.replaced,
            waiting: sum.waiting + one.waiting,
        })
    }
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
                None if nonce < market.pending => self.heal_stranger(nonce, &market, &mut healed).await?,
                None if self.is_end(nonce).await? => break,
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
        let again = match has_moved {
            true => Some(self.sign_filler(nonce, self.raised(slot.decode()?.1, market))?),
            false if is_stuck && healed.replaced < RAISED_AT_ONCE => self.replacement(nonce, slot, market).await?,
            false => None,
        };
        let offered = match &again {
            Some(again) => {
                let again = again.clone().replacing(slot);
                self.keep(nonce, &again).await?;
                healed.replaced += 1;
                again
            }
            None if nonce >= market.pending || is_stuck => {
                healed.resent += 1;
                slot.clone()
            }
            None => return Ok(()),
        };
        let is_refused = self.resend(nonce, &offered).await?;
        if is_refused && is_stuck && nonce == market.latest && offered.id != FILLER {
            // No node takes it, nor will: the others must not wait for it. Its call gets another nonce when this one is
            // used up, if the chain still wants it then.
            let filler = self.sign_filler(nonce, self.raised(offered.decode()?.1, market))?.replacing(&offered);
            self.keep(nonce, &filler).await?;
            self.resend(nonce, &filler).await?;
            healed.filled += 1;
        }
        Ok(())
    }

    /// Sends kept bytes to all nodes. True if all refuse them for good; what they think of them else shows in the next
    /// repair.
    pub(super) async fn resend(&self, nonce: u64, slot: &Slot) -> Result<bool> {
        match self.offer(nonce, slot).await {
            Err(error) if matches!(*error, Error::RpcRefused { .. } | Error::Underfunded(_)) => {
                self.platform.log(&format!("transaction {} is refused: {error}", slot.hash));
                Ok(!matches!(*error, Error::Underfunded(_)))
            }
            other => other.map(|_| false),
        }
    }

    /// The same call with higher fees, if that may help; if it would fail by now, only the nonce is used up.
    ///
    /// Fees are raised of the first unconfirmed transaction, which all others wait for, and of those that the next block
    /// would not take: their turn comes, and one at a time would take long.
    async fn replacement(&self, nonce: u64, slot: &Slot, market: &Market) -> Result<Option<Slot>> {
        let (transaction, before) = slot.decode()?;
        let fees = self.raised(before, market);
        let may_help = market.fees.may_replace(before) && fees.replaces(before);
        if !may_help || nonce != market.latest && before.max >= market.base {
            return Ok(None);
        }
        if slot.id == FILLER {
            return self.sign_filler(nonce, fees).map(Some);
        }
        match self.estimate(&transaction).await {
            Ok(gas) => self.sign(&transaction, nonce, gas, fees).map(Some),
            Err(error) if error.is_revert() => self.sign_filler(nonce, fees).map(Some),
            Err(error) => {
                self.platform.log(&format!("the fee of transaction {} is not raised: {error}", slot.hash));
                Ok(None)
            }
        }
    }

    /// What is offered after `before`, within what the settings allow.
    fn raised(&self, before: Fees, market: &Market) -> Fees {
        market.fees.to_replace(before).within(self.most)
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
}
