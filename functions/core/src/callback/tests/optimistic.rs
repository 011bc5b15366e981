//! Bonded answers against the whole house in memory: proposed, doubted, struck down, made final.

use super::*;
use crate::abi::IInferenceHub::{
    AnswerProposed, Assurance, InferenceRequested, Receipt, TileDemanded, finaliseCall, proposeCall, showLeavesCall,
    showTileCall,
};
use crate::event::Event;
use crate::event::tests::HUB;
use crate::job::{LEASE_MS, LEAVES};
use crate::receipt;
use crate::testing::deployment::{BOND, MODEL, WINDOW, operator};
use crate::testing::hub;
use crate::testing::scheduler::Scheduler;
use alloy_primitives::keccak256;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolEvent, SolValue};

/// A house whose collection asks for bonded answers, with token 7's picture asked for.
fn asked_for_bonded() -> (Deployment, B256, Event) {
    let house = Deployment::at(Assurance::Optimistic);
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(&[minted]);
    house.chain.mine();
    let event = house.last_event::<InferenceRequested>();
    (house, event.topics[1], event)
}

/// The same with our answer bonded.
fn bonded() -> (Deployment, B256) {
    let (house, id, event) = asked_for_bonded();
    house.webhook(&[event]);
    house.chain.mine();
    assert_eq!(house.status(id), Status::Proposed);
    (house, id)
}

/// Somebody else bonds an answer with the model's key, which they have got hold of.
fn bonded_by_a_thief(house: &Deployment, id: B256, event: &Event) -> Event {
    let thief = Address::repeat_byte(0x7e);
    house.happen(|state, now| {
        state.stakes.insert(thief, (U256::from(BOND), U256::ZERO));
        let output: Bytes = (B256::ZERO, Bytes::from_static(b"wrong")).abi_encode().into();
        let log = InferenceRequested::decode_raw_log_validate(event.topics.clone(), &event.data).expect("an event");
        let receipt = Receipt {
            requestId: id,
            modelId: MODEL,
            inputHash: keccak256(&log.input),
            outputHash: keccak256(&output),
            contentHash: B256::ZERO,
            issuedAt: now,
        };
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let signature = receipt::sign(&receipt, 31337, HUB, &key).expect("signed");
        let args = proposeCall { receipt, output, signature }.abi_encode();
        let msg = crate::testing::deployment::Msg { from: thief, value: U256::ZERO, block: 0, now };
        let events = hub::call(state, &msg, proposeCall::SELECTOR, &args[4..]).expect("a verb").expect("taken");
        events[0].clone()
    })
}

#[test]
fn a_bonded_answer_waits_for_its_window_and_is_then_made_final() {
    let (house, id) = bonded();
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0);
    house.webhook(&[house.last_event::<AnswerProposed>()]);
    house.sweep();
    house.chain.mine();
    assert_eq!((house.status(id), house.mined(finaliseCall::SELECTOR)), (Status::Proposed, 0), "too early");
    house.pass(WINDOW + 1);
    house.sweep();
    house.chain.mine();
    assert_eq!((house.status(id), house.stage(7)), (Status::Answered, Stage::Fulfilled));
    assert_eq!(house.state.borrow().stakes[&operator()].1, U256::ZERO, "the bond is free again");
    assert!(house.state.borrow().failed.is_empty());
}

#[test]
fn a_worker_waits_for_a_window_that_ends_within_its_lease() {
    let (house, id, event) = asked_for_bonded();
    house.state.borrow_mut().window = 5;
    house.webhook(&[event]);
    house.chain.mine();
    let proposed = crate::intake::tests::alchemy(&[house.last_event::<AnswerProposed>()]);
    house.platform.advance(12_000);
    assert_eq!(block_on(crate::intake::handle(&house.platform, proposed)).status, 200);
    house.chain.inner.borrow_mut().timestamp += 6;
    house.platform.run_spawned();
    house.chain.mine();
    assert_eq!(house.status(id), Status::Answered);
}

