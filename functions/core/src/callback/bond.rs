//! What must be sure before our ether is bonded for an answer: that the same answer has not lost a bond before, and that
//! there is enough of it.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;

use super::Desk;
use super::standing::{Question, Standing};
use crate::abi::IInferenceHub::{FraudProved, ProposalVoided, StakeTooLow};
use crate::chain;
use crate::error::{Error, Result};
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::receipt::Receipt;
use crate::rpc::MAX_ANSWER;

impl<P: Platform> Desk<'_, P> {
    /// Refuses a bond that would surely be lost; notes the one that is about to be made.
    pub(super) async fn check_bond(
        &self,
        job: &Job,
        question: &Question<'_>,
        standing: &Standing,
        receipt: &Receipt,
    ) -> Result<()> {
        let head: u64 = standing.head.number.to();
        let (id, request) = (job.id(), question.request_id);
        let noted = job::noted(self.platform, &id).await?.and_then(|note| Note::read(&note));
        if let Some(note) = noted.filter(|note| note.output_hash == receipt.outputHash)
            && self.has_failed(request, note.block, head).await?
        {
            let reason = "this very answer was bonded before and failed: it was struck down, or not shown on demand. \
                          Another bond might be lost, too. Look at what runs this model here"
                .into();
            return Err(Error::Unanswerable { request, reason }.into());
        }
        if noted.is_none_or(|note| note.output_hash != receipt.outputHash) {
            let note = Note { output_hash: receipt.outputHash, block: head };
            job::note(self.platform, &id, &note.to_bytes()).await?;
        }
        Ok(())
    }

    /// The hub's own words for a bond that isn't covered: only it knows what was agreed when the request was made.
    pub(super) fn name_missing_stake(error: Box<Error>, request: B256) -> Box<Error> {
        let Error::RpcRefused { revert: Some(data), .. } = &*error else { return error };
        match StakeTooLow::abi_decode(data) {
            Ok(StakeTooLow { operator, free, needed }) => {
                Error::StakeTooLow { request, sender: operator, free: Box::new(free), needed: Box::new(needed) }.into()
            }
            Err(_) => error,
        }
    }

    /// Whether this is the answer that was made here, and was about to be bonded.
    pub(super) async fn has_made(&self, request_id: B256, output_hash: B256) -> Result<bool> {
        let note = job::noted(self.platform, &request_id.to_string()).await?.and_then(|note| Note::read(&note));
        Ok(note.is_some_and(|note| note.output_hash == output_hash))
    }

    /// Whether a proposal of ours for this request failed since then: struck down, or void.
    async fn has_failed(&self, request_id: B256, from: u64, to: u64) -> Result<bool> {
        let to = to.max(from);
        let questions = vec![
            chain::events_about::<FraudProved>(self.hub, request_id, from, to)?,
            chain::events_about::<ProposalVoided>(self.hub, request_id, from, to)?,
        ];
        let ours = |topic: &B256| self.is_ours(Address::from_word(*topic));
        // `FraudProved` names the challenger before the proposer.
        for (answer, place) in self.rpc.batch_seen(questions, to, MAX_ANSWER).await?.into_iter().zip([3, 2]) {
            let events = match chain::read_events(answer) {
                Err(error) if matches!(*error, Error::RpcRefused { .. }) => {
                    let reason = format!("it was bonded at block {from}, and whether it failed is unknown: {error}");
                    return Err(Error::Unanswerable { request: request_id, reason }.into());
                }
                other => other?,
            };
            if events.iter().any(|event| !event.retracted && event.topics.get(place).is_some_and(ours)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What was bonded, and the chain's height then.
#[derive(Clone, Copy)]
struct Note {
    output_hash: B256,
    block: u64,
}

impl Note {
    fn to_bytes(self) -> Vec<u8> {
        [self.output_hash.as_slice(), &self.block.to_le_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (hash, block) = bytes.split_first_chunk::<32>()?;
        Some(Self { output_hash: hash.into(), block: u64::from_le_bytes(block.try_into().ok()?) })
    }
}
