//! Webhooks against the whole house in memory.

use super::*;
use crate::abi::IInferenceHub::{
    AnswerProposed, Assurance, InferenceAnswered, InferenceRequested, RaiseRequested, TileDemanded, fulfilCall,
    requestOfCall,
};
use crate::abi::ISeedArt::{SeedRequested, Stage, drawCall};
use crate::event::tests::{ART, HUB, event, inference_requested, seed_requested};
use crate::platform::{HttpResponse, PlatformError};
use crate::testing::chain::ENDPOINT;
use crate::testing::deployment::Deployment;
use crate::testing::{Memory, block_on};
use crate::webhook::alchemy;
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;

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
    let delivery = Delivery { made_ms: house.platform.now_ms(), events: vec![event], ..Delivery::default() };
    let report = block_on(take(&house.platform, delivery)).expect("taken");
    assert_eq!(report, Taken { retracted: 1, ..Taken::default() });
}

#[test]
fn an_event_that_was_dropped_after_its_webhook_is_not_acted_on() {
    let house = Deployment::new();
    let requested = inference_requested(ART);
    house.webhook(&[requested]); // The hub knows no such request.
    house.chain.mine();
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0);
}

/// Whoever knows a provider's secret can sign what never was.
#[test]
fn what_somebody_invented_is_neither_pinned_nor_kept() {
    let house = Deployment::new();
    let id = B256::repeat_byte(1);
    let far = house.platform.now_ms() / 1000 + 90_000;
    let proposed = |final_after| {
        event(
            HUB,
            &AnswerProposed {
                requestId: id,
                proposer: ART,
                receipt: Default::default(),
                output: Bytes::from_static(b"x"),
                finalAfter: final_after,
            },
        )
    };
    let invented = [
        inference_requested(ART),
        seed_requested(99, 1),
        seed_requested(98, 1 << 40),
        proposed(1),
        proposed(far),
        event(HUB, &TileDemanded { requestId: id, watcher: ART, index: 3, answerBy: far }),
        event(
            HUB,
            &RaiseRequested { requestId: id, modelId: id, level: Assurance::Executed, fee: U256::ZERO, deadline: far },
        ),
        event(
            HUB,
            &InferenceAnswered { requestId: id, operator: ART, outputHash: id, contentHash: id, delivered: false },
        ),
    ];
    let before = house.platform.keys();
    for event in invented {
        house.webhook(&[event]);
        house.chain.mine();
    }
    assert_eq!(house.platform.requests("http://pin.spin.internal").len(), 0);
    assert_eq!(house.chain.inner.borrow().mined.len(), 0);
    let kept = house.platform.keys().into_iter().filter(|key| !key.starts_with("model:") && !key.starts_with("art:"));
    assert_eq!(kept.collect::<Vec<_>>(), before);
}

#[test]
fn a_request_that_the_node_learns_of_a_moment_later_is_answered_at_once() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.mine();
    house.sweep();
    house.chain.mine();
    let requested = house.last_event::<InferenceRequested>();
    let looks = Rc::new(Cell::new(0));
    let (node, seen) = (house.platform.peer(ENDPOINT), looks.clone());
    let selector = hex::encode(requestOfCall::SELECTOR);
    house.platform.serve(ENDPOINT, move |request| {
        let asks = String::from_utf8_lossy(&request.body).contains(&selector);
        seen.set(seen.get() + u32::from(asks));
        let response = node(request)?;
        if !asks || seen.get() > 2 {
            return Ok(response);
        }
        let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
        let unknown = format!("0x{}", "0".repeat(64 * 8));
        let body = json!({ "jsonrpc": "2.0", "id": body["id"], "result": unknown });
        Ok(HttpResponse { status: 200, body: body.to_string().into_bytes() })
    });
    house.webhook(&[requested]);
    house.chain.mine();
    assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1));
}

