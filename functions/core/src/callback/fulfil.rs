//! Answers a request on the hub: at level Attested with the model key's receipt alone, at level Optimistic with a bond
//! behind it, at level Quorum by a vote.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use super::standing::{Question, Standing, Wanted};
use super::{Desk, Outcome, key, settled};
use crate::abi::IInferenceHub::{Assurance, fulfilCall, proposeCall};
use crate::chain;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::Job;
use crate::outbox::Transaction;
use crate::platform::Platform;
use crate::receipt::{self, Receipt};

/// The answer that was made here.
struct Made<'a> {
    output: &'a Bytes,
    content_hash: B256,
}

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn fulfil(&self, job: &Job, output: &Bytes, content_hash: B256, until: Until) -> Result<Outcome> {
        let question = self.question(job)?;
        let id = question.request_id;
        if question.level == Assurance::Executed {
            let reason = "at level Executed the contract answers by itself; nothing is signed for it".into();
            return Err(Error::Unanswerable { request: id, reason }.into());
        }
        let standing = self.standing(&question).await?;
        let wanted = standing.wanted(question.level);
        if let Wanted::Nothing(outcome) = wanted {
            return self.nothing_wanted(job, outcome).await;
        }
        question.check(&standing.asked)?;
        if !self.is_deep(id, &standing).await? {
            return Ok(Outcome::Early);
        }
        if question.level == Assurance::Quorum {
            return match self.vote(&question, &standing, output, content_hash, until).await {
                Err(error) if error.is_revert() => self.refused(job, &question, &error).await,
                other => other,
            };
        }
        let (receipt, signature) = self.receipt(&question, &standing, wanted, &Made { output, content_hash }).await?;
        let output = output.clone();
        let transaction = match question.level {
            Assurance::Optimistic => {
                self.check_bond(job, &question, &standing, &receipt).await?;
                let data = proposeCall { receipt, output, signature }.abi_encode().into();
                Transaction::to(format!("propose:{id}"), self.hub, data)
            }
            _ => {
                let data = fulfilCall { receipt, output, signature }.abi_encode().into();
                Transaction::to(format!("fulfil:{id}"), self.hub, data)
            }
        };
        match self.send(&transaction, standing.market, until).await.map_err(|e| Self::name_missing_stake(e, id)) {
            Err(error) if error.is_revert() => self.refused(job, &question, &error).await,
            other => other,
        }
    }

    pub(super) async fn nothing_wanted(&self, job: &Job, outcome: Outcome) -> Result<Outcome> {
        if outcome == Outcome::Settled { settled(self.platform, job).await } else { Ok(outcome) }
    }

    /// The receipt for an answer, with the model key's signature. An answer that is raised keeps its receipt.
    async fn receipt(
        &self,
        question: &Question<'_>,
        standing: &Standing,
        wanted: Wanted,
        made: &Made<'_>,
    ) -> Result<(Receipt, Bytes)> {
        let no = |reason: String| Box::new(Error::Unanswerable { request: question.request_id, reason });
        let attester = key(self.platform, "attestation_key").await?;
        let output_hash = keccak256(made.output);
        let mut receipt = Receipt {
            requestId: question.request_id,
            modelId: question.model_id,
            inputHash: standing.asked.request.inputHash,
            outputHash: output_hash,
            contentHash: made.content_hash,
            issuedAt: self.platform.now_ms() / 1000,
        };
        if wanted == Wanted::Raise {
            let asked = chain::receipt_of(self.hub, question.request_id)?;
            let accepted = chain::read_accepted(self.rpc.batch(vec![asked]).await?.remove(0))?;
            if accepted.receipt.outputHash != output_hash {
                return Err(no("the accepted answer is not what this operator would answer".into()));
            }
            // A quorum's or the contract's own answer has no key's signature.
            if !accepted.signature.is_empty() {
                return Ok((accepted.receipt, accepted.signature));
            }
            receipt = accepted.receipt;
        }
        if standing.attestation_key != attester.address() {
            let ours = attester.address();
            return Err(no(format!("the model's registered key is {}, ours is {ours}", standing.attestation_key)));
        }
        if receipt.contentHash != made.content_hash {
            return Err(no("the accepted answer's document is not the one that is pinned here".into()));
        }
        let signature = receipt::sign(&receipt, self.chain_id, self.hub, &attester)?;
        Ok((receipt, signature))
    }

    /// The hub would revert: because somebody else was faster, or for a reason that is worth telling.
    pub(super) async fn refused(&self, job: &Job, question: &Question<'_>, error: &Error) -> Result<Outcome> {
        match self.standing(question).await?.wanted(question.level) {
            Wanted::Nothing(outcome) => self.nothing_wanted(job, outcome).await,
            Wanted::Answer | Wanted::Raise => {
                let reason = format!("the hub reverts: {error}");
                Err(Error::Unanswerable { request: question.request_id, reason }.into())
            }
        }
    }
}
