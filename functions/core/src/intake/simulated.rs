//! Every provider as it is simulated, against the whole house in memory.

use alloy_primitives::{Address, B256, U256, keccak256};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::abi::IInferenceHub::{InferenceRequested, fulfilCall};
use crate::abi::ISeedArt::{Stage, drawCall};
use crate::event::tests::{inference_requested, seed_requested};
use crate::http::MAX_BODY;
use crate::testing::deployment::Deployment;
use crate::testing::{Memory, block_on};
use alloy_sol_types::SolCall;
use simulator::{ALL, Answer, Block, Call, Delivery as Sent, Provider as Simulated, mixture};

#[path = "../../../../tests/src/simulator/mod.rs"]
#[allow(
    clippy::unwrap_used,
    dead_code,
    unused_imports,
    missing_docs,
    reason = "test code, shared with the end-to-end tests"
)]
pub(crate) mod simulator;

/// A house that knows every provider.
pub(super) fn house() -> Deployment {
    let house = Deployment::new();
    for (setting, secret) in ALL.map(Simulated::secret) {
        house.platform.clone().with(setting, secret);
    }
    house
}

pub(super) fn now_s(platform: &Memory) -> u64 {
    platform.now_ms() / 1000
}

pub(super) fn block(platform: &Memory, number: u64) -> Block {
    let hash = keccak256(number.to_be_bytes());
    Block { chain_id: 31337, number, hash, seconds: now_s(platform) }
}

/// An event as `eth_getLogs` gives it.
pub(super) fn log(block: &Block, event: &Event) -> Value {
    simulator::log(block, &event.contract.to_string(), &event.topics, &event.data.to_string())
}

pub(super) fn request(call: Call) -> Request {
    let headers = call.headers.into_iter().map(|(name, value)| (name.to_string(), value.into_bytes())).collect();
    Request { method: "POST".into(), path: call.path.into(), headers, body: call.body, ..Request::default() }
}

pub(super) fn send(platform: &Memory, call: Call) -> (u16, Value) {
    let response = block_on(handle(platform, request(call)));
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

/// All that a provider has to say of events in a block.
fn told(platform: &Memory, provider: Simulated, number: u64, events: &[Event]) -> Vec<Sent> {
    let block = block(platform, number);
    let logs: Vec<Value> = events.iter().map(|event| log(&block, event)).collect();
    provider.happened(&block, &logs)
}

pub(crate) fn first(platform: &Memory, provider: Simulated, event: &Event) -> Sent {
    told(platform, provider, 5, std::slice::from_ref(event)).remove(0)
}

#[test]
fn a_mint_is_fulfilled_by_each_provider_s_webhooks_alone() {
    for provider in ALL {
        let house = house();
        let minted = house.mint(7);
        house.chain.mine();
        let deliver = |event: &Event| {
            let sent = first(&house.platform, provider, event);
            let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
            assert_eq!((status, &report["taken"]), (200, &Value::from(1)), "{provider:?}: {report}");
            house.platform.run_spawned();
            house.chain.mine();
            let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
            assert_eq!((status, &report["known"]), (200, &Value::from(1)), "{provider:?}: {report}");
        };
        deliver(&minted);
        assert_eq!(house.stage(7), Stage::Drawn, "{provider:?}");
        deliver(&house.last_event::<InferenceRequested>());
        assert_eq!(house.stage(7), Stage::Fulfilled, "{provider:?}");
        assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (1, 1), "{provider:?}");
    }
}

#[test]
fn every_provider_is_content_with_the_answer_to_its_test_which_leaves_nothing() {
    for provider in ALL {
        let house = house();
        let tests = provider.test();
        assert!(!tests.is_empty(), "{provider:?}");
        for test in tests {
            let (status, answer) = send(&house.platform, test.call(now_s(&house.platform)));
            assert!(provider.manner().is_content(Answer { status, after_s: 0 }), "{provider:?}: {status} {answer}");
            let forged = test.call_with("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", now_s(&house.platform));
            assert_eq!(send(&house.platform, forged).0, 401);
        }
        house.platform.run_spawned();
        assert!(house.platform.keys().is_empty(), "{provider:?}: {:?}", house.platform.keys());
    }
}

