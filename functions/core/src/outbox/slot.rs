//! What is kept of a nonce: the signed bytes, and under which call's name.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_rlp::{Decodable, Header};
use alloy_signer::SignerSync;
use serde::{Deserialize, Serialize};

use super::market::Fees;
use super::{Outbox, Transaction};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// The name of a transaction that only uses up a nonce.
pub(super) const FILLER: &str = "filler";
/// Gas of a payment.
const FILLER_GAS: u64 = 21_000;
/// How many earlier versions of a transaction are remembered.
const VERSIONS: usize = 16;

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) hash: B256,
    pub(super) raw: Bytes,
    pub(super) signed_ms: u64,
    /// The nonce that was noted for the call before this one, by which its turn was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    /// The same call with lower fees, as it was sent before. Any of them may be mined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaced: Vec<B256>,
    /// Of a filler: the call whose bytes were sent under this nonce before, and may be mined in its stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead_of: Option<String>,
}

impl Slot {
    /// The call that may have been made by this nonce, once it is mined.
    pub(super) fn call(&self) -> &str {
        self.instead_of.as_deref().unwrap_or(&self.id)
    }

    /// This, with the turn that was claimed for it.
    pub(super) fn after(self, after: Option<u64>) -> Self {
        Self { after, ..self }
    }

    /// The hashes under which this was ever sent.
    pub(super) fn versions(&self) -> Vec<B256> {
        self.replaced.iter().copied().chain([self.hash]).collect()
    }

    /// This in the place of what was kept under the nonce before.
    pub(super) fn replacing(mut self, before: &Self) -> Self {
        self.after = before.after;
        if self.id == before.id {
            self.replaced = before.versions();
            self.replaced.drain(..self.replaced.len().saturating_sub(VERSIONS));
            self.instead_of.clone_from(&before.instead_of);
        } else {
            self.instead_of = Some(before.call().into());
        }
        self
    }

    /// The call and the fees that were signed.
    pub(super) fn decode(&self) -> Result<(Transaction, Fees)> {
        let broken = || Error::Internal(format!("the kept transaction {} cannot be read", self.hash));
        Ok(self.read().map_err(|_| broken())?)
    }

    /// Reads as much as is needed of a transaction that was signed here (EIP-1559).
    fn read(&self) -> alloy_rlp::Result<(Transaction, Fees)> {
        let rest = &mut self.raw.get(1..).unwrap_or_default();
        Header::decode(rest)?;
        let (_chain_id, _nonce) = (u64::decode(rest)?, u64::decode(rest)?);
        let (tip, max, _gas) = (u128::decode(rest)?, u128::decode(rest)?, u64::decode(rest)?);
        let (to, value, data) = (Address::decode(rest)?, U256::decode(rest)?, Bytes::decode(rest)?);
        Ok((Transaction { id: self.id.clone(), to, data, value }, Fees { max, tip }))
    }
}

impl<P: Platform> Outbox<P> {
    pub(super) fn claim_key(&self, nonce: u64) -> String {
        format!("claim:nonce:{}:{:#x}:{nonce}", self.chain_id, self.sender())
    }

    pub(super) fn slot_key(&self, nonce: u64) -> String {
        format!("tx:{}:{:#x}:{nonce}", self.chain_id, self.sender())
    }

    fn note_key(&self, id: &str) -> String {
        format!("tx:call:{}:{:#x}:{id}", self.chain_id, self.sender())
    }

    pub(super) fn gap_key(&self, nonce: u64) -> String {
        format!("tx:gap:{}:{:#x}:{nonce}", self.chain_id, self.sender())
    }

    pub(super) async fn slot(&self, nonce: u64) -> Result<Option<Slot>> {
        let Some(bytes) = self.platform.get(&self.slot_key(nonce)).await? else { return Ok(None) };
        crate::json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| Error::Internal(format!("the kept transaction of nonce {nonce} cannot be read: {e}")).into())
    }

    pub(super) async fn keep(&self, nonce: u64, slot: &Slot) -> Result<()> {
        let bytes = serde_json::to_vec(slot).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(self.platform.set(&self.slot_key(nonce), &bytes).await?)
    }

    pub(super) async fn noted_nonce(&self, id: &str) -> Result<Option<u64>> {
        let bytes = self.platform.get(&self.note_key(id)).await?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes))
    }

    pub(super) async fn note_nonce(&self, id: &str, nonce: u64) -> Result<()> {
        Ok(self.platform.set(&self.note_key(id), &nonce.to_le_bytes()).await?)
    }

    /// Forgets a nonce that was mined long ago, and the note that leads to it.
    pub(super) async fn forget(&self, nonce: u64) -> Result<()> {
        if let Some(slot) = self.slot(nonce).await? {
            if self.noted_nonce(slot.call()).await? == Some(nonce) {
                self.platform.delete(&self.note_key(slot.call())).await?;
            }
            self.forget_turn(slot.call(), slot.after).await?;
        }
        for key in [self.slot_key(nonce), self.gap_key(nonce), self.claim_key(nonce)] {
            self.platform.delete(&key).await?;
        }
        Ok(())
    }

    pub(super) fn sign(&self, transaction: &Transaction, nonce: u64, gas: u64, fees: Fees) -> Result<Slot> {
        let unsigned = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit: gas,
            max_fee_per_gas: fees.max,
            max_priority_fee_per_gas: fees.tip,
            to: TxKind::Call(transaction.to),
            value: transaction.value,
            access_list: Default::default(),
            input: transaction.data.clone(),
        };
        let signature = self
            .key
            .sign_hash_sync(&unsigned.signature_hash())
            .map_err(|e| Error::Internal(format!("a transaction cannot be signed: {e}")))?;
        let signed = unsigned.into_signed(signature);
        let raw = signed.encoded_2718().into();
        Ok(Slot {
            id: transaction.id.clone(),
            hash: *signed.hash(),
            raw,
            signed_ms: self.platform.now_ms(),
            after: None,
            replaced: Vec::new(),
            instead_of: None,
        })
    }

    /// A payment of nothing to oneself.
    pub(super) fn sign_filler(&self, nonce: u64, fees: Fees) -> Result<Slot> {
        let nothing = Transaction::to(FILLER.into(), self.sender(), Bytes::new());
        self.sign(&nothing, nonce, FILLER_GAS, fees)
    }
}
