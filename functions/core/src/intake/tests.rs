//! Webhooks against the whole house in memory.

use super::*;
use crate::abi::IInferenceHub::{InferenceRequested, fulfilCall};
use crate::abi::ISeedArt::{SeedRequested, Stage, drawCall};
use crate::event::tests::{ART, seed_requested};
use crate::testing::deployment::Deployment;
use crate::testing::{Memory, block_on};
use crate::webhook::{alchemy, standard};
use alloy_sol_types::SolCall;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

/// A webhook of Alchemy's, made at the test platform's time and signed with its key.
pub(crate) fn alchemy(events: &[Event]) -> Request {
    signed(&alchemy::tests::graphql(events, "2026-11-20T10:00:00.000Z"))
}

pub(crate) fn signed(body: &str) -> Request {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"whsec_test").expect("a key");
    mac.update(body.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    Request {
        method: "POST".into(),
        path: "/webhooks/alchemy".into(),
        headers: vec![("x-alchemy-signature".into(), signature.into_bytes())],
        body: body.as_bytes().to_vec(),
        ..Request::default()
    }
}

fn send(platform: &Memory, request: Request) -> (u16, Value) {
    let response = block_on(handle(platform, request));
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

#[test]
fn a_mint_becomes_a_fulfilled_token_in_two_webhooks() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    assert_eq!(house.webhook(&[minted]).status, 200);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
    assert_eq!(house.webhook(&[house.last_event::<InferenceRequested>()]).status, 200);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Fulfilled);
    assert!(house.state.borrow().failed.is_empty());
}

#[test]
fn the_same_webhook_again_is_200_and_sends_no_second_transaction() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(std::slice::from_ref(&minted));
    let again = house.webhook(&[minted]);
    assert_eq!(again.status, 200);
    assert_eq!(serde_json::from_slice::<Value>(&again.body).expect("json")["known"], 1);
    house.chain.mine();
    let requested = house.last_event::<InferenceRequested>();
    for _ in 0..3 {
        house.webhook(std::slice::from_ref(&requested));
    }
    house.chain.mine();
    assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (1, 1));
}

#[test]
fn a_draw_waits_for_its_block() {
    let house = Deployment::new();
    let minted = house.mint(7);
    let chain = house.chain.clone();
    // The worker looks, finds nothing, looks again: the block comes in between.
    let response = block_on(handle(&house.platform, alchemy(&[minted])));
    assert_eq!(response.status, 200);
    chain.mine();
    house.platform.run_spawned();
    chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
}

#[test]
fn a_draw_whose_block_does_not_come_is_left_to_sweep() {
    let house = Deployment::new();
    let minted = house.mint(7);
    let before = house.platform.now_ms();
    house.webhook(&[minted]);
    assert!(house.platform.now_ms() - before < job::LEASE_MS);
    assert_eq!(house.mined(drawCall::SELECTOR), 0);
}

#[test]
fn a_webhook_about_others_is_202_and_leaves_nothing() {
    let house = Deployment::new();
    let mut foreign = seed_requested(7, 12);
    foreign.contract = Address::ZERO;
    let (status, report) = send(&house.platform, alchemy(&[foreign]));
    assert_eq!((status, &report["ignored"]), (202, &Value::from(1)));
    assert!(house.platform.keys().is_empty());
}

#[test]
fn a_missing_or_wrong_signature_is_401_before_anything_is_parsed() {
    let house = Deployment::new();
    let mut request = signed("{");
    assert_eq!(send(&house.platform, request.clone()).0, 400);
    request.body = b"{ ".to_vec();
    assert_eq!(send(&house.platform, request.clone()).0, 401);
    request.headers.clear();
    assert_eq!(send(&house.platform, request).0, 401);
}

#[test]
fn malformed_json_is_400_with_its_place() {
    let house = Deployment::new();
    let (status, problem) = send(&house.platform, signed("{\"type\":\n  oops}"));
    assert_eq!((status, &problem["line"]), (400, &Value::from(2)));
    assert!(problem["detail"].as_str().expect("text").contains("line 2"), "{problem}");
}

#[test]
fn a_webhook_of_long_ago_is_not_taken() {
    let house = Deployment::new();
    house.platform.advance(MAX_AGE_MS + 1);
    let (status, report) = send(&house.platform, alchemy(&[seed_requested(7, 12)]));
    assert_eq!((status, &report["ignored"]), (202, &Value::from(1)));
}

/// Or its age would mean nothing: it could be sent again for as long as its date lies ahead.
#[test]
fn a_webhook_of_the_far_future_is_not_taken() {
    let house = Deployment::new();
    let body = alchemy::tests::graphql(&[seed_requested(7, 12)], "2027-11-20T10:00:00.000Z");
    let (status, report) = send(&house.platform, signed(&body));
    assert_eq!((status, &report["ignored"]), (202, &Value::from(1)));
}

#[test]
fn a_retracted_event_starts_nothing() {
    let house = Deployment::new();
    let event = Event { retracted: true, ..seed_requested(7, 12) };
    let body = standard::tests::payload(&[event]);
    let delivery = standard::read(body.as_bytes(), house.platform.now_ms()).expect("read");
    let report = block_on(take(&house.platform, delivery)).expect("taken");
    assert_eq!(report, Taken { retracted: 1, ..Taken::default() });
}

#[test]
fn an_event_that_was_dropped_after_its_webhook_is_not_acted_on() {
    let house = Deployment::new();
    let requested = crate::event::tests::inference_requested(ART);
    house.webhook(&[requested]); // The hub knows no such request.
    house.chain.mine();
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0);
}

#[test]
fn a_provider_whose_secret_is_not_set_has_no_route_and_unknown_paths_and_methods_are_told() {
    let platform = Memory::deployed();
    assert_eq!(send(&platform, alchemy(&[])).0, 404);
    let get = |path: &str| send(&platform, Request { method: "GET".into(), path: path.into(), ..Request::default() }).0;
    assert_eq!(get("/webhooks/alchemy"), 405);
    assert_eq!(get("/webhooks/other"), 404);
    assert_eq!(get("/healthz"), 200);
}

#[test]
fn a_store_that_is_down_is_503_so_that_the_provider_tries_again() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.platform.set_store_down(true);
    assert_eq!(send(&house.platform, alchemy(std::slice::from_ref(&minted))).0, 503);
    house.platform.set_store_down(false);
    assert_eq!(send(&house.platform, alchemy(&[minted])).0, 200);
}

#[test]
fn a_transfer_leads_to_the_other_events_of_its_transaction() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.mine();
    let now = house.platform.now_ms();
    let touching =
        |address| Delivery { made_ms: now, transactions: vec![(B256::ZERO, vec![address])], ..Delivery::default() };
    let report = block_on(take(&house.platform, touching(ART))).expect("taken");
    assert_eq!(report, Taken { lookups: 1, ..Taken::default() });
    house.platform.run_spawned();
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
    // Transfers that touch nothing of ours are not looked up.
    let report = block_on(take(&house.platform, touching(Address::ZERO))).expect("taken");
    assert_eq!(report.lookups, 0);
}

#[test]
fn several_mints_in_one_webhook_are_all_drawn() {
    let house = Deployment::new();
    let minted: Vec<Event> = (1..=20).map(|token| house.mint(token)).collect();
    house.chain.mine();
    house.webhook(&minted);
    house.chain.mine();
    assert!((1..=20).all(|token| house.stage(token) == Stage::Drawn));
    assert_eq!(house.mined(drawCall::SELECTOR), 20);
    let _ = house.last_event::<SeedRequested>();
}
