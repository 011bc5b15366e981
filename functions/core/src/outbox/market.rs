//! Where a sender stands and what the chain takes for a transaction, read in one round trip with other questions.

use alloy_primitives::{U64, U128};

use super::Outbox;
use crate::error::{Error, Result};
use crate::node::FeeHistory;
use crate::platform::Platform;
use crate::rpc::{Answer, Call};

/// The tip when no node will name one: 1 gwei.
const DEFAULT_TIP: u128 = 1_000_000_000;
/// What a node wants before it replaces a transaction: an eighth more. Nodes ask for a tenth at least.
const BUMP: u128 = 8;

/// Nonces and fees of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    /// Transactions of the sender that are mined: the first nonce that isn't.
    pub latest: u64,
    /// The same with what the node has ready to be mined.
    pub pending: u64,
    /// What the next block takes of each transaction for a unit of gas, in wei: it is burnt.
    pub base: u128,
    /// What to offer.
    pub fees: Fees,
}

/// EIP-1559 fees, in wei a unit of gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Most that is paid in all.
    pub max: u128,
    /// What the block's maker gets of it.
    pub tip: u128,
}

/// How many times the market's fees are offered at most: a chain that stands still must not drive them up for ever.
const MOST_TIMES: u128 = 4;

impl Fees {
    /// Whether offering more than `before` may help: what is far above the market waits for something else.
    pub(super) fn may_replace(self, before: Self) -> bool {
        before.max < self.max.saturating_mul(MOST_TIMES)
    }

    /// At least these fees, and enough more than `before` to replace a transaction.
    pub(super) fn to_replace(self, before: Self) -> Self {
        let more = |fee: u128| fee + fee / BUMP + 1;
        Self { max: self.max.max(more(before.max)), tip: self.tip.max(more(before.tip)) }
    }

    /// Whether nodes take these fees in the place of `before`: both must be a tenth higher (geth's `PriceBump`).
    pub(super) fn replaces(self, before: Self) -> bool {
        let is_more = |fee: u128, before: u128| fee > before && (fee - before).saturating_mul(10) >= before;
        is_more(self.max, before.max) && is_more(self.tip, before.tip)
    }

    /// These fees, but no more than `most` for a unit of gas.
    pub(super) fn within(self, most: u128) -> Self {
        Self { max: self.max.min(most), tip: self.tip.min(most) }
    }
}

impl<P: Platform> Outbox<P> {
    /// The questions whose answers make a [`Market`]; put them before questions about what the transactions changed.
    ///
    /// # Errors
    /// See [`Call::new`].
    pub fn questions(&self) -> Result<Vec<Call>> {
        Ok(vec![
            Call::new("eth_getTransactionCount", (self.sender(), "latest"))?,
            Call::new("eth_getTransactionCount", (self.sender(), "pending"))?,
            Call::new("eth_feeHistory", (U64::from(4), "latest", [50]))?,
            Call::new("eth_maxPriorityFeePerGas", ())?,
        ])
    }

    /// Reads the answers to [`Outbox::questions`], the first four of `answers`.
    ///
    /// # Errors
    /// If a node left one out or answered nonsense.
    pub fn read_market(answers: &mut impl Iterator<Item = Answer>) -> Result<Market> {
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let latest = next()?.read::<U64>()?.to();
        let pending = next()?.read::<U64>()?.to::<u64>();
        let history: FeeHistory = next()?.read()?;
        let tip = next()?.read::<U128>().map(|tip| tip.to()).unwrap_or_else(|_| usual_tip(&history));
        let base: u128 = history.base_fee_per_gas.last().map(U128::to).unwrap_or_default();
        // The base fee can grow by an eighth a block; twice as much lasts for six full blocks.
        let fees = Fees { max: base.saturating_mul(2).saturating_add(tip), tip };
        Ok(Market { latest, pending: pending.max(latest), base, fees })
    }

    /// What a transaction is sent with. Where gas costs more than the settings allow, none is begun: it would only stand
    /// in the way until gas is cheaper.
    ///
    /// # Errors
    /// [`Error::GasTooDear`].
    pub(super) fn affordable(&self, market: &Market) -> Result<Fees> {
        let fee = market.base.saturating_add(market.fees.tip);
        if fee > self.most {
            return Err(Error::GasTooDear { fee, most: self.most }.into());
        }
        Ok(market.fees.within(self.most))
    }

    /// Asks for a [`Market`] alone.
    ///
    /// # Errors
    /// What the chain had.
    pub async fn market(&self) -> Result<Market> {
        Self::read_market(&mut self.rpc.batch(self.questions()?).await?.into_iter())
    }
}

/// The middle of the tips that the last blocks took, for nodes that don't know `eth_maxPriorityFeePerGas`.
fn usual_tip(history: &FeeHistory) -> u128 {
    let mut tips: Vec<u128> = history.reward.iter().flatten().flatten().map(U128::to).filter(|&tip| tip > 0).collect();
    tips.sort_unstable();
    tips.get(tips.len() / 2).copied().unwrap_or(DEFAULT_TIP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_raised_only_to_a_few_times_the_market() {
        let market = Fees { max: 100, tip: 1 };
        assert!(market.may_replace(Fees { max: 399, tip: 1 }));
        assert!(!market.may_replace(Fees { max: 400, tip: 1 }));
        assert!(!Fees { max: u128::MAX, tip: 1 }.may_replace(Fees { max: u128::MAX, tip: 1 }));
    }

    #[test]
    fn a_replacement_offers_an_eighth_more_of_both_fees() {
        let before = Fees { max: 80, tip: 8 };
        assert_eq!(Fees { max: 10, tip: 1 }.to_replace(before), Fees { max: 91, tip: 10 });
        assert_eq!(Fees { max: 500, tip: 1 }.to_replace(before), Fees { max: 500, tip: 10 });
    }

    #[test]
    fn fees_replace_others_if_both_are_a_tenth_higher() {
        let before = Fees { max: 100, tip: 10 };
        assert!(Fees { max: 110, tip: 11 }.replaces(before));
        assert!(!Fees { max: 109, tip: 11 }.replaces(before));
        assert!(!Fees { max: 200, tip: 10 }.replaces(before), "a tip of before doesn't do");
        assert!(!Fees { max: 0, tip: 0 }.replaces(Fees { max: 0, tip: 0 }));
        assert!(!Fees { max: u128::MAX, tip: 1 }.replaces(Fees { max: u128::MAX, tip: 0 }));
        assert!(Fees { max: 1, tip: 1 }.to_replace(before).replaces(before));
    }

    #[test]
    fn no_more_is_offered_than_the_settings_allow() {
        assert_eq!(Fees { max: 90, tip: 5 }.within(50), Fees { max: 50, tip: 5 });
        assert_eq!(Fees { max: 90, tip: 60 }.within(50), Fees { max: 50, tip: 50 });
    }

    #[test]
    fn the_usual_tip_is_the_middle_one_and_never_nothing() {
        let history = |rewards: &[u128]| FeeHistory {
            reward: Some(rewards.iter().map(|&tip| vec![U128::from(tip)]).collect()),
            ..FeeHistory::default()
        };
        assert_eq!(usual_tip(&history(&[5, 0, 1, 3])), 3);
        assert_eq!(usual_tip(&history(&[])), DEFAULT_TIP);
        assert_eq!(usual_tip(&FeeHistory::default()), DEFAULT_TIP);
    }
}
