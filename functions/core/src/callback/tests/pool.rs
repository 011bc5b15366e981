//! Several senders: who pays for what, and what happens to what is on its way when the pool is changed.

use super::*;
use crate::abi::IInferenceHub::{Assurance, InferenceRequested, commitCall, finaliseCall, proposeCall};
use crate::testing::deployment::{BOND, WINDOW, operator};
use alloy_signer_local::PrivateKeySigner;
use std::collections::{BTreeMap, BTreeSet};

fn account(number: u8) -> Address {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(number)).expect("a key").address()
}

/// Changes the pool; the tests' usual sender is number 6.
fn set_pool(house: &Deployment, keys: &[u8]) {
    let keys: Vec<String> = keys.iter().map(|&key| B256::repeat_byte(key).to_string()).collect();
    let _ = house.platform.clone().with("sender_key", &keys.join(","));
    for &key in &[1, 2, 3, 6] {
        house.state.borrow_mut().stakes.insert(account(key), (U256::from(100 * BOND), U256::ZERO));
    }
}

/// Adds senders until this request isn't the usual one's any more. Gives whose it is now.
fn move_away(house: &Deployment, request_id: B256) -> Address {
    let pool = [6, 1, 2, 3, 4, 5, 8, 9, 10, 11];
    for size in 2..=pool.len() {
        set_pool(house, &pool[..size]);
        let senders = block_on(Senders::configured(&house.platform)).expect("a pool");
        let payer = senders.payer(Subject::Request(request_id)).address();
        if payer != operator() {
            return payer;
        }
    }
    panic!("one in a thousand");
}

/// Who sent what about each request: these calls begin with its id.
fn senders_by_request(house: &Deployment) -> BTreeMap<B256, BTreeSet<Address>> {
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for tx in &house.chain.inner.borrow().mined {
        let selector = tx.input[..4].try_into().expect("a selector");
        let id = match selector {
            finaliseCall::SELECTOR => B256::from_slice(&tx.input[4..36]),
            proposeCall::SELECTOR => proposeCall::abi_decode(&tx.input).expect("a call").receipt.requestId,
            _ => continue,
        };
        all.entry(id).or_default().insert(tx.from);
    }
    all
}

#[test]
fn requests_are_spread_over_the_pool_and_all_about_one_is_done_by_one_sender() {
    let house = Deployment::at(Assurance::Optimistic);
    set_pool(&house, &[1, 2, 3]);
    (1..=12).for_each(|token| drop(house.mint(token)));
    house.settle();
    assert!((1..=12).all(|token| house.stage(token) == Stage::Fulfilled));
    let senders = senders_by_request(&house);
    assert_eq!(senders.len(), 12);
    assert!(senders.values().all(|some| some.len() == 1), "{senders:?}");
    assert_eq!(senders.values().flatten().collect::<BTreeSet<_>>().len(), 3, "each has its share");
    assert_eq!((house.mined(proposeCall::SELECTOR), house.mined(finaliseCall::SELECTOR)), (12, 12));
}

#[test]
fn what_a_sender_has_on_its_way_is_not_sent_again_by_the_one_whose_turn_it_is_now() {
    let (house, job) = asked();
    let Job::Infer { request_id, .. } = job else { panic!("no request") };
    let first = post(&house, &answer(&job)).1;
    assert_eq!(first["status"], "sent");
    move_away(&house, request_id);
    assert_eq!(post(&house, &answer(&job)).1, first);
    house.chain.drop_pool();
    assert_eq!(post(&house, &answer(&job)).1, first, "the same bytes are sent again");
    house.chain.mine();
    assert_eq!(post(&house, &answer(&job)).1["status"], "settled");
    assert_eq!(house.mined(fulfilCall::SELECTOR), 1);
}

