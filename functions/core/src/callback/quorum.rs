//! Answers together with other operators: first each commits to an answer unseen, so that none can copy another's, then
//! all show theirs. What was committed is made again and not kept: the same question gives the same answer, and the salt
//! is drawn from the sender's key.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::standing::{Question, Standing};
use super::{Desk, Outcome};
use crate::abi::IInferenceHub::{self, commitCall, revealCall};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::outbox::Transaction;
use crate::platform::Platform;

impl<P: Platform> Desk<'_, P> {
    /// Commits, or shows what was committed: the hub says which is due.
    pub(super) async fn vote(
        &self,
        question: &Question<'_>,
        standing: &Standing,
        output: &Bytes,
        content_hash: B256,
        until: Until,
    ) -> Result<Outcome> {
        let id = question.request_id;
        let salt = self.salt(id, standing.asked.request.deadline)?;
        let commitment = keccak256((id, self.outbox.sender(), keccak256(output), content_hash, salt).abi_encode());
        let data = commitCall { requestId: id, commitment }.abi_encode().into();
        let commit = Transaction::to(format!("commit:{id}"), self.hub, data);
        let error = match self.send(&commit, standing.market, until).await {
            Err(error) => error,
            sent => return sent,
        };
        match error.revert_selector() {
            Some(IInferenceHub::AlreadyCommitted::SELECTOR | IInferenceHub::CommitClosed::SELECTOR) => {}
            Some(IInferenceHub::NotOperator::SELECTOR) => {
                let reason = format!("{} is not among the model's quorum", self.outbox.sender());
                return Err(Error::Unanswerable { request: id, reason }.into());
            }
            _ => return Err(error),
        }
        let call = revealCall { requestId: id, output: output.clone(), contentHash: content_hash, salt };
        let reveal = Transaction::to(format!("reveal:{id}"), self.hub, call.abi_encode().into());
        match self.send(&reveal, standing.market, until).await {
            Err(error) => match error.revert_selector() {
                Some(IInferenceHub::RevealClosed::SELECTOR) => Ok(Outcome::Early),
                // Ours is shown, or came too late to be committed: the others' are waited for.
                Some(IInferenceHub::BadReveal::SELECTOR) => Ok(Outcome::Proposed),
                _ => Err(error),
            },
            sent => sent,
        }
    }

    /// Nobody can guess it, and it is the same each time it is needed; another deadline is another round.
    fn salt(&self, request_id: B256, deadline: u64) -> Result<B256> {
        let key = self.outbox.key().to_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice())
            .map_err(|e| Error::Internal(format!("a salt cannot be made: {e}")))?;
        mac.update(b"verdigris/commit/1");
        mac.update(request_id.as_slice());
        mac.update(&deadline.to_be_bytes());
        Ok(B256::from_slice(&mac.finalize().into_bytes()))
    }
}
