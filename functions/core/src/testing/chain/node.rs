//! The nodes of the small chain: each has a pool of its own, and may be down, behind, strict or forgetful.
//!
//! They don't talk to each other, so what one was told another doesn't know: the worst that several endpoints can be.

use std::collections::BTreeMap;

use alloy_consensus::TxEnvelope;
use alloy_consensus::transaction::{SignerRecoverable, Transaction as _};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, Bytes};
use serde_json::{Value, json};

use super::{Inner, Mined};

/// How a node is, which tests change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pool: BTreeMap<(Address, u64), Mined>,
    pub(crate) down: bool,
    /// Answers of `eth_sendRawTransaction` that get lost though it took effect.
    pub(crate) lose_next_answers: u64,
    /// How many of the newest blocks it doesn't know yet.
    pub(crate) behind: u64,
    /// It has no pool for what comes too early, like Arbitrum's.
    pub(crate) strict: bool,
    /// It tells no miner what it was told.
    pub(crate) private: bool,
    /// What it says to every transaction.
    pub(crate) refuses: Option<&'static str>,
}

impl Node {
    /// Forgets what isn't mined, as a node does that is started anew.
    pub(crate) fn forget(&mut self) {
        self.pool.clear();
    }

    /// Whether it has an unconfirmed transaction of this nonce.
    pub(crate) fn has(&self, account: Address, nonce: u64) -> bool {
        self.pool.contains_key(&(account, nonce))
    }
}

impl Inner {
    /// Transactions of an account that are mined, as far as a node knows.
    pub(super) fn mined_count(&self, account: Address, node: usize) -> u64 {
        self.known_to(node).filter(|tx| tx.from == account).count() as u64
    }

    pub(super) fn pending_count(&self, account: Address, node: usize) -> u64 {
        let mut nonce = self.mined_count(account, node);
        while self.nodes[node].pool.contains_key(&(account, nonce)) {
            nonce += 1;
        }
        nonce
    }

    /// The mined transactions that a node knows of.
    pub(crate) fn known_to(&self, node: usize) -> impl Iterator<Item = &Mined> {
        let head = self.head_of(node);
        self.mined.iter().filter(move |tx| tx.block <= head)
    }

    pub(super) fn head_of(&self, node: usize) -> u64 {
        self.block.saturating_sub(self.nodes[node].behind)
    }

    pub(super) fn finds(&self, hash: &Value, node: usize) -> bool {
        self.known_to(node).chain(self.nodes[node].pool.values()).any(|tx| json!(tx.hash) == *hash)
    }

    /// Puts a transaction of an account into a node's pool, as somebody else does who has its key.
    pub(crate) fn pool(&mut self, node: usize, tx: Mined) {
        self.nodes[node].pool.insert((tx.from, tx.nonce), tx);
    }

    /// The next transaction that can be mined: of several with one nonce, the one that pays the most.
    pub(super) fn next_ready(&mut self) -> Option<Mined> {
        let pools = self.nodes.iter().filter(|node| !node.private).flat_map(|node| node.pool.values());
        let ready = pools.filter(|tx| self.count(tx.from) == tx.nonce && tx.fees.0 >= self.base_fee);
        let chosen = ready.max_by_key(|tx| tx.fees).cloned()?;
        for node in &mut self.nodes {
            node.pool.retain(|(from, nonce), _| *from != chosen.from || *nonce > chosen.nonce);
        }
        Some(chosen)
    }

    fn count(&self, account: Address) -> u64 {
        self.mined.iter().filter(|tx| tx.from == account).count() as u64
    }

    pub(super) fn receive(&mut self, raw: &Value, node: usize) -> Result<Value, Value> {
        // Some nodes say "internal error" (-32603) where others say "server error" (-32000).
        let refuse = |message: &str| Err(json!({"code": -32603, "message": message}));
        if let Some(message) = self.nodes[node].refuses {
            return refuse(message);
        }
        let raw: Bytes = raw.as_str().expect("raw").parse().expect("bytes");
        let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).expect("a transaction");
        let tx = Mined {
            hash: *envelope.tx_hash(),
            from: envelope.recover_signer().expect("a signature"),
            nonce: envelope.nonce(),
            to: envelope.to().expect("a call"),
            input: envelope.input().clone(),
            value: envelope.value(),
            fees: (envelope.max_fee_per_gas(), envelope.max_priority_fee_per_gas().unwrap_or_default()),
            block: 0,
        };
        if tx.nonce < self.mined_count(tx.from, node) {
            return refuse("nonce too low");
        }
        if self.nodes[node].strict && tx.nonce > self.pending_count(tx.from, node) {
            return refuse("nonce too high");
        }
        let is_more = |new: u128, old: u128| new * 10 >= old * 11;
        match self.nodes[node].pool.get(&(tx.from, tx.nonce)) {
            Some(other) if *other == tx => return refuse("already known"),
            Some(other) if !is_more(tx.fees.0, other.fees.0) || !is_more(tx.fees.1, other.fees.1) => {
                return refuse("replacement transaction underpriced");
            }
            _ => {}
        }
        let hash = tx.hash;
        self.pool(node, tx);
        Ok(json!(hash))
    }
}
