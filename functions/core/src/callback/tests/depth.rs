//! A chain takes blocks back: what waits for how many blocks, what is stopped, and what is still right afterwards.

use super::*;
use crate::abi::IInferenceHub::{Assurance, InferenceRequested, executeCall, proposeCall};
use crate::abi::ISeedArt::drawCall;
use crate::event::Event;
use crate::testing::Memory;
use crate::testing::history::Pool;
use crate::testing::hub;
use crate::testing::scheduler::Scheduler;

/// A house that waits for so many blocks, in which token 7 is drawn and its picture asked for. Gives the request's event.
fn patient(depth: u64, level: Assurance) -> (Deployment, Event) {
    let house = Deployment::at(level);
    house.chain.mine();
    house.mint(7);
    house.chain.mine();
    house.sweep();
    house.chain.mine();
    let event = house.last_event::<InferenceRequested>();
    let _ = house.platform.clone().with("confirmations", &depth.to_string());
    (house, event)
}

fn mine(house: &Deployment, blocks: u64) {
    (0..blocks).for_each(|_| house.chain.mine());
}

/// Blocks and sweeps, with leases going by.
fn go_on(house: &Deployment, blocks: u64) {
    for _ in 0..blocks {
        house.platform.advance(LEASE_MS);
        house.sweep();
        house.chain.mine();
    }
}

fn pictures_made(house: &Deployment) -> usize {
    house.platform.requests("http://pin.spin.internal").len()
}

#[test]
fn an_answer_is_made_at_once_and_sent_when_enough_blocks_have_followed() {
    let (house, event) = patient(5, Assurance::Attested);
    assert_eq!(house.webhook(&[event]).status, 200);
    assert_eq!((pictures_made(&house), house.mined(fulfilCall::SELECTOR)), (1, 0));
    go_on(&house, 5);
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0, "only four blocks had followed when sweep looked");
    go_on(&house, 2);
    assert_eq!((pictures_made(&house), house.mined(fulfilCall::SELECTOR)), (1, 1), "it is not made again");
    assert_eq!(house.stage(7), Stage::Fulfilled);
    house.sweep();
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("job:")), "{:?}", house.platform.keys());
}

#[test]
fn a_worker_waits_for_the_blocks_itself_as_long_as_its_lease_lasts() {
    for (level, pictures) in [(Assurance::Attested, 1), (Assurance::Executed, 0)] {
        let (house, event) = patient(5, level);
        let response = block_on(crate::intake::handle(&house.platform, crate::intake::tests::alchemy(&[event])));
        assert_eq!(response.status, 200);
        let started = house.platform.now_ms();
        // A tick is 50 ms; a block comes every half second.
        let mut ticks = 0;
        let finished = Scheduler::new(&house.platform, 1).run(None, || {
            ticks += 1;
            if ticks % 10 == 0 {
                house.chain.mine();
            }
        });
        assert!(finished && house.platform.now_ms() - started < BUDGET_MS, "{level:?}");
        house.chain.mine();
        assert_eq!((pictures_made(&house), house.stage(7)), (pictures, Stage::Fulfilled), "{level:?}");
    }
}

#[test]
fn a_picture_is_drawn_again_for_a_raise_only_when_that_will_stay() {
    let (house, event) = patient(0, Assurance::Attested);
    house.webhook(std::slice::from_ref(&event));
    house.chain.mine();
    let _ = house.platform.clone().with("confirmations", "3");
    let raise = house.happen(|state, now| hub::raise(state, now, event.topics[1], Assurance::Optimistic));
    house.webhook(&[raise]);
    go_on(&house, 3);
    assert_eq!((pictures_made(&house), house.mined(proposeCall::SELECTOR)), (1, 0));
    go_on(&house, 3);
    assert_eq!((pictures_made(&house), house.mined(proposeCall::SELECTOR)), (2, 1));
}