#[test]
fn what_a_sender_failed_to_do_is_done_by_the_one_whose_turn_it_is_now() {
    let (house, job) = asked();
    let Job::Infer { request_id, .. } = job else { panic!("no request") };
    assert_eq!(post(&house, &answer(&job)).0, 200);
    // Its nonce goes to a transaction that does nothing.
    house.state.borrow_mut().requests.get_mut(&request_id).expect("a request").1 = Status::Expired;
    house.chain.mine();
    house.state.borrow_mut().requests.get_mut(&request_id).expect("a request").1 = Status::Open;
    let payer = move_away(&house, request_id);
    assert_eq!(post(&house, &answer(&job)).1["status"], "sent");
    house.chain.mine();
    assert_eq!(house.status(request_id), Status::Answered);
    assert_eq!(house.chain.inner.borrow().mined.last().expect("mined").from, payer);
}

#[test]
fn what_another_sender_of_the_pool_has_bonded_is_ours_to_finalise() {
    let house = Deployment::at(Assurance::Optimistic);
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(&[minted]);
    house.chain.mine();
    house.webhook(&[house.last_event::<InferenceRequested>()]);
    house.chain.mine();
    let id = house.last_event::<InferenceRequested>().topics[1];
    assert_eq!(house.status(id), Status::Proposed);
    let payer = move_away(&house, id);
    house.pass(WINDOW + 1);
    house.settle();
    assert_eq!(house.status(id), Status::Answered);
    assert_eq!(senders_by_request(&house)[&id], BTreeSet::from([operator(), payer]));
}

#[test]
fn a_vote_is_the_first_sender_s_whatever_the_pool() {
    let house = Deployment::at(Assurance::Quorum);
    set_pool(&house, &[6, 1, 2, 3]);
    (1..=6).for_each(|token| drop(house.mint(token)));
    for _ in 0..4 {
        house.pass(5);
        house.sweep();
    }
    house.chain.mine();
    assert_eq!(house.mined(commitCall::SELECTOR), 6);
    let inner = house.chain.inner.borrow();
    let commits = inner.mined.iter().filter(|tx| tx.input.starts_with(&commitCall::SELECTOR));
    assert!(commits.into_iter().all(|tx| tx.from == operator()), "a quorum knows one account of ours");
}

#[test]
fn the_outboxes_of_all_senders_are_repaired_together_or_each_by_itself() {
    let house = Deployment::new();
    set_pool(&house, &[1, 2]);
    (1..=8).for_each(|token| drop(house.mint(token)));
    house.chain.mine();
    house.sweep();
    let repair = |path: &str| {
        let request = Request { method: "POST".into(), path: path.into(), ..Request::default() };
        let response = block_on(handle(&house.platform, request));
        (response.status, serde_json::from_slice::<serde_json::Value>(&response.body).expect("json"))
    };
    house.chain.drop_pool();
    assert_eq!(repair("/outbox").1["resent"], 8);
    house.chain.drop_pool();
    let resent =
        [1, 2].map(|key| repair(&format!("/outbox/{:#x}", account(key))).1["resent"].as_u64().expect("a count"));
    assert_eq!(resent.iter().sum::<u64>(), 8);
    assert!(resent.iter().all(|&count| count > 0), "{resent:?}");
    let (status, problem) = repair(&format!("/outbox/{:#x}", account(6)));
    assert_eq!(status, 404, "{problem}");
    assert_eq!(repair("/outbox/nobody").0, 404);
}

#[test]
fn who_pays_is_told_for_an_answer_for_all_outboxes_and_for_one() {
    let (house, job) = asked();
    set_pool(&house, &[1, 2, 3]);
    let ask = |path: &str, body: &[u8]| block_on(payers(&house.platform, path, body));
    let body = serde_json::to_vec(&answer(&job)).expect("json");
    let payer = ask("/answers", &body).expect("a payer");
    assert_eq!(post(&house, &answer(&job)).0, 200);
    house.chain.mine();
    assert_eq!(payer, [house.chain.inner.borrow().mined.last().expect("mined").from]);
    assert_eq!(ask("/outbox", b"{}"), Ok([1, 2, 3].map(account).to_vec()));
    assert_eq!(ask(&format!("/outbox/{}", account(2)), b"{}"), Ok(vec![account(2)]));
    assert!(matches!(ask("/answers", b"{").map_err(|error| *error), Err(Error::MalformedJson { .. })));
    let _ = house.platform.clone().with("sender_key", "0x12");
    assert!(matches!(ask("/answers", &body).map_err(|error| *error), Err(Error::Config { name: "sender_key", .. })));
}
