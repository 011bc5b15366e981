//! Answers a request on the hub.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;

use super::{Desk, Outcome, key, settled};
use crate::abi::IInferenceHub::{Assurance, Status, fulfilCall};
use crate::abi::IModelRegistry::attestationKeyOfCall;
use crate::chain::{self, Asked};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::Job;
use crate::model;
use crate::outbox::{Earlier, Market, Outbox, Transaction};
use crate::platform::Platform;
use crate::receipt::{self, Receipt};

/// How often the chain is asked again about a request that it doesn't know.
const LOOKS: usize = 4;
/// The pause between two looks.
const PAUSE_MS: u64 = 500;

/// What the chain says about a request, all of it read in one round trip.
struct Standing {
    market: Market,
    asked: Asked,
    attestation_key: Address,
}

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn fulfil(&self, job: &Job, output: &Bytes, content_hash: B256, until: Until) -> Result<Outcome> {
        let Job::Infer { chain_id, hub, request_id, model_id, consumer, input, .. } = job else {
            return Err(Error::BadInput("a draw job has no answer to send".into()));
        };
        self.check_served(*chain_id, *consumer)?;
        let no = |reason: String| Error::Unanswerable { request: *request_id, reason };
        if *hub != self.hub {
            return Err(no(format!("hub {hub} is not served here")));
        }
        let mut standing = self.standing(*request_id, *model_id).await?;
        for _ in 0..LOOKS {
            // A provider may be faster than the node that we ask.
            if standing.asked.status != Status::Unknown || until.left(self.platform.now_ms()) < 4 * PAUSE_MS {
                break;
            }
            self.platform.sleep(PAUSE_MS).await;
            standing = self.standing(*request_id, *model_id).await?;
        }
        let outcome = match standing.asked.status {
            Status::Open => None,
            Status::Unknown => Some(Outcome::Unknown),
            _ => Some(settled(self.platform, job).await?),
        };
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
        let request = &standing.asked.request;
        if request.modelId != *model_id || request.inputHash != keccak256(input) || request.consumer != *consumer {
            return Err(no("the job's model, input or consumer is not what the chain says".into()));
        }
        if request.level != Assurance::Attested {
            return Err(no("it asks for a level that this operator does not offer".into()));
        }
        let attester = key(self.platform, "attestation_key").await?;
        if standing.attestation_key != attester.address() {
            return Err(no(format!(
                "the model's registered key is {}, ours is {}",
                standing.attestation_key,
                attester.address()
            )));
        }
        let id = format!("fulfil:{request_id}");
        match self.outbox.earlier(&id, &standing.market).await? {
            Earlier::InFlight(sent) => return Ok(sent.into()),
            // Mined before the chain said "open": it failed, or its block was dropped. Another try is right.
            Earlier::Mined | Earlier::None => {}
        }
        until.check(self.platform.now_ms(), &job.id())?;
        let receipt = Receipt {
            requestId: *request_id,
            modelId: *model_id,
            inputHash: request.inputHash,
            outputHash: keccak256(output),
            contentHash: content_hash,
            issuedAt: self.platform.now_ms() / 1000,
        };
        let signature = receipt::sign(&receipt, self.chain_id, self.hub, &attester)?;
        let call = fulfilCall { receipt, output: output.clone(), signature };
        let transaction = Transaction { id, to: self.hub, data: call.abi_encode().into() };
        match self.outbox.send(&transaction, standing.market).await {
            Ok(sent) => Ok(sent.into()),
            Err(error) if error.is_revert() => self.refused(job, *request_id, &error).await,
            Err(error) => Err(error),
        }
    }

    async fn standing(&self, request_id: B256, model_id: B256) -> Result<Standing> {
        let registry = model::registry(self.platform, &self.rpc, self.hub).await?;
        let mut questions = self.outbox.questions()?;
        questions.push(chain::request_of(self.hub, request_id)?);
        questions.push(chain::call(registry, &attestationKeyOfCall { modelId: model_id })?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let asked = chain::read_request(next()?)?;
        let attestation_key = match chain::returned::<attestationKeyOfCall>(next()?) {
            Err(error) if error.is_revert() => return Err(Error::UnknownModel(model_id)),
            other => other?,
        };
        Ok(Standing { market, asked, attestation_key })
    }

    /// The hub would revert: because somebody else was faster, or for a reason that is worth telling.
    async fn refused(&self, job: &Job, request_id: B256, error: &Error) -> Result<Outcome> {
        let question = chain::request_of(self.hub, request_id)?;
        let asked = chain::read_request(self.rpc.batch(vec![question]).await?.remove(0))?;
        match asked.status {
            Status::Open => {
                Err(Error::Unanswerable { request: request_id, reason: format!("the hub reverts: {error}") })
            }
            Status::Unknown => Ok(Outcome::Unknown),
            _ => settled(self.platform, job).await,
        }
    }
}