#[test]
fn tenderly_finds_somebody_there_once_its_setting_holds_anything() {
    let get = |platform: &Memory, method: &str, path: &str| {
        let request = Request { method: method.into(), path: path.into(), ..Request::default() };
        block_on(handle(platform, request)).status
    };
    let house = house();
    assert_eq!(get(&house.platform, "GET", "/webhooks/tenderly"), 200);
    assert_eq!(get(&house.platform, "HEAD", "/webhooks/tenderly"), 200);
    assert_eq!(get(&house.platform, "PUT", "/webhooks/tenderly"), 405);
    assert_eq!(get(&Memory::deployed(), "GET", "/webhooks/tenderly"), 404);
    for path in ["alchemy", "goldsky", "moralis", "quicknode", "standard"] {
        assert_eq!(get(&house.platform, "GET", &format!("/webhooks/{path}")), 405, "{path}");
    }
}

#[test]
fn another_s_secret_a_changed_body_and_a_missing_setting_are_refused_and_leave_nothing() {
    let (house, bare) = (house(), Memory::deployed());
    let minted = seed_requested(7, 12);
    for provider in ALL {
        let (sent, now) = (first(&house.platform, provider, &minted), now_s(&house.platform));
        assert_eq!(send(&bare, sent.call(now)).0, 404, "{provider:?}");
        let another = if provider == Simulated::Standard { "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" } else { "x" };
        assert_eq!(send(&house.platform, sent.call_with(another, now)).0, 401, "{provider:?}");
        let without = Call { headers: Vec::new(), ..sent.call(now) };
        assert_eq!(send(&house.platform, without).0, 401, "{provider:?}");
        if !matches!(provider, Simulated::GoldskySubgraph | Simulated::GoldskySink) {
            let mut changed = sent.call(now);
            let at = changed.body.len() / 2;
            changed.body[at] ^= 1;
            let (status, problem) = send(&house.platform, changed);
            assert!(status == 401 || (provider == Simulated::QuickNodeGzip && status == 400), "{problem}");
        }
    }
    assert!(house.platform.keys().is_empty());
    assert!(bare.keys().is_empty());
}

#[test]
fn one_that_is_sent_again_after_a_day_is_not_taken() {
    for provider in ALL {
        let house = house();
        let call = first(&house.platform, provider, &house.mint(7)).call(now_s(&house.platform));
        house.platform.advance(MAX_AGE_MS + 1000);
        let (status, report) = send(&house.platform, call);
        assert!(status == 401 || report["taken"] == 0, "{provider:?}: {status} {report}");
        assert!(house.platform.keys().is_empty(), "{provider:?}");
    }
}

#[test]
fn events_of_another_chain_are_ignored_where_the_provider_names_it() {
    let house = house();
    let minted = house.mint(7);
    for provider in [Simulated::AlchemyGraphql, Simulated::AlchemyActivity, Simulated::Moralis, Simulated::Tenderly] {
        let elsewhere = Block { chain_id: 1, ..block(&house.platform, 5) };
        let sent = provider.happened(&elsewhere, &[log(&elsewhere, &minted)]).remove(0);
        let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
        assert!(provider.manner().is_content(Answer { status, after_s: 0 }), "{provider:?}: {status}");
        // Alchemy's activity names its transaction, too.
        let ignored = if provider == Simulated::AlchemyActivity { 2 } else { 1 };
        assert_eq!((&report["ignored"], &report["lookups"]), (&ignored.into(), &0.into()), "{provider:?}");
    }
    assert!(house.platform.keys().is_empty());
}

#[test]
fn every_provider_is_content_with_what_it_hears_about_others_events() {
    let house = house();
    let foreign = Event { contract: Address::ZERO, ..seed_requested(7, 12) };
    for provider in ALL {
        let sent = first(&house.platform, provider, &foreign);
        let attempts = sent.deliver(|pause_s, call| {
            house.platform.advance(pause_s * 1000);
            let (status, _) = send(&house.platform, call(now_s(&house.platform)));
            Answer { status, after_s: 0 }
        });
        assert_eq!(attempts, Some(1), "{provider:?}");
    }
}

