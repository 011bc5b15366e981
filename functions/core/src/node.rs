//! What nodes say about logs and fees, as far as it is looked at.

use alloy_primitives::{Address, B256, Bytes, U64, U128};
use serde::Deserialize;

/// A log, as `eth_getLogs` gives it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
    /// `None` while it is in no block.
    pub(crate) block_number: Option<U64>,
    pub(crate) block_hash: Option<B256>,
    /// Whether the chain took it back.
    #[serde(default)]
    pub(crate) removed: bool,
}

/// `eth_feeHistory`, as far as it tells what to offer. Amounts are in wei a unit of gas.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FeeHistory {
    /// Of the blocks asked about, and of the one after.
    pub(crate) base_fee_per_gas: Vec<U128>,
    /// Of each block, the tip at each percentile asked for.
    pub(crate) reward: Option<Vec<Vec<U128>>>,
}
