//! Votes against the whole house in memory.

use super::*;
use crate::abi::IInferenceHub::{Assurance, InferenceRequested, commitCall, revealCall};
use crate::job::LEASE_MS;
use crate::testing::deployment::{Msg, State};
use crate::testing::hub;
use crate::testing::quorum::{COMMIT_TIME, OTHERS, REVEAL_TIME};
use alloy_primitives::keccak256;
use alloy_sol_types::SolValue;

/// A house whose collection asks a quorum, with this operator's answer to token 7's request committed.
fn committed() -> (Deployment, B256) {
    let house = Deployment::at(Assurance::Quorum);
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(&[minted]);
    house.chain.mine();
    let event = house.last_event::<InferenceRequested>();
    for _ in 0..2 {
        house.webhook(std::slice::from_ref(&event));
    }
    house.chain.mine();
    assert_eq!((house.mined(commitCall::SELECTOR), house.mined(revealCall::SELECTOR)), (1, 0));
    (house, event.topics[1])
}

/// Another operator's call.
fn other(house: &Deployment, from: Address, call: &impl SolCall) {
    let data = call.abi_encode();
    house.happen(|state: &mut State, now| {
        let msg = Msg { from, value: U256::ZERO, block: 0, now };
        let selector = data[..4].try_into().expect("a selector");
        hub::call(state, &msg, selector, &data[4..]).expect("a verb").expect("taken").remove(0)
    });
}

fn commitment(from: Address, id: B256, output: &Bytes, content_hash: B256) -> commitCall {
    let commitment = keccak256((id, from, keccak256(output), content_hash, B256::ZERO).abi_encode());
    commitCall { requestId: id, commitment }
}

/// What this operator has shown.
fn shown(house: &Deployment) -> revealCall {
    let inner = house.chain.inner.borrow();
    let sent = inner.mined.iter().find(|tx| tx.input.starts_with(&revealCall::SELECTOR)).expect("a reveal");
    revealCall::abi_decode(&sent.input).expect("a call")
}

#[test]
fn an_answer_is_shown_once_all_have_committed_and_counts_with_an_equal_one() {
    let (house, id) = committed();
    // What the others answer shows only when ours is shown; here one of them knows it beforehand.
    let twin = Deployment::at(Assurance::Quorum);
    twin.state.replace(house.state.borrow().clone());
    twin.chain.inner.borrow_mut().events = house.chain.inner.borrow().events.clone();
    twin.pass(COMMIT_TIME + 10);
    twin.webhook(&[house.last_event::<InferenceRequested>()]);
    twin.chain.mine();
    let ours = shown(&twin);

    other(&house, OTHERS[0], &commitment(OTHERS[0], id, &ours.output, ours.contentHash));
    other(&house, OTHERS[1], &commitment(OTHERS[1], id, &Bytes::from_static(b"wrong"), B256::ZERO));
    house.platform.advance(LEASE_MS);
    house.sweep();
    house.chain.mine();
    assert_eq!((house.status(id), house.mined(revealCall::SELECTOR)), (Status::Open, 1));
    assert_eq!(shown(&house).output, ours.output);
    house.platform.advance(LEASE_MS);
    assert_eq!(house.sweep()["open"], 1, "the others' answers are waited for");
    other(&house, OTHERS[0], &revealCall { salt: B256::ZERO, ..ours });
    assert_eq!((house.status(id), house.stage(7)), (Status::Answered, Stage::Fulfilled));
    house.settle();
    assert_eq!((house.mined(commitCall::SELECTOR), house.mined(revealCall::SELECTOR)), (1, 1));
    assert_eq!(house.sweep()["open"], 0);
    assert!(house.state.borrow().failed.is_empty());
}

#[test]
fn an_answer_is_shown_in_time_though_nobody_else_commits() {
    let (house, _) = committed();
    let start = house.chain.inner.borrow().timestamp;
    while house.mined(revealCall::SELECTOR) == 0 {
        house.pass(5);
        house.sweep();
        assert!(house.chain.inner.borrow().timestamp < start + COMMIT_TIME + REVEAL_TIME, "it came too late");
    }
    assert!(house.chain.inner.borrow().timestamp > start + COMMIT_TIME);
}

#[test]
fn the_salt_differs_from_request_to_request_and_an_operator_outside_the_quorum_says_so() {
    let (house, id) = committed();
    house.state.borrow_mut().rounds.clear();
    let event = house.last_event::<InferenceRequested>();
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&event) else { panic!("no job") };
    let _ = house.platform.clone().with("sender_key", &B256::repeat_byte(0x33).to_string());
    let (status, problem) = post(&house, &answer(&job));
    assert_eq!(status, 422);
    assert!(problem["detail"].as_str().expect("text").contains("not among the model's quorum"), "{problem}");
    assert_eq!(house.status(id), Status::Open);
}