#[test]
fn bonded_answers_become_final_without_a_single_webhook() {
    let house = Deployment::at(Assurance::Optimistic);
    (1..=3).for_each(|token| drop(house.mint(token)));
    house.settle();
    assert!((1..=3).all(|token| house.stage(token) == Stage::Fulfilled));
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (3, 3));
    house.sweep();
    assert_eq!(house.sweep()["open"], 0);
    let left: Vec<String> = house.platform.keys().into_iter().filter(|key| key.starts_with("job:")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_same_events_again_bond_and_finalise_once() {
    let (house, id, event) = asked_for_bonded();
    for _ in 0..3 {
        house.webhook(std::slice::from_ref(&event));
    }
    house.chain.mine();
    let proposed = house.last_event::<AnswerProposed>();
    for _ in 0..3 {
        house.webhook(std::slice::from_ref(&proposed));
        house.sweep();
        house.pass(WINDOW / 2 + 1);
    }
    house.settle();
    assert_eq!(house.status(id), Status::Answered);
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (1, 1));
}

#[test]
fn an_answer_that_is_bonded_already_is_not_sent_again_and_not_settled() {
    let (house, _) = bonded();
    let event = house.last_event::<InferenceRequested>();
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&event) else { panic!("no job") };
    let (status, outcome) = post(&house, &answer(&job));
    assert_eq!((status, &outcome["status"]), (202, &"proposed".into()));
}

#[test]
fn what_somebody_else_made_final_needs_no_transaction() {
    let (house, id) = bonded();
    let event = house.last_event::<AnswerProposed>();
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&event) else { panic!("no job") };
    assert_eq!(post(&house, &Answer::Finalise { job: job.clone() }).1["status"], "early");
    house.pass(WINDOW + 1);
    let Job::Finalise { output, .. } = &job else { panic!("no finalise job") };
    let args = finaliseCall { requestId: id, output: output.clone() }.abi_encode();
    house.happen(|state, now| {
        let msg = crate::testing::deployment::Msg { from: Address::ZERO, value: U256::ZERO, block: 0, now };
        hub::call(state, &msg, finaliseCall::SELECTOR, &args[4..]).expect("a verb").expect("final")[0].clone()
    });
    assert_eq!(post(&house, &Answer::Finalise { job }).1["status"], "settled");
    house.settle();
    assert_eq!(house.mined(finaliseCall::SELECTOR), 0);
}

#[test]
fn a_finalise_job_of_a_proposal_that_was_replaced_is_settled() {
    let (house, id) = bonded();
    // Another answer's, of the same request.
    let old = Job::Finalise {
        chain_id: 31337,
        hub: HUB,
        request_id: id,
        final_after: 1,
        output: Bytes::from_static(b"picture"),
    };
    assert_eq!(post(&house, &Answer::Finalise { job: old }).1["status"], "settled");
}

#[test]
fn a_wrong_answer_of_somebody_else_is_not_helped_along_and_answered_anew_once_struck_down() {
    let (house, id, event) = asked_for_bonded();
    let proposed = bonded_by_a_thief(&house, id, &event);
    house.webhook(&[event, proposed]);
    house.pass(WINDOW + 1);
    for _ in 0..4 {
        house.sweep();
        house.pass(LEASE_MS / 1000);
    }
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (0, 0));
    house.happen(|state, _| hub::strike(state, id));
    house.settle();
    assert_eq!((house.status(id), house.stage(7)), (Status::Answered, Stage::Fulfilled));
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (1, 1));
}

#[test]
fn our_own_answer_that_somebody_else_was_faster_to_bond_is_made_final_as_well() {
    let (twin, id) = bonded();
    let made = twin.state.borrow().proposals[&id].accepted.clone();
    let (house, same, event) = asked_for_bonded();
    assert_eq!(same, id);
    house.webhook(&[event]);
    // Our transaction waits to be mined, and anybody can read what is in it.
    let thief = Address::repeat_byte(0x7e);
    let proposed = house.happen(|state, now| {
        state.stakes.insert(thief, (U256::from(BOND), U256::ZERO));
        let call = proposeCall { receipt: made.receipt, output: made.output, signature: made.signature };
        let msg = crate::testing::deployment::Msg { from: thief, value: U256::ZERO, block: 0, now };
        hub::call(state, &msg, proposeCall::SELECTOR, &call.abi_encode()[4..])
            .expect("a verb")
            .expect("taken")
            .remove(0)
    });
    house.chain.mine();
    assert_eq!(house.state.borrow().proposals[&id].proposal.proposer, thief);
    house.webhook(&[proposed]);
    house.settle();
    assert_eq!((house.status(id), house.mined(finaliseCall::SELECTOR)), (Status::Answered, 1));
}

