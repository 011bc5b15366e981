//! What happened on a chain, in one form, whoever told us.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolEvent;

use crate::abi::IInferenceHub::{self, Assurance};
use crate::abi::ISeedArt;
use crate::job::{Job, LEAVES};

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
        if self.consumers.contains(&event.contract) {
            let seed = read::<ISeedArt::SeedRequested>(event)?;
            return Some(Job::Draw {
                chain_id: self.chain_id,
                contract: event.contract,
                token_id: seed.tokenId,
                draw_block: seed.drawBlock,
            });
        }
        None
    }

    fn shown(&self, event: &Event) -> Option<Meaning> {
        if event.contract != self.hub || event.retracted {
            return None;
        }
        let (request_id, index) = match *event.topics.first()? {
            IInferenceHub::LeavesShown::SIGNATURE_HASH => {
                let shown = read::<IInferenceHub::LeavesShown>(event).filter(|shown| shown.complete)?;
                (shown.requestId, LEAVES)
            }
            _ => {
                let shown = read::<IInferenceHub::TileShown>(event)?;
                (shown.requestId, shown.opening.index)
            }
        };
        Some(Meaning::Shown { request_id, index })
    }

    /// Only requests name their consumer. Whose request a later event is about is asked of the chain, before anything
    /// is done about it.
    fn job_of_hub(&self, event: &Event) -> Option<Job> {
        let (chain_id, hub) = (self.chain_id, self.hub);
        match *event.topics.first()? {
            IInferenceHub::InferenceRequested::SIGNATURE_HASH => {
                let request = read::<IInferenceHub::InferenceRequested>(event)?;
                self.consumers.contains(&request.consumer).then(|| infer_job(chain_id, hub, request))
            }
            IInferenceHub::AnswerProposed::SIGNATURE_HASH => {
                let proposed = read::<IInferenceHub::AnswerProposed>(event)?;
                let (request_id, final_after) = (proposed.requestId, proposed.finalAfter);
                Some(Job::Finalise { chain_id, hub, request_id, final_after, output: proposed.output })
            }
            IInferenceHub::TileDemanded::SIGNATURE_HASH => {
                let demanded = read::<IInferenceHub::TileDemanded>(event)?;
                let (request_id, index, answer_by) = (demanded.requestId, demanded.index, demanded.answerBy);
                Some(Job::Show { chain_id, hub, request_id, index, answer_by })
            }
            IInferenceHub::RaiseRequested::SIGNATURE_HASH => {
                let raise = read::<IInferenceHub::RaiseRequested>(event)?;
                let (request_id, level, deadline) = (raise.requestId, raise.level as u8, raise.deadline);
                is_offered(raise.level).then_some(Job::Raise { chain_id, hub, request_id, level, deadline })
            }
            IInferenceHub::InferenceAnswered::SIGNATURE_HASH => {
                let answered = read::<IInferenceHub::InferenceAnswered>(event)?;
                (!answered.delivered).then_some(Job::Deliver { chain_id, hub, request_id: answered.requestId })
            }
            _ => None,
        }
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

fn read<E: SolEvent>(event: &Event) -> Option<E> {
    E::decode_raw_log_validate(event.topics.iter().copied(), &event.data).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use alloy_primitives::{U256, address, b256};
    use proptest::prelude::*;

    pub(crate) const HUB: Address = address!("0x00000000000000000000000000000000000000b1");
    pub(crate) const ART: Address = address!("0x00000000000000000000000000000000000000c1");

    /// The block of these events.
    pub(crate) const BLOCK_HASH: B256 = B256::repeat_byte(3);

    pub(crate) fn served() -> Served {
        Served { chain_id: 31337, hub: HUB, consumers: vec![ART] }
    }

    pub(crate) fn seed_requested(token: u64, draw_block: u64) -> Event {
        let log = ISeedArt::SeedRequested { tokenId: U256::from(token), drawBlock: draw_block };
        event(ART, &log)
    }

    pub(crate) fn event(contract: Address, log: &impl SolEvent) -> Event {
        let encoded = log.encode_log_data();
        Event {
            contract,
            topics: encoded.topics().to_vec(),
            data: encoded.data.clone(),
            block: 5,
            block_hash: Some(BLOCK_HASH),
            retracted: false,
        }
    }

    pub(crate) fn inference_requested(consumer: Address) -> Event {
        event(
            HUB,
            &IInferenceHub::InferenceRequested {
                requestId: b256!("0x1111111111111111111111111111111111111111111111111111111111111111"),
                modelId: b256!("0x2222222222222222222222222222222222222222222222222222222222222222"),
                consumer,
                input: Bytes::from_static(b"question"),
                level: Assurance::Attested,
                callbackGas: 100_000,
                deadline: 1_790_000_000,
            },
        )
    }

    #[test]
    fn a_seed_request_of_a_served_contract_is_a_draw_job() {
        let Meaning::Job(Job::Draw { token_id, draw_block, .. }) = served().meaning(&seed_requested(7, 12)) else {
            panic!("not a draw job");
        };
        assert_eq!((token_id, draw_block), (U256::from(7), 12));
    }

    #[test]
    fn a_request_of_a_served_consumer_is_an_infer_job_and_another_s_is_foreign() {
        assert!(matches!(served().meaning(&inference_requested(ART)), Meaning::Job(Job::Infer { .. })));
        assert_eq!(served().meaning(&inference_requested(Address::ZERO)), Meaning::Foreign);
    }

    #[test]
    fn the_same_words_from_another_contract_are_foreign() {
        let mut event = inference_requested(ART);
        event.contract = Address::ZERO;
        assert_eq!(served().meaning(&event), Meaning::Foreign);
        event.contract = ART; // a consumer can't speak for the hub
        assert_eq!(served().meaning(&event), Meaning::Foreign);
    }

    #[test]
    fn a_removed_log_is_a_retraction() {
        let mut event = seed_requested(7, 12);
        event.retracted = true;
        assert!(matches!(served().meaning(&event), Meaning::Retracted(_)));
    }

    proptest! {
        #[test]
        fn any_log_at_all_is_read_without_a_panic(
            topics in prop::collection::vec(any::<[u8; 32]>(), 0..5),
            data in prop::collection::vec(any::<u8>(), 0..400),
            known in 0..9usize,
            hub in any::<bool>(),
        ) {
            let mut topics: Vec<B256> = topics.into_iter().map(B256::from).collect();
            let names = [
                IInferenceHub::InferenceRequested::SIGNATURE_HASH,
                ISeedArt::SeedRequested::SIGNATURE_HASH,
                IInferenceHub::AnswerProposed::SIGNATURE_HASH,
                IInferenceHub::TileDemanded::SIGNATURE_HASH,
                IInferenceHub::TileShown::SIGNATURE_HASH,
                IInferenceHub::LeavesShown::SIGNATURE_HASH,
                IInferenceHub::RaiseRequested::SIGNATURE_HASH,
                IInferenceHub::InferenceAnswered::SIGNATURE_HASH,
            ];
            if let (Some(first), Some(name)) = (topics.first_mut(), names.get(known)) {
                *first = *name;
            }
            let contract = if hub { HUB } else { ART };
            let event = Event { contract, topics, data: data.into(), block: 1, block_hash: None, retracted: false };
            served().meaning(&event);
        }
    }
}
