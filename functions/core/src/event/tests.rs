//! What events mean, and that they are read as alloy reads them.

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

/// What alloy reads, which checks all there is to check.
fn read<E: SolEvent>(event: &Event) -> Option<E> {
    E::decode_raw_log_validate(event.topics.iter().copied(), &event.data).ok()
}

/// The job of an event of the hub, as alloy reads it.
fn job_by_alloy(event: &Event) -> Option<Job> {
    let (chain_id, hub) = (31337, HUB);
    let asked = read::<IInferenceHub::InferenceRequested>(event).map(|asked| infer_job(chain_id, hub, asked));
    let proposed = read::<IInferenceHub::AnswerProposed>(event).map(|log| Job::Finalise {
        chain_id,
        hub,
        request_id: log.requestId,
        final_after: log.finalAfter,
        output: log.output,
    });
    let demanded = read::<IInferenceHub::TileDemanded>(event).map(|log| Job::Show {
        chain_id,
        hub,
        request_id: log.requestId,
        index: log.index,
        answer_by: log.answerBy,
    });
    let raised = read::<IInferenceHub::RaiseRequested>(event).filter(|log| is_offered(log.level));
    let raised = raised.map(|log| Job::Raise {
        chain_id,
        hub,
        request_id: log.requestId,
        level: log.level as u8,
        deadline: log.deadline,
    });
    let answered = read::<IInferenceHub::InferenceAnswered>(event).filter(|log| !log.delivered);
    let answered = answered.map(|log| Job::Deliver { chain_id, hub, request_id: log.requestId });
    asked.or(proposed).or(demanded).or(raised).or(answered)
}

fn levels() -> impl Strategy<Value = Assurance> {
    (0..5u8).prop_map(|level| Assurance::try_from(level).expect("a level"))
}

fn hashes() -> impl Strategy<Value = B256> {
    any::<[u8; 32]>().prop_map(B256::from)
}

/// An event of the hub, of any kind that is looked at.
fn events_of_the_hub() -> impl Strategy<Value = Event> {
    let data = prop::collection::vec(any::<u8>(), 0..100).prop_map(Bytes::from);
    let numbers = (any::<u32>(), any::<u64>(), any::<bool>());
    (0..7, hashes(), data, numbers, levels()).prop_map(|(kind, id, bytes, (short, long, flag), level)| match kind {
        0 => event(
            HUB,
            &IInferenceHub::InferenceRequested {
                requestId: id,
                modelId: id,
                consumer: ART,
                input: bytes,
                level,
                callbackGas: short,
                deadline: long,
            },
        ),
        1 => {
            let receipt = IInferenceHub::Receipt {
                requestId: id,
                modelId: id,
                inputHash: id,
                outputHash: id,
                contentHash: id,
                issuedAt: 1,
            };
            event(
                HUB,
                &IInferenceHub::AnswerProposed {
                    requestId: id,
                    proposer: ART,
                    receipt,
                    output: bytes,
                    finalAfter: long,
                },
            )
        }
        2 => event(HUB, &IInferenceHub::TileDemanded { requestId: id, watcher: ART, index: short, answerBy: long }),
        3 => event(
            HUB,
            &IInferenceHub::RaiseRequested {
                requestId: id,
                modelId: id,
                level,
                fee: U256::from(short),
                deadline: long,
            },
        ),
        4 => event(
            HUB,
            &IInferenceHub::InferenceAnswered {
                requestId: id,
                operator: ART,
                outputHash: id,
                contentHash: id,
                delivered: flag,
            },
        ),
        5 => event(HUB, &IInferenceHub::LeavesShown { requestId: id, leaves: vec![id; bytes.len()], complete: flag }),
        _ => {
            let opening = IInferenceHub::Opening { index: short, tile: [id; 6], proof: vec![id; bytes.len()] };
            event(HUB, &IInferenceHub::TileShown { requestId: id, opening })
        }
    })
}

proptest! {
    #[test]
    fn the_hub_s_events_are_read_as_alloy_reads_them(event in events_of_the_hub()) {
        let read_here = match served().meaning(&event) {
            Meaning::Job(job) => Some(job),
            Meaning::Shown { request_id, index } => {
                let tile = read::<IInferenceHub::TileShown>(&event).map(|log| (log.requestId, log.opening.index));
                let leaves = read::<IInferenceHub::LeavesShown>(&event).filter(|log| log.complete);
                let leaves = leaves.map(|log| (log.requestId, LEAVES));
                prop_assert_eq!(Some((request_id, index)), tile.or(leaves));
                return Ok(());
            }
            Meaning::Foreign | Meaning::Retracted(_) => None,
        };
        prop_assert_eq!(read_here, job_by_alloy(&event));
        prop_assert!(read::<IInferenceHub::TileShown>(&event).is_none());
    }

    #[test]
    fn whatever_alloy_finds_in_data_that_was_changed_is_found_here(
        event in events_of_the_hub(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut changed = event.data.to_vec();
        let at = at.index(changed.len());
        changed[at] = to;
        if cut {
            changed.truncate(at);
        }
        let event = Event { data: changed.into(), ..event };
        if let Some(job) = job_by_alloy(&event) {
            prop_assert_eq!(served().meaning(&event), Meaning::Job(job));
        }
    }

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