/// First the store is down; then the answer comes too late for the provider; then all is well.
#[test]
fn what_a_provider_tries_again_is_done_once() {
    for provider in ALL {
        let house = house();
        let minted = house.mint(7);
        house.chain.mine();
        let sent = first(&house.platform, provider, &minted);
        let mut heard = Vec::new();
        let attempts = sent.deliver(|pause_s, call| {
            house.platform.advance(pause_s * 1000);
            house.platform.set_store_down(heard.is_empty());
            let (status, _) = send(&house.platform, call(now_s(&house.platform)));
            heard.push(status);
            house.platform.run_spawned();
            let late = if heard.len() == 2 { provider.manner().patience_s + 1 } else { 0 };
            Answer { status, after_s: late }
        });
        house.chain.mine();
        assert_eq!((attempts, heard), (Some(3), vec![503, 200, 200]), "{provider:?}");
        assert_eq!(house.mined(drawCall::SELECTOR), 1, "{provider:?}");
    }
}

#[test]
fn what_a_provider_gives_up_is_found_by_sweep() {
    for provider in ALL {
        let house = house();
        let sent = first(&house.platform, provider, &house.mint(7));
        house.chain.mine();
        house.platform.set_store_down(true);
        let attempts = sent.deliver(|pause_s, call| {
            house.platform.advance(pause_s * 1000);
            Answer { status: send(&house.platform, call(now_s(&house.platform))).0, after_s: 0 }
        });
        assert_eq!(attempts, None, "{provider:?}");
        house.platform.set_store_down(false);
        house.settle();
        assert_eq!(house.stage(7), Stage::Fulfilled, "{provider:?}");
        assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (1, 1), "{provider:?}");
    }
}

#[test]
fn a_retraction_starts_nothing_and_the_block_that_comes_instead_does() {
    for provider in ALL {
        let house = house();
        let minted = house.mint(7);
        house.chain.mine();
        let orphan = block(&house.platform, 5);
        for sent in provider.retracted(&orphan, &[log(&orphan, &minted)]) {
            let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
            assert!(provider.manner().is_content(Answer { status, after_s: 0 }), "{provider:?}: {status}");
            assert_eq!((&report["retracted"], &report["taken"]), (&Value::from(1), &Value::from(0)), "{provider:?}");
        }
        assert!(house.platform.keys().is_empty(), "{provider:?}");
        let canonical = told(&house.platform, provider, 6, &[minted]).remove(0);
        assert_eq!(send(&house.platform, canonical.call(now_s(&house.platform))).1["taken"], 1, "{provider:?}");
    }
}

/// Most providers say nothing of a block that was dropped: the chain has the last word.
#[test]
fn an_event_that_no_block_holds_any_more_is_not_acted_on() {
    for provider in ALL {
        let house = house();
        let sent = first(&house.platform, provider, &inference_requested(crate::event::tests::ART));
        assert_eq!(send(&house.platform, sent.call(now_s(&house.platform))).0, 200, "{provider:?}");
        house.platform.run_spawned();
        house.chain.mine();
        assert_eq!(house.mined(fulfilCall::SELECTOR), 0, "{provider:?}");
    }
}

#[test]
fn a_confirmation_is_known_however_late_and_may_come_first() {
    let house = house();
    for token in [7, 8] {
        let minted = house.mint(token);
        house.chain.mine();
        let block = block(&house.platform, 5);
        let logs = [log(&block, &minted)];
        let mut both = Simulated::Moralis.happened(&block, &logs);
        both.extend(Simulated::Moralis.confirmed(&block, &logs));
        if token == 8 {
            both.reverse();
        }
        let outcomes: Vec<Value> = both
            .iter()
            .map(|sent| {
                let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
                assert_eq!(status, 200);
                house.platform.run_spawned();
                house.chain.mine();
                house.platform.advance(6 * 3600 * 1000);
                report
            })
            .collect();
        assert_eq!((&outcomes[0]["taken"], &outcomes[1]["known"]), (&Value::from(1), &Value::from(1)));
    }
    assert_eq!(house.mined(drawCall::SELECTOR), 2);
}

