//! Answers that are raised to a higher level, and requests that the contract answers by itself.

use super::*;
use crate::abi::IInferenceHub::{
    AnswerProposed, Assurance, InferenceRequested, executeCall, finaliseCall, proposeCall,
};
use crate::event::tests::ART;
use crate::job::LEASE_MS;
use crate::testing::deployment::WINDOW;
use crate::testing::hub;

/// A house with token 7's picture attested, and its request.
fn attested() -> (Deployment, B256) {
    let (house, job) = asked();
    house.webhook(&[house.last_event::<InferenceRequested>()]);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Fulfilled);
    let Job::Infer { request_id, .. } = job else { panic!("no request") };
    (house, request_id)
}

fn reached(house: &Deployment, id: B256) -> Assurance {
    house.state.borrow().accepted[&id].level
}

#[test]
fn an_attested_answer_is_raised_to_optimistic_with_the_receipt_that_it_has() {
    let (house, id) = attested();
    let before = house.state.borrow().accepted[&id].receipt.clone();
    let raise = house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.pass(100);
    for _ in 0..2 {
        house.webhook(std::slice::from_ref(&raise));
    }
    house.chain.mine();
    assert_eq!(house.state.borrow().proposals[&id].accepted.receipt, before);
    house.webhook(&[house.last_event::<AnswerProposed>()]);
    house.pass(WINDOW + 1);
    house.settle();
    assert_eq!((house.status(id), reached(&house, id)), (Status::Answered, Assurance::Optimistic));
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (1, 1));
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn raises_are_found_by_sweep_as_well() {
    for (level, verb) in [(Assurance::Optimistic, proposeCall::SELECTOR), (Assurance::Executed, executeCall::SELECTOR)]
    {
        let (house, id) = attested();
        house.happen(|state, now| hub::raise(state, now, id, level));
        house.settle();
        assert_eq!((reached(&house, id), house.mined(verb)), (level, 1));
        assert_eq!(house.sweep()["open"], 0);
    }
}

#[test]
fn a_raise_that_is_struck_down_is_not_tried_again() {
    let (house, id) = attested();
    let raise = house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.webhook(&[raise]);
    house.chain.mine();
    house.happen(|state, _| hub::strike(state, id));
    house.settle();
    assert_eq!((house.status(id), house.mined(proposeCall::SELECTOR)), (Status::Refuted, 1));
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn a_raise_that_ran_out_is_left_alone() {
    let (house, id) = attested();
    house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.state.borrow_mut().stakes.clear();
    house.sweep();
    assert_eq!(house.sweep()["open"], 1, "the stake may come in time");
    house.pass(1_001);
    assert_eq!(house.sweep()["open"], 0);
    assert_eq!(house.mined(proposeCall::SELECTOR), 0);
}

#[test]
fn an_accepted_answer_that_is_not_ours_is_not_bonded() {
    let (house, id) = attested();
    house.state.borrow_mut().accepted.get_mut(&id).expect("accepted").receipt.outputHash = B256::repeat_byte(1);
    let raise = house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.webhook(&[raise]);
    house.sweep();
    house.chain.mine();
    assert_eq!(house.mined(proposeCall::SELECTOR), 0);
}

#[test]
fn an_answer_without_a_key_s_signature_is_raised_with_a_receipt_of_ours() {
    let (house, id) = attested();
    house.state.borrow_mut().accepted.get_mut(&id).expect("accepted").signature = Bytes::new();
    let raise = house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.webhook(&[raise]);
    house.chain.mine();
    assert_eq!(house.mined(proposeCall::SELECTOR), 1);
    assert!(house.state.borrow().proposals.contains_key(&id));
}

#[test]
fn raises_of_others_answers_and_to_levels_that_are_not_offered_are_left_alone() {
    let (house, id) = attested();
    let proven = house.happen(|state, now| hub::raise(state, now, id, Assurance::Proven));
    house.webhook(&[proven]);
    house.state.borrow_mut().requests.get_mut(&id).expect("a request").0.consumer = Address::ZERO;
    let other = house.happen(|state, now| hub::raise(state, now, id, Assurance::Optimistic));
    house.webhook(&[other]);
    house.sweep();
    house.chain.mine();
    assert_eq!((house.mined(proposeCall::SELECTOR), house.sweep()["open"].clone()), (0, 0.into()));
}

#[test]
fn a_request_at_level_executed_is_answered_by_the_contract_and_nothing_is_run_or_pinned_here() {
    let house = Deployment::new();
    let input = Bytes::from_static(b"values");
    let event = house.happen(|state, now| hub::ask(state, now, ART, input, Assurance::Executed).1);
    let id = event.topics[1];
    for _ in 0..2 {
        house.webhook(std::slice::from_ref(&event));
    }
    house.chain.mine();
    assert_eq!((house.status(id), reached(&house, id)), (Status::Answered, Assurance::Executed));
    assert_eq!(house.mined(executeCall::SELECTOR), 1);
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("blob:")));
    house.sweep();
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn an_answer_at_the_wrong_level_is_refused() {
    let (house, job) = asked();
    for level in [2, 4] {
        let mut value = serde_json::to_value(&job).expect("json");
        value["level"] = level.into();
        let job: Job = serde_json::from_value(value).expect("a job");
        assert_eq!(post(&house, &answer(&job)).0, 422);
        assert_eq!(post(&house, &Answer::Execute { job }).0, 422);
    }
}

#[test]
fn a_level_that_needs_a_prover_is_not_offered() {
    let house = Deployment::at(Assurance::Proven);
    house.mint(7);
    for _ in 0..4 {
        house.chain.mine();
        house.sweep();
        house.platform.advance(LEASE_MS);
    }
    let asked = house.last_event::<InferenceRequested>();
    house.webhook(std::slice::from_ref(&asked));
    house.chain.mine();
    assert_eq!((house.stage(7), house.status(asked.topics[1])), (Stage::Drawn, Status::Open));
    assert_eq!(house.sweep()["open"], 0);
}
