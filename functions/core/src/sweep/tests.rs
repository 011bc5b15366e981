//! What sweep finds and heals, against the whole house in memory.

mod endpoints;

use std::cell::Cell;

use super::scan::{MAX_WAITING, REORG_DEPTH};
use super::*;
use crate::abi::IInferenceHub::{Assurance, InferenceRequested, Status, fulfilCall};
use crate::abi::ISeedArt::{Stage, drawCall, renewCall};
use crate::event::tests::{ART, HUB, event};
use crate::job::LEASE_MS;
use crate::platform::PlatformError;
use crate::testing::chain::ENDPOINT;
use crate::testing::deployment::Deployment;
use crate::testing::{Memory, block_on};
use alloy_sol_types::SolCall;

pub(crate) fn request(authorization: &str) -> Request {
    let headers = vec![("authorization".to_string(), authorization.as_bytes().to_vec())];
    Request { method: "POST".into(), path: "/sweep".into(), headers, ..Request::default() }
}

/// Blocks, sweeps and leases until nothing changes any more.
fn settle(house: &Deployment) {
    for _ in 0..6 {
        house.chain.mine();
        house.sweep();
        house.platform.advance(LEASE_MS);
    }
    house.chain.mine();
}

#[test]
fn tokens_are_fulfilled_without_a_single_webhook() {
    let house = Deployment::new();
    (1..=5).for_each(|token| drop(house.mint(token)));
    settle(&house);
    assert!((1..=5).all(|token| house.stage(token) == Stage::Fulfilled));
    assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (5, 5));
}

#[test]
fn a_job_that_somebody_is_at_work_on_is_left_alone_until_its_lease_is_over() {
    let house = Deployment::new();
    let minted = house.mint(7);
    house.chain.mine();
    let response = block_on(crate::intake::handle(&house.platform, crate::intake::tests::alchemy(&[minted])));
    assert_eq!(response.status, 200);
    // The host is killed here: what was to go on after the response never runs.
    assert_eq!(house.sweep()["started"], 0);
    house.platform.advance(LEASE_MS);
    assert_eq!(house.sweep()["started"], 1);
}

#[test]
fn a_pinning_service_that_was_down_only_delays_the_answer() {
    let house = Deployment::new();
    let platform = house.platform.clone().with("pinners", "kubo").with("kubo_url", "http://kubo");
    platform.serve("http://kubo", |_| Err(PlatformError::Connection("refused".into())));
    house.mint(7);
    settle(&house);
    assert_eq!(house.stage(7), Stage::Drawn);
    let _ = house.platform.clone().with("pinners", "embedded");
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
    assert_eq!(house.mined(fulfilCall::SELECTOR), 1);
}