#[test]
fn an_odd_object_in_a_batch_is_counted_and_the_logs_beside_it_are_taken() {
    let house = house();
    let block = block(&house.platform, 5);
    let odd = serde_json::json!({"topics": "of a filter", "data": 1});
    let sent = Simulated::QuickNode.happened(&block, &[odd, log(&block, &seed_requested(7, 12))]).remove(0);
    let (status, report) = send(&house.platform, sent.call(now_s(&house.platform)));
    assert_eq!((status, &report["taken"], &report["ignored"]), (200, &1.into(), &1.into()));
}

#[test]
fn a_packed_body_is_bounded_before_its_signature_is_looked_at() {
    let house = house();
    let mut call =
        first(&house.platform, Simulated::QuickNodeGzip, &seed_requested(7, 12)).call(now_s(&house.platform));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &vec![b' '; 16 * MAX_BODY]).expect("memory");
    call.body = packed.finish().expect("memory");
    let (status, report) = send(&house.platform, call);
    assert_eq!((status, &report["taken"]), (202, &0.into()), "{report}");
    let said = house.platform.said();
    assert!(said.iter().any(|line| line.contains("sweep will find what it told")), "{said:?}");
}

#[test]
fn what_is_too_long_is_refused_but_left_to_sweep_where_a_refusal_stops_all_that_follows() {
    let house = house();
    for provider in &webhook::PROVIDERS {
        let path = format!("/webhooks/{}", provider.name);
        let status = |reason: Unread| unread(&house.platform, &path, reason).status;
        assert_eq!(status(Unread::TooLarge(MAX_BODY)), if provider.name == "quicknode" { 202 } else { 413 });
        assert_eq!(status(Unread::Broken("cut".into())), 400);
    }
    assert_eq!(unread(&house.platform, "/oracle/infer", Unread::TooLarge(9)).status, 413);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever providers say of it, how often, in which order, with what taken back and told anew.
    #[test]
    fn any_mixture_of_deliveries_across_providers_is_each_job_once(seed in any::<u64>()) {
        let house = house();
        let all = |events: &[Event]| {
            let mut sent = Vec::new();
            for provider in ALL {
                for number in [5, 6] {
                    let block = block(&house.platform, number);
                    let logs: Vec<Value> = events.iter().map(|event| log(&block, event)).collect();
                    sent.extend(provider.happened(&block, &logs));
                    sent.extend(provider.confirmed(&block, &logs));
                    sent.extend(provider.retracted(&block, &logs));
                }
            }
            for (at, sent) in mixture(seed, sent).iter().enumerate() {
                let (status, problem) = send(&house.platform, sent.call(now_s(&house.platform)));
                prop_assert!((200..300).contains(&status), "{:?}: {problem}", sent.provider);
                if at % 5 == 0 {
                    house.platform.run_spawned();
                }
            }
            house.platform.run_spawned();
            house.chain.mine();
            Ok(())
        };
        let minted = [house.mint(7), house.mint(8)];
        house.chain.mine();
        all(&minted)?;
        prop_assert_eq!(house.mined(drawCall::SELECTOR), 2);
        let requested: Vec<Event> = house.chain.inner.borrow().events.iter()
            .filter(|event| event.topics[0] == <InferenceRequested as alloy_sol_types::SolEvent>::SIGNATURE_HASH)
            .cloned().collect();
        prop_assert_eq!(requested.len(), 2);
        all(&[&minted[..], &requested].concat())?;
        prop_assert_eq!((house.mined(drawCall::SELECTOR), house.mined(fulfilCall::SELECTOR)), (2, 2));
        prop_assert!(house.state.borrow().failed.is_empty());
        prop_assert_eq!(house.stage(7), Stage::Fulfilled);
    }
}

/// The simulator's words for the two events, so that a change of the contracts' is noticed here.
#[test]
fn the_simulator_s_logs_are_those_of_a_node() {
    let platform = Memory::deployed();
    let event = seed_requested(7, 12);
    let block = block(&platform, 5);
    let log: crate::node::Log = serde_json::from_value(log(&block, &event)).expect("a log as eth_getLogs gives it");
    assert_eq!(chain::from_log(log), Some(Event { block_hash: Some(block.hash), ..event.clone() }));
    assert_eq!(event.topics[1], B256::from(U256::from(7)));
}
