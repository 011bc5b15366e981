//! Who pays for an answer. Here and nowhere else: a platform that runs each sender's calls in a place of their own asks
//! for it before this function is called.

use alloy_primitives::Address;

use super::{Answer, OUTBOX};
use crate::abi::IInferenceHub::Assurance;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::platform::Platform;
use crate::senders::{Senders, Subject};

impl Answer {
    pub(super) fn read(body: &[u8]) -> Result<Self> {
        crate::json::from_slice(body).map_err(|e| Error::json("the answer", &e))
    }

    /// What decides who pays for it.
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Fulfil { job, .. }
            | Self::Execute { job }
            | Self::Finalise { job }
            | Self::Show { job, .. }
            | Self::Deliver { job, .. }
            | Self::Draw { job } => match *job {
                Job::Infer { level, .. } if level == Assurance::Quorum as u8 => Subject::Vote,
                Job::Infer { request_id, .. }
                | Job::Finalise { request_id, .. }
                | Job::Show { request_id, .. }
                | Job::Raise { request_id, .. }
                | Job::Deliver { request_id, .. } => Subject::Request(request_id),
                Job::Draw { contract, token_id, .. } => Subject::Token(contract, token_id),
            },
            Self::Renew { contract, token_id, .. } => Subject::Token(*contract, *token_id),
        }
    }
}

/// The senders that a request to this function is about: the one that pays for an answer; for `/outbox` each of them,
/// for `/outbox/{sender}` that one.
///
/// # Errors
/// If the answer can't be read, the keys are wrong, or the path names no sender of ours.
pub async fn payers<P: Platform>(platform: &P, path: &str, body: &[u8]) -> Result<Vec<Address>> {
    let senders = Senders::configured(platform).await?;
    if path == OUTBOX {
        return Ok(senders.iter().map(|sender| sender.address()).collect());
    }
    if let Some(sender) = sender_of(path) {
        let known = senders.iter().any(|known| known.address() == sender);
        return if known { Ok(vec![sender]) } else { Err(Error::NotFound { what: format!("sender {sender}") }.into()) };
    }
    Ok(vec![senders.payer(Answer::read(body)?.subject()).address()])
}

/// The sender that `/outbox/{sender}` names.
pub(super) fn sender_of(path: &str) -> Option<Address> {
    path.strip_prefix(OUTBOX)?.strip_prefix('/')?.parse().ok()
}
