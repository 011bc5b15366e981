//! Hands an accepted answer to its consumer after all, whose callback failed at the first time.

use alloy_primitives::{Bytes, keccak256};
use alloy_sol_types::{SolCall, SolError};

use super::{Desk, Outcome, settled};
use crate::abi::IInferenceHub::{AlreadyDelivered, DeliveryFailed, deliverCall};
use crate::chain;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::Job;
use crate::outbox::{Outbox, Transaction};
use crate::platform::Platform;

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn deliver(&self, job: &Job, output: &Bytes, until: Until) -> Result<Outcome> {
        let Job::Deliver { chain_id, hub, request_id } = job else {
            return Err(Error::BadInput(format!("job {} has nothing to deliver", job.id())).into());
        };
        self.check_hub(*chain_id, *hub, *request_id)?;
        let mut questions = self.outbox.questions()?;
        questions.push(chain::request_of(self.hub, *request_id)?);
        questions.push(chain::receipt_of(self.hub, *request_id)?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let asked = chain::read_request(next()?)?;
        let waits_for = chain::read_undelivered(next()?)?;
        let Some(output_hash) = waits_for.filter(|_| self.consumers.contains(&asked.request.consumer)) else {
            return settled(self.platform, job).await;
        };
        let no = |reason: &str| Box::new(Error::Unanswerable { request: *request_id, reason: reason.into() });
        if output_hash != keccak256(output) {
            return Err(no("the accepted answer is not what this operator would answer"));
        }
        let data = deliverCall { requestId: *request_id, output: output.clone() }.abi_encode().into();
        match self.send(&Transaction::to(job.id(), self.hub, data), market, until).await {
            Err(error) if error.revert_selector() == Some(AlreadyDelivered::SELECTOR) => {
                settled(self.platform, job).await
            }
            Err(error) if error.revert_selector() == Some(DeliveryFailed::SELECTOR) => {
                Err(no("its consumer's callback fails with all the gas that there is"))
            }
            other => other,
        }
    }
}