#[test]
fn the_very_answer_that_was_struck_down_is_not_bonded_again() {
    let (house, id) = bonded();
    house.happen(|state, _| hub::strike(state, id));
    house.settle();
    house.settle();
    assert_eq!((house.status(id), house.mined(proposeCall::SELECTOR)), (Status::Open, 1));
}

#[test]
fn an_answer_that_was_voided_for_not_being_shown_is_not_bonded_again() {
    let (house, id) = bonded();
    house.happen(|state, _| {
        let bond = state.proposals.remove(&id).expect("a proposal").proposal.bond;
        let (free, locked) = state.stakes.get_mut(&operator()).expect("a stake");
        (*free, *locked) = (*free + U256::from(bond / 2), *locked - U256::from(bond));
        state.requests.get_mut(&id).expect("a request").1 = Status::Open;
        let voided = crate::abi::IInferenceHub::ProposalVoided { requestId: id, proposer: operator(), index: 0 };
        crate::event::tests::event(HUB, &voided)
    });
    house.settle();
    house.settle();
    assert_eq!((house.status(id), house.mined(proposeCall::SELECTOR)), (Status::Open, 1));
}

#[test]
fn a_stake_that_is_too_low_is_said_with_what_is_missing_and_the_answer_comes_once_it_is_there() {
    let (house, id, event) = asked_for_bonded();
    house.state.borrow_mut().stakes.insert(operator(), (U256::from(BOND - 1), U256::ZERO));
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&event) else { panic!("no job") };
    let (status, problem) = post(&house, &answer(&job));
    assert_eq!((status, &problem["type"]), (503, &"urn:verdigris:problem:stake-too-low".into()));
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains("stake 1 wei more") && detail.contains(&operator().to_string()), "{detail}");
    house.webhook(&[event]);
    house.chain.mine();
    assert_eq!(house.status(id), Status::Open);
    house.state.borrow_mut().stakes.insert(operator(), (U256::from(BOND), U256::ZERO));
    house.settle();
    assert_eq!(house.status(id), Status::Answered);
}

/// Somebody wants to see a part; two webhooks tell of it, and four sweeps follow.
fn demand_and_wait(house: &Deployment, id: B256, index: u32) {
    let demanded = house.happen(|state, now| hub::demand(state, now, id, index));
    for _ in 0..2 {
        house.webhook(std::slice::from_ref(&demanded));
    }
    house.chain.mine();
    for _ in 0..4 {
        house.sweep();
        house.platform.advance(LEASE_MS);
    }
}

#[test]
fn a_tile_that_somebody_wants_to_see_is_drawn_again_and_shown_once() {
    let (house, id) = bonded();
    demand_and_wait(&house, id, 3);
    assert_eq!((house.mined(showTileCall::SELECTOR), house.state.borrow().demands.len()), (1, 0));
    assert_eq!(house.status(id), Status::Proposed, "the demand made the window longer");
    house.settle();
    assert_eq!((house.status(id), house.mined(showTileCall::SELECTOR)), (Status::Answered, 1));
    assert!(house.state.borrow().failed.is_empty());
}

#[test]
fn the_leaves_that_somebody_wants_to_see_are_shown_in_two_halves() {
    let (house, id) = bonded();
    demand_and_wait(&house, id, LEAVES);
    assert_eq!((house.mined(showLeavesCall::SELECTOR), house.state.borrow().demands.len()), (2, 0), "each half once");
    house.settle();
    assert_eq!(house.status(id), Status::Answered);
    assert!(house.state.borrow().failed.is_empty());
}

/// Whoever was to send the other half died in between.
#[test]
fn the_other_half_of_the_leaves_is_shown_by_sweep() {
    let (house, id) = bonded();
    house.happen(|state, now| hub::demand(state, now, id, LEAVES));
    house.happen(|state, _| {
        state.halves.entry(id).or_default().insert(false);
        let shown = crate::abi::IInferenceHub::LeavesShown { requestId: id, leaves: Vec::new(), complete: false };
        crate::event::tests::event(HUB, &shown)
    });
    house.sweep();
    house.chain.mine();
    assert_eq!((house.mined(showLeavesCall::SELECTOR), house.state.borrow().demands.len()), (1, 0));
}

