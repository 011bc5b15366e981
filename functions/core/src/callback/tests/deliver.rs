//! Answers that their consumers did not take at the first time.

use super::*;
use crate::abi::IInferenceHub::{InferenceAnswered, InferenceRequested, deliverCall};
use crate::job::LEASE_MS;

/// A house whose collection failed to take token 7's picture, and the request.
fn undelivered() -> (Deployment, B256) {
    let (house, job) = asked();
    house.state.borrow_mut().consumer_fails = true;
    house.webhook(&[house.last_event::<InferenceRequested>()]);
    house.chain.mine();
    let Job::Infer { request_id, .. } = job else { panic!("no request") };
    assert_eq!((house.status(request_id), house.stage(7)), (Status::Answered, Stage::Drawn));
    (house, request_id)
}

#[test]
fn an_answer_that_a_consumer_failed_to_take_is_delivered_once_it_can() {
    let (house, _) = undelivered();
    let answered = house.last_event::<InferenceAnswered>();
    house.webhook(std::slice::from_ref(&answered));
    house.chain.mine();
    assert_eq!(house.mined(deliverCall::SELECTOR), 0, "a delivery that would fail isn't sent");
    house.state.borrow_mut().consumer_fails = false;
    house.webhook(&[answered]);
    for _ in 0..4 {
        house.platform.advance(LEASE_MS);
        house.sweep();
        house.chain.mine();
    }
    assert_eq!((house.mined(deliverCall::SELECTOR), house.stage(7)), (1, Stage::Fulfilled));
    assert_eq!(house.sweep()["open"], 0);
}

#[test]
fn a_consumer_that_keeps_failing_is_left_to_itself_in_the_end() {
    let (house, _) = undelivered();
    let mut open = 0;
    for _ in 0..40 {
        house.platform.advance(3_600_000);
        open = house.sweep()["open"].as_u64().expect("a number");
        house.chain.inner.borrow_mut().block += 8;
    }
    assert_eq!((open, house.mined(deliverCall::SELECTOR)), (0, 0));
}
