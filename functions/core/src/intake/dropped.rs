//! Blocks that the chain drops, and those that take their place: told, taken back and told again in any order.

use super::simulated::simulator::{ALL, Call, Delivery as Sent, mixture};
use super::simulated::{block, house, log, now_s, request, send};
use super::*;
use crate::abi::IInferenceHub::{InferenceRequested, fulfilCall};
use crate::abi::ISeedArt::{Stage, drawCall};
use crate::testing::block_on;
use crate::testing::deployment::Deployment;
use crate::testing::scheduler::Scheduler;
use alloy_sol_types::SolCall;

/// A house in which token 7 is drawn, the event with which its picture was asked for, and its retraction.
fn asked() -> (Deployment, Event, Event) {
    let house = house();
    house.mint(7);
    house.chain.mine();
    house.sweep();
    house.chain.mine();
    let event = house.last_event::<InferenceRequested>();
    let retracted = Event { retracted: true, ..event.clone() };
    (house, event, retracted)
}

fn tell(house: &Deployment, events: &[Event]) -> Taken {
    let delivery = Delivery { made_ms: house.platform.now_ms(), events: events.to_vec(), ..Delivery::default() };
    block_on(take(&house.platform, delivery)).expect("taken")
}

/// Lets the workers go on, and gives how many pictures were made and answers mined.
fn done(house: &Deployment) -> (usize, usize) {
    house.platform.run_spawned();
    house.chain.mine();
    (house.platform.requests("http://pin.spin.internal").len(), house.mined(fulfilCall::SELECTOR))
}

#[test]
fn a_retracted_event_stops_its_job_and_the_same_event_starts_it_anew() {
    let (house, event, retracted) = asked();
    assert_eq!(tell(&house, std::slice::from_ref(&event)).taken, 1);
    assert_eq!(tell(&house, &[retracted]).retracted, 1);
    assert_eq!(done(&house), (0, 0), "its worker has not gone on");
    assert_eq!(tell(&house, &[event]).taken, 1);
    assert_eq!(done(&house), (1, 1));
}

#[test]
fn a_retraction_of_the_dropped_block_that_comes_late_stops_nothing() {
    let (house, event, retracted) = asked();
    let moved = Event { block_hash: Some(B256::repeat_byte(0x77)), ..event.clone() };
    assert_eq!(tell(&house, &[event]).taken, 1);
    assert_eq!(tell(&house, &[moved]).known, 1);
    assert_eq!(tell(&house, &[retracted]).retracted, 1);
    assert_eq!(done(&house), (1, 1));
}

/// As of a block that took another's place.
#[test]
fn what_is_taken_back_and_told_anew_in_one_delivery_goes_on_in_whichever_order_it_is_told() {
    for is_reversed in [false, true] {
        for hash in [Some(B256::repeat_byte(0x77)), None] {
            let (house, event, retracted) = asked();
            let moved = Event { block_hash: hash, ..event.clone() };
            assert_eq!(tell(&house, &[event]).taken, 1);
            let mut both = [retracted, moved];
            if is_reversed {
                both.reverse();
            }
            let report = tell(&house, &both);
            assert_eq!((report.taken, report.retracted), (1, 1));
            assert_eq!(done(&house).1, 1);
        }
    }
}

#[test]
fn a_retraction_without_a_block_stops_the_job_wherever_its_event_was_told() {
    let (house, event, retracted) = asked();
    assert_eq!(tell(&house, &[event]).taken, 1);
    assert_eq!(tell(&house, &[Event { block_hash: None, ..retracted }]).retracted, 1);
    assert_eq!(done(&house), (0, 0));
}

/// A record is read and written back, so one of two may be forgotten.
#[test]
fn whoever_loses_a_race_of_a_dropped_block_with_another_is_found_by_sweep() {
    for seed in 0..60 {
        let (house, event, retracted) = asked();
        let moved = Event { block_hash: Some(B256::repeat_byte(0x77)), ..event.clone() };
        let mut webhooks = Scheduler::new(&house.platform, seed);
        for event in [&event, &moved, &retracted, &event, &retracted, &moved] {
            let (platform, events) = (house.platform.clone(), vec![event.clone()]);
            webhooks.add(async move {
                let delivery = Delivery { made_ms: platform.now_ms(), events, ..Delivery::default() };
                take(&platform, delivery).await.expect("taken");
            });
        }
        assert!(webhooks.run(None, || house.chain.mine()));
        house.settle();
        assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1), "seed {seed}");
        let records = house.platform.keys().into_iter().filter(|key| key.starts_with("job:")).count();
        assert_eq!(records, 0, "seed {seed}");
    }
}

/// Whoever says so tells of which block, so a block that took its place needs not be told twice.
#[test]
fn a_retraction_that_comes_late_leaves_the_job_to_the_block_that_took_its_place() {
    for provider in ALL {
        let (house, event, _) = asked();
        let (orphan, canonical) = (block(&house.platform, 5), block(&house.platform, 6));
        let told = [(&orphan, "taken"), (&canonical, "known")]
            .map(|(block, what)| (provider.happened(block, &[log(block, &event)]).remove(0), what));
        let late = provider.retracted(&orphan, &[log(&orphan, &event)]);
        for (sent, what) in told.into_iter().chain(late.into_iter().map(|sent| (sent, "retracted"))) {
            let (_, report) = send(&house.platform, sent.call(now_s(&house.platform)));
            assert_eq!(report[what], 1, "{provider:?}: {report}");
        }
        assert_eq!(done(&house), (1, 1), "{provider:?}");
    }
}

/// Without a second telling and without sweep: once the block that stays was told, what is said of the other changes
/// nothing.
#[test]
fn any_mixture_of_a_dropped_block_and_the_one_in_its_place_from_all_providers_at_once_is_done_once() {
    for seed in 0..40 {
        let house = house();
        // Its block isn't there yet, so the workers wait for as long as the job is wanted.
        let minted = house.mint(7);
        let (orphan, canonical) = (block(&house.platform, 5), block(&house.platform, 6));
        let mut all: Vec<Sent> = Vec::new();
        for provider in ALL {
            for block in [&orphan, &canonical] {
                all.extend(provider.happened(block, &[log(block, &minted)]));
                all.extend(provider.confirmed(block, &[log(block, &minted)]));
            }
            all.extend(provider.retracted(&orphan, &[log(&orphan, &minted)]));
        }
        let all = mixture(seed, all);
        let mut callers = Scheduler::new(&house.platform, seed);
        for part in all.chunks(all.len().div_ceil(4)) {
            let calls: Vec<Call> = part.iter().map(|sent| sent.call(now_s(&house.platform))).collect();
            let platform = house.platform.clone();
            callers.add(async move {
                for call in calls {
                    assert_eq!(handle(&platform, request(call)).await.status / 100, 2);
                }
            });
        }
        assert!(callers.run(None, || house.chain.mine()));
        house.chain.mine();
        assert_eq!((house.stage(7), house.mined(drawCall::SELECTOR)), (Stage::Drawn, 1), "seed {seed}");
    }
}
