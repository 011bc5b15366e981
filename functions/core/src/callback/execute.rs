//! Has the contract answer by itself: at level Executed an operator only brings the input, which the hub keeps no copy of.

use alloy_sol_types::SolCall;

use super::standing::Wanted;
use super::{Desk, Outcome};
use crate::abi::IInferenceHub::{Assurance, executeCall};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::Job;
use crate::outbox::Transaction;
use crate::platform::Platform;

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn execute(&self, job: &Job, until: Until) -> Result<Outcome> {
        let question = self.question(job)?;
        if question.level != Assurance::Executed {
            return Err(Error::BadInput("only at level Executed does the contract answer by itself".into()).into());
        }
        let standing = self.standing(&question).await?;
        if let Wanted::Nothing(outcome) = standing.wanted(question.level) {
            return self.nothing_wanted(job, outcome).await;
        }
        question.check(&standing.asked)?;
        if !self.is_deep(question.request_id, &standing).await? {
            return Ok(Outcome::Early);
        }
        let id = question.request_id;
        let data = executeCall { requestId: id, input: question.input.to_vec().into() }.abi_encode().into();
        let transaction = Transaction::to(format!("execute:{id}"), self.hub, data);
        match self.send(&transaction, standing.market, until).await {
            Err(error) if error.is_revert() => self.refused(job, &question, &error).await,
            other => other,
        }
    }
}
