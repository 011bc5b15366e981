//! Where a request stands: all that the chain must say before an answer is signed, read in one round trip.

use alloy_primitives::{Address, B256, keccak256};

use super::{Desk, Outcome};
use crate::abi::IInferenceHub::{Assurance, Proposal, Status};
use crate::abi::IModelRegistry::attestationKeyOfCall;
use crate::chain::{self, Asked, Head};
use crate::error::{Error, Result};
use crate::event::is_offered;
use crate::job::Job;
use crate::model;
use crate::outbox::{Market, Outbox};
use crate::platform::Platform;

/// What an infer job says that is to be answered.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) request_id: B256,
    pub(super) model_id: B256,
    pub(super) consumer: Address,
    pub(super) input: &'a [u8],
    pub(super) level: Assurance,
}

/// What the chain says about a request.
pub(super) struct Standing {
    pub(super) market: Market,
    pub(super) head: Head,
    pub(super) asked: Asked,
    /// The level that the accepted answer has reached, if there is one.
    pub(super) reached: Option<Assurance>,
    pub(super) proposal: Option<Proposal>,
    /// The key whose receipts count for the model.
    pub(super) attestation_key: Address,
}

/// What is wanted of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An answer to the request.
    Answer,
    /// Evidence of a higher level for the answer that was accepted.
    Raise,
    /// Nothing: another outcome is there.
    Nothing(Outcome),
}

impl Standing {
    /// What is wanted at this level.
    pub(super) fn wanted(&self, level: Assurance) -> Wanted {
        let raise = self.asked.raise_from(self.reached) == Some(level);
        match self.asked.status {
            Status::Open => Wanted::Answer,
            Status::Unknown => Wanted::Nothing(Outcome::Unknown),
            Status::Answered | Status::Proposed if raise && self.proposal.is_none() => Wanted::Raise,
            Status::Answered if raise => Wanted::Nothing(Outcome::Proposed),
            Status::Proposed => Wanted::Nothing(Outcome::Proposed),
            _ => Wanted::Nothing(Outcome::Settled),
        }
    }
}

impl<P: Platform> Desk<'_, P> {
    /// Reads an infer job. Only requests of served consumers at levels that are offered are answered.
    pub(super) fn question<'j>(&self, job: &'j Job) -> Result<Question<'j>> {
        let Job::Infer { chain_id, hub, request_id, model_id, consumer, input, level, .. } = job else {
            return Err(Error::BadInput(format!("job {} has no question to answer", job.id())).into());
        };
        self.check_served(*chain_id, *consumer)?;
        let no = |reason: String| Box::new(Error::Unanswerable { request: *request_id, reason });
        if *hub != self.hub {
            return Err(no(format!("hub {hub} is not served here")));
        }
        let level = Assurance::try_from(*level).ok().filter(|level| is_offered(*level));
        let level = level.ok_or_else(|| no("it asks for a level that this operator does not offer".into()))?;
        Ok(Question { request_id: *request_id, model_id: *model_id, consumer: *consumer, input, level })
    }

    /// Whether the request lies so deep in the chain that it will stay there: before that, nothing is signed for it.
    pub(super) async fn is_deep(&self, request_id: B256, standing: &Standing) -> Result<bool> {
        let head = standing.head.number.to();
        chain::is_deep(self.platform, &self.rpc, (self.hub, request_id), &standing.asked, head).await
    }

    /// Where a request stands.
    pub(super) async fn standing(&self, question: &Question<'_>) -> Result<Standing> {
        let (id, model_id) = (question.request_id, question.model_id);
        let registry = model::registry(self.platform, &self.rpc, self.hub).await?;
        let mut questions = self.outbox.questions()?;
        questions.push(chain::latest_block()?);
        questions.push(chain::request_of(self.hub, id)?);
        questions.push(chain::level_of(self.hub, id)?);
        questions.push(chain::call(registry, &attestationKeyOfCall { modelId: model_id })?);
        questions.push(chain::proposal_of(self.hub, id)?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let head = next()?.read()?;
        let asked = chain::read_request(next()?)?;
        let reached = chain::read_level(next()?)?;
        let attestation_key = match chain::returned::<attestationKeyOfCall>(next()?) {
            Err(error) if error.is_revert() => return Err(Error::UnknownModel(model_id).into()),
            other => other?,
        };
        let proposal = chain::read_proposal(next()?)?;
        Ok(Standing { market, head, asked, reached, proposal, attestation_key })
    }
}

impl Question<'_> {
    /// What is signed names what the chain says was asked, so a job that says something else goes no further.
    pub(super) fn check(&self, asked: &Asked) -> Result<()> {
        let request = &asked.request;
        let same = request.modelId == self.model_id
            && request.inputHash == keccak256(self.input)
            && request.consumer == self.consumer
            && request.level == self.level;
        if same {
            return Ok(());
        }
        let reason = "the job's model, input, consumer or level is not what the chain says".into();
        Err(Error::Unanswerable { request: self.request_id, reason }.into())
    }
}