#[test]
fn what_is_known_does_not_wait_for_what_is_looked_up() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    let (node, platform) = (house.platform.peer(ENDPOINT), house.platform.clone());
    house.platform.serve(ENDPOINT, move |request| {
        if String::from_utf8_lossy(&request.body).contains("eth_getTransactionReceipt") {
            platform.advance(request.timeout_ms);
            return Err(PlatformError::Timeout(request.timeout_ms));
        }
        node(request)
    });
    let transactions = (0..40).map(|number| (B256::with_last_byte(number), vec![ART])).collect();
    let delivery =
        Delivery { made_ms: house.platform.now_ms(), events: vec![minted], transactions, ..Delivery::default() };
    let report = block_on(take(&house.platform, delivery)).expect("taken");
    assert_eq!((report.taken, report.lookups), (1, 32));
    house.platform.run_spawned();
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
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
fn a_transaction_that_the_node_does_not_know_yet_is_looked_at_again() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.mine();
    let (node, seen) = (house.platform.peer(ENDPOINT), Cell::new(0));
    house.platform.serve(ENDPOINT, move |request| {
        let body = serde_json::from_slice::<Value>(&request.body).expect("JSON");
        if body["method"] != "eth_getTransactionReceipt" || seen.replace(seen.get() + 1) == 2 {
            return node(request);
        }
        let body = json!({ "jsonrpc": "2.0", "id": body["id"], "result": null });
        Ok(HttpResponse { status: 200, body: body.to_string().into_bytes() })
    });
    let transactions = vec![(B256::ZERO, vec![ART])];
    let delivery = Delivery { made_ms: house.platform.now_ms(), transactions, ..Delivery::default() };
    block_on(take(&house.platform, delivery)).expect("taken");
    house.platform.run_spawned();
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Drawn);
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

/// Lets `change` look at each question that names `selector`, and put another answer in place of the node's.
fn tamper(house: &Deployment, selector: [u8; 4], change: impl Fn() -> Result<Option<Value>, PlatformError> + 'static) {
    let (node, selector) = (house.platform.peer(ENDPOINT), hex::encode(selector));
    house.platform.serve(ENDPOINT, move |request| {
        let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
        let response = node(request)?;
        let mut answers: Value = serde_json::from_slice(&response.body).expect("JSON");
        let questions = asked.as_array().cloned().unwrap_or_else(|| vec![asked.clone()]);
        for question in questions.iter().filter(|question| question.to_string().contains(&selector)) {
            let Some(result) = change()? else { continue };
            let other = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
            match answers.as_array_mut() {
                Some(all) => *all.iter_mut().find(|answer| answer["id"] == question["id"]).expect("an answer") = other,
                None => answers = other,
            }
        }
        Ok(HttpResponse { status: 200, body: answers.to_string().into_bytes() })
    });
}

/// A house in which token 7 was drawn, and the event that asks for its picture.
fn asked() -> (Deployment, Event) {
    let house = Deployment::new();
    house.mint(7);
    house.chain.mine();
    house.sweep();
    house.chain.mine();
    let requested = house.last_event::<InferenceRequested>();
    (house, requested)
}

fn pinned(house: &Deployment) -> usize {
    house.platform.requests("http://pin.spin.internal").len()
}

/// A stream that is started anew from an old block tells everything again.
#[test]
fn an_old_event_that_is_told_again_is_neither_pinned_again_nor_kept() {
    let (house, requested) = asked();
    house.webhook(std::slice::from_ref(&requested));
    house.chain.mine();
    assert_eq!((house.stage(7), pinned(&house)), (Stage::Fulfilled, 1));
    let Meaning::Job(job) = block_on(config::served(&house.platform)).expect("settings").meaning(&requested) else {
        panic!("no job")
    };
    block_on(job::forget(&house.platform, &job.id())).expect("the store works");
    house.webhook(&[requested]);
    house.chain.mine();
    assert_eq!((pinned(&house), house.mined(fulfilCall::SELECTOR)), (1, 1));
    assert!(!house.platform.keys().contains(&format!("job:{}", job.id())));
}

#[test]
fn a_request_that_is_dropped_while_its_picture_is_pinned_is_forgotten_and_answered_when_it_comes_again() {
    let (house, requested) = asked();
    let (platform, unknown) = (house.platform.clone(), format!("0x{}", "0".repeat(64 * 8)));
    let node = house.platform.peer(ENDPOINT);
    tamper(&house, requestOfCall::SELECTOR, move || {
        Ok((!platform.requests("http://pin.spin.internal").is_empty()).then(|| json!(unknown)))
    });
    house.webhook(std::slice::from_ref(&requested));
    house.chain.mine();
    assert_eq!((pinned(&house), house.mined(fulfilCall::SELECTOR)), (1, 0));
    house.platform.serve(ENDPOINT, move |request| node(request));
    house.webhook(&[requested]);
    house.chain.mine();
    assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1));
}

/// As on a machine that draws for longer than the node has time to answer.
#[test]
fn an_answer_is_not_lost_because_the_chain_was_not_listened_to_while_it_was_made() {
    let (house, requested) = asked();
    let late = Cell::new(true);
    tamper(&house, requestOfCall::SELECTOR, move || {
        if late.replace(false) { Err(PlatformError::Timeout(4_000)) } else { Ok(None) }
    });
    house.webhook(&[requested]);
    house.chain.mine();
    assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1));
}
