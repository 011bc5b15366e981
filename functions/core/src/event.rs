//! What happened on a chain, in one form, whoever told us.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolEvent;

use crate::abi::IInferenceHub::{self, Assurance};
use crate::abi::ISeedArt;
use crate::job::{Job, LEAVES};
use crate::words::Words;

/// Words of a receipt, which stands in `AnswerProposed` before what was answered.
const RECEIPT_WORDS: usize = 6;

/// One log of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The contract that wrote it.
    pub contract: Address,
    /// Up to four topics; the first names the event.
    pub topics: Vec<B256>,
    /// The rest of its content.
    pub data: Bytes,
    /// Number of the block that holds it.
    pub block: u64,
    /// The block's hash, if we were told: two blocks of one height may hold the same event, and one of them be dropped.
    pub block_hash: Option<B256>,
    /// Whether the chain took it back: the block that held it is no longer part of the chain.
    pub retracted: bool,
}

/// What an event means to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Work to be done.
    Job(Job),
    /// Work that is no longer wanted.
    Retracted(Job),
    /// A tile of a picture was shown: nobody waits for it any more.
    Shown {
        /// The request that was answered with the picture.
        request_id: B256,
        /// The tile's number.
        index: u32,
    },
    /// Not one of our events, or of a contract that isn't served.
    Foreign,
}

/// The contracts that events may come from.
#[derive(Clone, Debug)]
pub struct Served {
    /// The chain that all of them are on.
    pub chain_id: u64,
    /// The hub.
    pub hub: Address,
    /// The contracts whose requests are served.
    pub consumers: Vec<Address>,
}

impl Served {
    /// Reads an event. Whatever can't be decoded is foreign: contracts may emit what they like.
    pub fn meaning(&self, event: &Event) -> Meaning {
        match self.job(event) {
            Some(job) if event.retracted => Meaning::Retracted(job),
            Some(job) => Meaning::Job(job),
            None => self.shown(event).unwrap_or(Meaning::Foreign),
        }
    }

    fn job(&self, event: &Event) -> Option<Job> {
        if event.contract == self.hub {
            return self.job_of_hub(event);
        }
        let [ISeedArt::SeedRequested::SIGNATURE_HASH, token_id] = *event.topics else { return None };
        self.consumers.contains(&event.contract).then_some(Job::Draw {
            chain_id: self.chain_id,
            contract: event.contract,
            token_id: token_id.into(),
            draw_block: event.words().number(0)?,
        })
    }

    fn shown(&self, event: &Event) -> Option<Meaning> {
        if event.contract != self.hub || event.retracted {
            return None;
        }
        let [name, request_id] = *event.topics else { return None };
        let index = match name {
            // The leaves, and whether they are complete.
            IInferenceHub::LeavesShown::SIGNATURE_HASH if event.words().number(1)? == 1 => LEAVES,
            IInferenceHub::TileShown::SIGNATURE_HASH => event.words().behind(0)?.narrow(0)?,
            _ => return None,
        };
        Some(Meaning::Shown { request_id, index })
    }

    /// Only requests name their consumer. Whose request a later event is about is asked of the chain, before anything
    /// is done about it.
    fn job_of_hub(&self, event: &Event) -> Option<Job> {
        let (chain_id, hub, words) = (self.chain_id, self.hub, event.words());
        let [name, request_id, ..] = *event.topics else { return None };
        match name {
            IInferenceHub::InferenceRequested::SIGNATURE_HASH => {
                let request = event.request().filter(|request| self.consumers.contains(&request.consumer))?;
                Some(infer_job(chain_id, hub, request))
            }
            IInferenceHub::AnswerProposed::SIGNATURE_HASH => Some(Job::Finalise {
                chain_id,
                hub,
                request_id,
                final_after: words.number(RECEIPT_WORDS + 1)?,
                output: words.bytes(RECEIPT_WORDS)?,
            }),
            IInferenceHub::TileDemanded::SIGNATURE_HASH => {
                Some(Job::Show { chain_id, hub, request_id, index: words.narrow(0)?, answer_by: words.number(1)? })
            }
            IInferenceHub::RaiseRequested::SIGNATURE_HASH => {
                let level = words.narrow(0).and_then(|level: u8| Assurance::try_from(level).ok())?;
                let deadline = words.number(2)?;
                is_offered(level).then_some(Job::Raise { chain_id, hub, request_id, level: level as u8, deadline })
            }
            IInferenceHub::InferenceAnswered::SIGNATURE_HASH => {
                let is_undelivered = words.number(2)? == 0;
                is_undelivered.then_some(Job::Deliver { chain_id, hub, request_id })
            }
            _ => None,
        }
    }
}

impl Event {
    fn words(&self) -> Words<'_> {
        Words(&self.data)
    }

    /// What was asked, if this is the event of a request.
    pub(crate) fn request(&self) -> Option<IInferenceHub::InferenceRequested> {
        let [IInferenceHub::InferenceRequested::SIGNATURE_HASH, request_id, model_id, consumer] = *self.topics else {
            return None;
        };
        let words = self.words();
        Some(IInferenceHub::InferenceRequested {
            requestId: request_id,
            modelId: model_id,
            consumer: Address::from_word(consumer),
            input: words.bytes(0)?,
            level: words.narrow(1).and_then(|level: u8| Assurance::try_from(level).ok())?,
            callbackGas: words.narrow(2)?,
            deadline: words.number(3)?,
        })
    }
}

/// The levels that this operator gives evidence for: its key's word, its vote, its bond, or the contract's own
/// computation. Proven needs a prover.
pub fn is_offered(level: Assurance) -> bool {
    matches!(level, Assurance::Attested | Assurance::Quorum | Assurance::Optimistic | Assurance::Executed)
}

/// A request as a job.
pub(crate) fn infer_job(chain_id: u64, hub: Address, request: IInferenceHub::InferenceRequested) -> Job {
    Job::Infer {
        chain_id,
        hub,
        request_id: request.requestId,
        model_id: request.modelId,
        consumer: request.consumer,
        input: request.input,
        level: request.level as u8,
        deadline: request.deadline,
    }
}

#[cfg(test)]
pub(crate) mod tests;