#[test]
fn a_seed_is_drawn_only_when_its_block_will_stay() {
    let house = Deployment::new();
    let _ = house.platform.clone().with("confirmations", "3");
    let minted = house.mint(7);
    house.chain.mine();
    house.webhook(&[minted]);
    go_on(&house, 3);
    assert_eq!(house.mined(drawCall::SELECTOR), 0);
    go_on(&house, 1);
    assert_eq!(house.mined(drawCall::SELECTOR), 1);
}

#[test]
fn nothing_is_paid_for_a_request_that_is_dropped_before_that() {
    let (house, event) = patient(3, Assurance::Attested);
    house.webhook(&[event]);
    house.chain.mine();
    house.reorganise(4, Pool::Lost);
    assert!(house.state.borrow().tokens.is_empty(), "the token is gone as well");
    go_on(&house, 8);
    assert_eq!((pictures_made(&house), house.mined(fulfilCall::SELECTOR)), (1, 0));
}

#[test]
fn a_request_that_moved_to_another_block_is_answered_once_and_waits_anew() {
    let (house, event) = patient(4, Assurance::Attested);
    house.webhook(std::slice::from_ref(&event));
    mine(&house, 2);
    house.reorganise(3, Pool::Kept);
    let moved = house.last_event::<InferenceRequested>();
    assert_eq!((moved.topics[1], moved.block), (event.topics[1], event.block), "the same request, mined again");
    let then = house.chain.inner.borrow().block;
    go_on(&house, 8);
    assert_eq!((house.mined(fulfilCall::SELECTOR), house.stage(7)), (1, Stage::Fulfilled));
    assert!(house.chain.inner.borrow().block > then);
    assert!(house.state.borrow().failed.is_empty());
}

#[test]
fn an_answer_whose_block_is_dropped_reaches_the_chain_again_and_counts_once() {
    let (house, event) = patient(0, Assurance::Attested);
    house.webhook(&[event]);
    house.chain.mine();
    assert_eq!(house.stage(7), Stage::Fulfilled);
    house.sweep();
    house.reorganise(1, Pool::Kept);
    go_on(&house, 4);
    assert_eq!((house.mined(fulfilCall::SELECTOR), house.stage(7)), (1, Stage::Fulfilled));
    assert_eq!(house.state.borrow().answers.len(), 1);
}

#[test]
fn an_answer_that_the_nodes_lost_with_its_block_is_sent_again() {
    let (house, event) = patient(0, Assurance::Attested);
    house.webhook(&[event]);
    house.chain.mine();
    house.sweep();
    house.reorganise(1, Pool::Lost);
    assert_eq!((house.mined(fulfilCall::SELECTOR), house.stage(7)), (0, Stage::Drawn));
    go_on(&house, 4);
    assert_eq!((house.mined(fulfilCall::SELECTOR), house.state.borrow().answers.len()), (1, 1));
}

#[test]
fn bonds_and_executions_wait_as_well() {
    for (level, selector) in
        [(Assurance::Optimistic, proposeCall::SELECTOR), (Assurance::Executed, executeCall::SELECTOR)]
    {
        let (house, event) = patient(3, level);
        house.webhook(&[event]);
        go_on(&house, 3);
        assert_eq!(house.mined(selector), 0, "{level:?}");
        go_on(&house, 2);
        assert_eq!(house.mined(selector), 1, "{level:?}");
    }
}

#[test]
fn depths_that_make_no_sense_are_named() {
    for (value, reason) in [("soon", "is not a number of blocks"), ("65", "is more than 64 blocks"), ("-1", "is not")] {
        let platform = Memory::deployed().with("confirmations", value);
        let error = block_on(config::confirmations(&platform)).expect_err(value).to_string();
        assert!(error.contains("\"confirmations\"") && error.contains(reason), "{error}");
    }
    let of = |chain: &str| block_on(config::confirmations(&Memory::deployed().with("chain_id", chain)));
    assert_eq!([of("1"), of("31337"), of("137")], [Ok(3), Ok(0), Ok(16)]);
}