#[test]
fn that_a_picture_has_no_such_tile_is_shown_as_well() {
    let (house, id) = bonded();
    for index in [4, u32::MAX] {
        let demanded = house.happen(|state, now| hub::demand(state, now, id, index));
        house.webhook(&[demanded]);
        house.chain.mine();
    }
    assert_eq!((house.mined(showTileCall::SELECTOR), house.state.borrow().demands.len()), (2, 0));
}

#[test]
fn a_demand_that_no_webhook_told_of_is_met_by_sweep_however_few_blocks_the_provider_gives() {
    let (house, id) = bonded();
    house.chain.inner.borrow_mut().block += 25_000;
    house.chain.limit_logs(1_000);
    house.happen(|state, now| hub::demand(state, now, id, 0));
    let again = house.last_event::<TileDemanded>();
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&again) else { panic!("no job") };
    assert_eq!(job, serde_json::from_value(serde_json::to_value(&job).expect("json")).expect("a job"));
    for _ in 0..6 {
        house.sweep();
        house.platform.advance(LEASE_MS);
    }
    house.chain.mine();
    assert_eq!((house.mined(showTileCall::SELECTOR), house.state.borrow().demands.len()), (1, 0));
}

#[test]
fn tiles_of_another_s_picture_are_not_shown() {
    let (house, id, event) = asked_for_bonded();
    bonded_by_a_thief(&house, id, &event);
    let demanded = house.happen(|state, now| hub::demand(state, now, id, 0));
    house.webhook(&[demanded]);
    house.chain.mine();
    assert_eq!(house.mined(showTileCall::SELECTOR), 0);
}

#[test]
fn proposals_and_demands_about_others_requests_leave_nothing_behind() {
    let house = Deployment::new();
    let stranger = Address::repeat_byte(0x51);
    let mut id = B256::ZERO;
    let event = house.happen(|state, now| {
        let (asked, event) = hub::ask(state, now, stranger, Bytes::from_static(b"theirs"), Assurance::Optimistic);
        id = asked;
        event
    });
    let proposed = bonded_by_a_thief(&house, id, &event);
    let demanded = house.happen(|state, now| hub::demand(state, now, id, 0));
    house.state.borrow_mut().window = 0;
    house.pass(WINDOW + 1);
    house.webhook(&[event, proposed, demanded]);
    house.sweep();
    house.chain.mine();
    assert!(house.chain.inner.borrow().mined.is_empty());
    assert_eq!(house.sweep()["open"], 0);
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("job:")), "{:?}", house.platform.keys());
}

#[test]
fn hosts_killed_at_any_step_leave_every_bonded_answer_final_once() {
    for kill in (5..600).step_by(17) {
        let house = Deployment::at(Assurance::Optimistic);
        let minted: Vec<_> = (1..=3).map(|token| house.mint(token)).collect();
        house.chain.mine();
        let mut scheduler = Scheduler::new(&house.platform, kill);
        for event in minted {
            let platform = house.platform.clone();
            scheduler.add(async move {
                crate::intake::handle(&platform, crate::intake::tests::alchemy(&[event])).await;
            });
        }
        let alive = scheduler.run(Some(kill), || house.chain.mine());
        house.chain.mine();
        if alive {
            // They all came through; the next ones are killed in their turn.
            let asked: Vec<Event> = house.chain.inner.borrow().events.clone();
            let platform = house.platform.clone();
            let mut scheduler = Scheduler::new(&house.platform, kill);
            scheduler.add(async move {
                crate::intake::handle(&platform, crate::intake::tests::alchemy(&asked)).await;
            });
            scheduler.run(Some(kill), || house.chain.mine());
            house.chain.mine();
        }
        house.settle();
        house.settle();
        assert!((1..=3).all(|token| house.stage(token) == Stage::Fulfilled), "killed after {kill}");
        let mined = (house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR));
        assert_eq!(mined, (3, 3), "killed after {kill}");
        assert_eq!(house.state.borrow().stakes[&operator()].1, U256::ZERO, "killed after {kill}");
    }
}