#[test]
fn a_chain_that_was_down_only_delays_the_answer() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.set_down(true);
    assert_eq!(block_on(handle(&house.platform, request("Bearer token"))).status, 502);
    house.chain.set_down(false);
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn a_request_that_ran_out_is_asked_anew_once() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.mine();
    house.sweep();
    house.chain.mine();
    let request = *house.state.borrow().requests.keys().next().expect("a request");
    house.state.borrow_mut().requests.get_mut(&request).expect("a request").1 = Status::Expired;
    house.sweep();
    house.sweep();
    house.chain.mine();
    assert_eq!(house.mined(renewCall::SELECTOR), 1);
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn what_is_settled_leaves_no_record_and_nothing_waits() {
    let house = Deployment::new();
    house.mint(7);
    settle(&house);
    house.sweep();
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("job:")), "{:?}", house.platform.keys());
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn a_provider_that_gives_few_blocks_at_once_is_asked_for_fewer() {
    let house = Deployment::new();
    house.mint(7);
    house.chain.inner.borrow_mut().block = 40;
    house.chain.limit_logs(20);
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

/// Anybody may ask the hub, as often and at such length as gas allows.
#[test]
fn a_page_that_strangers_have_filled_is_read_in_shorter_ones() {
    let house = Deployment::new();
    house.mint(7);
    for number in 0..600u32 {
        let asked = InferenceRequested {
            requestId: keccak256(number.to_be_bytes()),
            modelId: B256::ZERO,
            consumer: Address::repeat_byte(0x77),
            input: vec![0; 16_384].into(),
            level: Assurance::Attested,
            callbackGas: 0,
            deadline: 1,
        };
        house.chain.emit(event(HUB, &asked));
        if number % 300 == 0 {
            house.chain.mine();
        }
    }
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn what_was_taken_is_begun_though_the_chain_goes_away_in_the_middle() {
    let house = Deployment::new();
    (1..=80).for_each(|token| drop(house.mint(token)));
    (0..3).for_each(|_| house.chain.mine());
    let node = house.platform.peer(ENDPOINT);
    let batches = Cell::new(0);
    house.platform.serve(ENDPOINT, move |request| {
        let is_about_tokens = questions(&request.body) > 8;
        batches.set(batches.get() + u32::from(is_about_tokens));
        if is_about_tokens && batches.get() == 2 { Err(PlatformError::Connection("cut".into())) } else { node(request) }
    });
    assert_eq!(block_on(handle(&house.platform, request("Bearer token"))).status, 502);
    house.platform.run_spawned();
    house.chain.mine();
    assert_eq!(house.mined(drawCall::SELECTOR), 50, "all but those of the second batch");
    settle(&house);
    assert!((1..=80).all(|token| house.stage(token) == Stage::Fulfilled));
}

#[test]
fn a_sweep_that_runs_out_of_time_leaves_the_rest_to_the_next() {
    let house = Deployment::new();
    (1..=80).for_each(|token| drop(house.mint(token)));
    (0..3).for_each(|_| house.chain.mine());
    let (node, clock) = (house.platform.peer(ENDPOINT), house.platform.clone());
    house.platform.serve(ENDPOINT, move |request| {
        if questions(&request.body) > 8 {
            clock.advance(15_000);
        }
        node(request)
    });
    let report = house.sweep();
    assert_eq!((report["open"].as_u64(), report["started"].as_u64()), (Some(80), Some(50)));
    settle(&house);
    assert!((1..=80).all(|token| house.stage(token) == Stage::Fulfilled));
}

#[test]
fn something_open_is_remembered_when_the_chain_has_moved_far_on() {
    let house = Deployment::new();
    let platform = house.platform.clone().with("pinners", "kubo"); // Misconfigured: no URL.
    house.mint(7);
    settle(&house);
    assert_eq!(house.stage(7), Stage::Drawn);
    house.chain.inner.borrow_mut().block += 10 * REORG_DEPTH;
    house.sweep();
    house.platform.advance(20 * 60 * 1000);
    let _ = platform.with("pinners", "embedded");
    house.sweep();
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn an_open_request_whose_record_was_lost_is_read_from_its_block() {
    let house = Deployment::new();
    let platform = house.platform.clone().with("pinners", "kubo");
    house.mint(7);
    settle(&house);
    let id = house.state.borrow().requests.keys().next().expect("a request").to_string();
    block_on(platform.delete(&format!("job:{id}"))).expect("deleted");
    house.chain.inner.borrow_mut().block += 10 * REORG_DEPTH;
    let _ = platform.with("pinners", "embedded");
    for _ in 0..3 {
        house.platform.advance(20 * 60 * 1000);
        house.sweep();
    }
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

/// Its event is too old to be read again, and its transaction's bytes are no more.
#[test]
fn an_answer_that_came_late_and_was_dropped_with_its_block_is_given_again() {
    let house = Deployment::new();
    let platform = house.platform.clone().with("pinners", "kubo").with("kubo_url", "http://kubo");
    platform.serve("http://kubo", |_| Err(PlatformError::Connection("refused".into())));
    house.mint(7);
    settle(&house);
    house.chain.inner.borrow_mut().block += 2 * REORG_DEPTH;
    let _ = house.platform.clone().with("pinners", "embedded");
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);

    let request = house.state.borrow().tokens[&U256::from(7)].requestId;
    house.state.borrow_mut().requests.get_mut(&request).expect("a request").1 = Status::Open;
    house.chain.fork(REORG_DEPTH);
    settle(&house);
    assert_eq!(house.status(request), Status::Answered);
    house.chain.inner.borrow_mut().block += REORG_DEPTH;
    assert_eq!(house.sweep()["open"], 0);
    assert_eq!(load_waiting(&house), [], "and then it is forgotten");
}

/// How many questions about contracts a sweep asks.
fn questions_of_a_sweep(house: &Deployment) -> usize {
    let count = || house.platform.requests(ENDPOINT).iter().map(|request| questions(&request.body)).sum::<usize>();
    let before = count();
    house.sweep();
    count() - before
}

/// Nobody else names the block that is asked about by its hash.
fn questions(body: &[u8]) -> usize {
    body.windows(9).filter(|window| window == b"blockHash").count()
}

#[test]
fn what_was_seen_done_is_asked_about_no_more_while_the_chain_keeps_its_blocks() {
    let house = Deployment::new();
    (1..=20).for_each(|token| drop(house.mint(token)));
    settle(&house);
    house.sweep();
    assert_eq!(questions_of_a_sweep(&house), 0);
    house.mint(21);
    house.chain.mine();
    assert_eq!(questions_of_a_sweep(&house), 1, "only about the new one");
    settle(&house);
    assert_eq!(house.stage(21), Stage::Fulfilled);
}

#[test]
fn after_a_reorganisation_all_that_may_have_changed_is_asked_about_again() {
    let house = Deployment::new();
    house.mint(7);
    settle(&house);
    house.sweep();
    let request = house.state.borrow().tokens[&U256::from(7)].requestId;
    house.state.borrow_mut().requests.get_mut(&request).expect("a request").1 = Status::Open;
    assert_eq!(house.sweep()["open"], 0, "without a reorganisation, what is done stays done");
    house.chain.fork(1);
    assert_eq!(house.sweep()["open"], 1);
    settle(&house);
    assert_eq!(house.status(request), Status::Answered);
}

#[test]
fn what_a_node_finds_in_a_block_only_later_is_seen_when_it_does() {
    let house = Deployment::new();
    house.mint(7);
    house.mint(8);
    settle(&house);
    house.mint(9);
    let minted = house.chain.inner.borrow_mut().events.pop().expect("an event");
    settle(&house);
    assert_eq!(house.stage(9), Stage::Minted, "nobody has told");
    house.chain.inner.borrow_mut().events.push(minted);
    settle(&house);
    assert_eq!(house.stage(9), Stage::Fulfilled);
}

/// What sweep has kept in mind.
fn load_waiting(house: &Deployment) -> Vec<Waiting> {
    block_on(load(&house.platform)).expect("the store").waiting
}

#[test]
fn an_event_that_was_dropped_with_its_block_is_forgotten() {
    let house = Deployment::new();
    house.mint(7);
    house.sweep();
    house.chain.inner.borrow_mut().events.clear();
    house.state.borrow_mut().tokens.clear();
    assert_eq!(house.sweep()["open"], 1, "it may come again in another block");
    house.chain.inner.borrow_mut().block += REORG_DEPTH + 1;
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn jobs_of_long_ago_are_forgotten_by_page() {
    let house = Deployment::new();
    house.mint(7);
    settle(&house);
    assert!(house.platform.keys().iter().any(|key| key.starts_with("claim:job:")));
    house.chain.inner.borrow_mut().block += 10 * clean::PAGE;
    house.chain.inner.borrow_mut().timestamp += 10 * clean::OLD_S;
    (0..3).for_each(|_| drop(house.sweep()));
    let claims: Vec<String> = house.platform.keys().into_iter().filter(|key| key.starts_with("claim:job:")).collect();
    assert!(claims.is_empty(), "{claims:?}");
}

#[test]
fn more_that_is_open_than_can_be_kept_holds_the_reading_back() {
    let job = crate::testing::job_for(alloy_primitives::Bytes::new());
    let waiting = |block| Waiting::new(&job, block);
    let mut state = State { next_block: 5_000, ..State::default() };
    state.keep((0..=MAX_WAITING as u64).rev().map(waiting).collect());
    assert_eq!((state.waiting.len(), state.next_block), (MAX_WAITING, MAX_WAITING as u64));
    let bytes = serde_json::to_vec(&state).expect("json");
    assert!(bytes.len() < crate::platform::MAX_VALUE, "{}", bytes.len());
}

/// A house whose sweep has passed over what its collection asked, since it served another one, and has come far.
fn passed_over(consumers: &str) -> Deployment {
    let house = Deployment::new();
    house.platform.clone().with("consumers", consumers);
    house.mint(7);
    settle(&house);
    for block in [2_000, 10_000, 18_000] {
        house.chain.inner.borrow_mut().block = block;
        house.sweep();
    }
    assert_eq!(house.stage(7), Stage::Minted);
    house
}

#[test]
fn a_collection_that_is_served_later_has_done_what_it_asked_before() {
    let stranger = Address::repeat_byte(0x55).to_string();
    let house = passed_over(&stranger);
    house.platform.clone().with("consumers", &format!("{stranger}, {ART}"));
    settle(&house);
    assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1));
    let state = block_on(load(&house.platform)).expect("the store");
    assert!(state.next_block > 18_000, "what is new does not wait");
    assert_eq!(state.read_again, None, "all was read again");
    let before = questions_of_a_sweep(&house);
    house.platform.clone().with("consumers", &format!("{ART},{stranger}"));
    assert_eq!(questions_of_a_sweep(&house), before, "another order is no change");
}

#[test]
fn an_earlier_first_block_has_what_lies_behind_it_read() {
    let house = Deployment::new();
    house.platform.clone().with("start_block", "100");
    house.mint(7);
    house.chain.inner.borrow_mut().block = 5_000;
    settle(&house);
    assert_eq!(house.stage(7), Stage::Minted);
    house.platform.clone().with("start_block", "0");
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn a_list_of_consumers_that_is_lost_for_a_while_loses_nothing() {
    for lost in ["", " , ", "0x5555555555555555555555555555555555555555"] {
        let house = Deployment::new();
        house.mint(7);
        house.chain.set_down(false);
        house.platform.clone().with("consumers", lost);
        house.chain.inner.borrow_mut().block = 3_000;
        let status = block_on(handle(&house.platform, request("Bearer token"))).status;
        assert_eq!(status, if lost.starts_with("0x") { 200 } else { 500 }, "{lost:?}");
        house.platform.clone().with("consumers", &ART.to_string());
        settle(&house);
        assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1), "{lost:?}");
    }
}

#[test]
fn a_node_that_does_not_give_what_is_long_ago_keeps_nothing_new_from_being_done() {
    let house = passed_over("0x5555555555555555555555555555555555555555");
    let node = house.platform.peer(ENDPOINT);
    let inner = node.clone();
    house.platform.serve(ENDPOINT, move |request| {
        let is_old = String::from_utf8_lossy(&request.body).contains(r#""fromBlock":"0x0""#);
        if is_old { Err(PlatformError::Connection("pruned".into())) } else { inner(request) }
    });
    house.platform.clone().with("consumers", &ART.to_string());
    house.mint(8);
    settle(&house);
    assert_eq!((house.stage(7), house.stage(8)), (Stage::Minted, Stage::Fulfilled));
    house.platform.serve(ENDPOINT, move |request| node(request));
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}

#[test]
fn a_job_that_keeps_failing_is_tried_less_often_but_never_given_up() {
    let mut waiting = Waiting::new(&crate::testing::job_for(alloy_primitives::Bytes::new()), 0);
    let mut pauses = Vec::new();
    for _ in 0..20 {
        waiting.tried(1_000);
        pauses.push((waiting.not_before_ms - 1_000) / 1_000);
    }
    assert_eq!(pauses[..9], [3, 6, 12, 24, 48, 96, 192, 300, 300]);
    assert_eq!(pauses[19], 300);
}

#[test]
fn only_the_bearer_of_the_token_may_sweep() {
    let platform = Memory::deployed();
    for authorization in ["", "token", "Bearer ", "Bearer tokem", "Bearer token2", "Basic token"] {
        assert_eq!(block_on(handle(&platform, request(authorization))).status, 401, "{authorization:?}");
    }
    assert_eq!(block_on(handle(&platform, request("bearer token"))).status, 502, "the chain isn't there");
    let get = Request { method: "GET".into(), ..request("Bearer token") };
    assert_eq!(block_on(handle(&platform, get)).status, 405);
}

#[test]
fn hosts_killed_at_any_step_of_many_mints_leave_every_token_fulfilled_once() {
    use crate::testing::scheduler::Scheduler;
    for kill in (5..400).step_by(13) {
        let house = Deployment::new();
        let minted: Vec<_> = (1..=4).map(|token| house.mint(token)).collect();
        house.chain.mine();
        let mut scheduler = Scheduler::new(&house.platform, kill);
        for event in minted {
            let platform = house.platform.clone();
            scheduler.add(async move {
                crate::intake::handle(&platform, crate::intake::tests::alchemy(&[event])).await;
            });
        }
        scheduler.run(Some(kill), || house.chain.mine());
        house.chain.mine();
        settle(&house);
        settle(&house);
        assert!((1..=4).all(|token| house.stage(token) == Stage::Fulfilled), "killed after {kill}");
        assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (4, 4), "killed after {kill}");
        let _ = house.last_event::<InferenceRequested>();
    }
}
