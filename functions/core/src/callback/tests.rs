//! Answers against the whole house in memory.

mod deliver;
mod depth;
mod optimistic;
mod pool;
mod quorum;
mod raise;

use super::*;
use crate::abi::IInferenceHub::{Status, fulfilCall};
use crate::abi::ISeedArt::{Stage, redrawCall};
use crate::job::{BUDGET_MS, LEASE_MS};
use crate::testing::block_on;
use crate::testing::deployment::Deployment;
use alloy_sol_types::SolCall;

/// A house in which token 7 has been drawn and its picture asked for, with the job that is to be answered.
fn asked() -> (Deployment, Job) {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(&[minted]);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
    let event = house.last_event::<crate::abi::IInferenceHub::InferenceRequested>();
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&event) else { panic!("no job") };
    (house, job)
}

fn post(house: &Deployment, answer: &Answer) -> (u16, serde_json::Value) {
    let body = serde_json::to_vec(answer).expect("json");
    let request = Request { method: "POST".into(), path: "/answers".into(), body, ..Request::default() };
    let response = block_on(handle(&house.platform, request));
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

fn answer(job: &Job) -> Answer {
    Answer::Fulfil { job: job.clone(), output: Bytes::from_static(b"picture"), content_hash: B256::repeat_byte(3) }
}

#[test]
fn an_answer_is_signed_sent_and_accepted() {
    let (house, job) = asked();
    let (status, outcome) = post(&house, &answer(&job));
    assert_eq!((status, &outcome["status"]), (200, &"sent".into()));
    house.chain.mine();
    let state = house.state.borrow();
    assert_eq!(state.answers.len(), 1);
    assert_eq!(state.answers[0].0.issuedAt, house.platform.now_ms() / 1000);
}

#[test]
fn the_same_answer_again_is_in_flight_and_then_settled() {
    let (house, job) = asked();
    let first = post(&house, &answer(&job)).1;
    assert_eq!(post(&house, &answer(&job)).1, first);
    house.chain.mine();
    assert_eq!(post(&house, &answer(&job)).1["status"], "settled");
    assert_eq!(house.mined(fulfilCall::SELECTOR), 1);
}

#[test]
fn nothing_is_signed_for_a_job_that_is_not_what_the_chain_says() {
    let (house, job) = asked();
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(&job).expect("json");
        change(&mut value);
        serde_json::from_value::<Job>(value).expect("a job")
    };
    let wrong = [
        changed(&|job| job["input"] = "0x00".into()),
        changed(&|job| job["modelId"] = B256::repeat_byte(1).to_string().into()),
        changed(&|job| job["hub"] = Address::ZERO.to_string().into()),
        changed(&|job| job["chainId"] = 1.into()),
        changed(&|job| job["consumer"] = Address::ZERO.to_string().into()),
    ];
    for job in wrong {
        assert_eq!(post(&house, &answer(&job)).0, 422, "{job:?}");
    }
    house.chain.mine();
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0);
}

#[test]
fn a_model_with_another_key_is_not_ours_to_answer_for() {
    let (house, job) = asked();
    let platform = house.platform.clone().with("attestation_key", &B256::repeat_byte(0x55).to_string());
    let (status, problem) = post(&house, &answer(&job));
    assert_eq!(status, 422);
    assert!(problem["detail"].as_str().expect("text").contains("registered key"), "{problem}");
    drop(platform);
}

#[test]
fn a_worker_whose_lease_is_over_signs_nothing() {
    let (house, job) = asked();
    let body = serde_json::to_vec(&answer(&job)).expect("json");
    let until = house.platform.now_ms() - 1;
    let headers = vec![("verdigris-until".to_string(), until.to_string().into_bytes())];
    let request = Request { method: "POST".into(), path: "/answers".into(), headers, body };
    assert_eq!(block_on(handle(&house.platform, request)).status, 503);
    const { assert!(BUDGET_MS < LEASE_MS) }
}

#[test]
fn a_request_that_ran_out_or_was_never_made_gets_no_transaction() {
    let (house, job) = asked();
    let Job::Infer { request_id, .. } = &job else { panic!("no request") };
    house.state.borrow_mut().requests.get_mut(request_id).expect("a request").1 = Status::Expired;
    assert_eq!(post(&house, &answer(&job)).1["status"], "settled");
    house.state.borrow_mut().requests.clear();
    let (status, outcome) = post(&house, &answer(&job));
    assert_eq!((status, &outcome["status"]), (202, &"unknown".into()));
}

#[test]
fn a_chain_that_is_down_is_502_and_one_that_loses_the_answer_keeps_the_transaction() {
    let (house, job) = asked();
    house.chain.set_down(true);
    assert_eq!(post(&house, &answer(&job)).0, 502);
    house.chain.set_down(false);
    house.chain.lose_answers(1);
    let (status, outcome) = post(&house, &answer(&job));
    assert_eq!((status, &outcome["status"]), (202, &"kept".into()));
}

#[test]
fn a_seed_whose_block_is_out_of_reach_gets_a_new_block() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.inner.borrow_mut().block += 9_000;
    house.webhook(&[minted]);
    house.chain.mine();
    assert_eq!((house.mined(redrawCall::SELECTOR), house.stage(7)), (1, Stage::Minted));
    house.chain.mine();
    house.webhook(&[house.last_event::<crate::abi::ISeedArt::SeedRequested>()]);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
}

#[test]
fn the_outbox_can_be_repaired_from_inside_and_wrong_paths_and_methods_are_told() {
    let house = Deployment::new();
    let call = |method: &str, path: &str| {
        let request = Request { method: method.into(), path: path.into(), ..Request::default() };
        block_on(handle(&house.platform, request)).status
    };
    assert_eq!(call("POST", "/outbox"), 200);
    assert_eq!(call("GET", "/outbox"), 405);
    assert_eq!(call("GET", "/answers"), 405);
    assert_eq!(call("POST", "/answers"), 400);
    assert_eq!(call("POST", "/elsewhere"), 404);
}

#[test]
fn a_draw_pays_the_hub_s_fee_and_no_more_than_the_settings_allow() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    let poor = house.platform.clone().with("max_fee_wei", "999");
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&minted) else { panic!("no job") };
    let (status, problem) = post(&house, &Answer::Draw { job: job.clone() });
    assert_eq!((status, &problem["type"]), (503, &"urn:verdigris:problem:fee-too-high".into()));
    assert!(problem["detail"].as_str().expect("text").contains("max_fee_wei"), "{problem}");
    let _ = poor.with("max_fee_wei", "1000");
    assert_eq!(post(&house, &Answer::Draw { job }).0, 200);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
    assert_eq!(house.chain.inner.borrow().mined[0].value, U256::from(crate::testing::deployment::FEE));
}

#[test]
fn a_fee_that_the_hub_refuses_is_read_anew() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    let stale = serde_json::json!({"modelId": B256::repeat_byte(1), "level": 0}).to_string();
    let key = format!("art:{:#x}", crate::event::tests::ART);
    block_on(house.platform.set(&key, stale.as_bytes())).expect("set");
    let crate::event::Meaning::Job(job) = crate::event::tests::served().meaning(&minted) else { panic!("no job") };
    assert_eq!(post(&house, &Answer::Draw { job: job.clone() }).0, 502);
    assert_eq!(post(&house, &Answer::Draw { job }).0, 200);
}
