//! Jobs' JSON forms, and who may take them when.

use std::cell::Cell;
use std::rc::Rc;

use super::*;
use crate::testing::scheduler::Scheduler;
use crate::testing::{Memory, block_on};
use alloy_primitives::address;

fn draw() -> Job {
    Job::Draw {
        chain_id: 31337,
        contract: address!("0x00000000000000000000000000000000000000c1"),
        token_id: U256::from(7),
        draw_block: 12,
    }
}

#[test]
fn jobs_read_and_write_as_the_protocol_page_says() {
    let text = r#"{"kind":"draw","chainId":31337,"contract":"0x00000000000000000000000000000000000000c1","tokenId":"7","drawBlock":12}"#;
    assert_eq!(serde_json::from_str::<Job>(text).expect("a job"), draw());
    assert_eq!(serde_json::to_string(&draw()).expect("json"), text);
}

#[test]
fn jobs_about_answers_read_and_write_as_the_protocol_page_says() {
    let ids = r#""chainId":31337,"hub":"0x00000000000000000000000000000000000000b1","requestId":"0x1111111111111111111111111111111111111111111111111111111111111111""#;
    let (chain_id, hub) = (31337, address!("0x00000000000000000000000000000000000000b1"));
    let request_id = B256::repeat_byte(0x11);
    let output = Bytes::from_static(&[0xab]);
    for (text, job) in [
        (
            format!(r#"{{"kind":"finalise",{ids},"finalAfter":5,"output":"0xab"}}"#),
            Job::Finalise { chain_id, hub, request_id, final_after: 5, output },
        ),
        (
            format!(r#"{{"kind":"show",{ids},"index":3,"answerBy":5}}"#),
            Job::Show { chain_id, hub, request_id, index: 3, answer_by: 5 },
        ),
        (
            format!(r#"{{"kind":"raise",{ids},"level":2,"deadline":5}}"#),
            Job::Raise { chain_id, hub, request_id, level: 2, deadline: 5 },
        ),
        (format!(r#"{{"kind":"deliver",{ids}}}"#), Job::Deliver { chain_id, hub, request_id }),
    ] {
        assert_eq!(serde_json::from_str::<Job>(&text).expect("a job"), job);
        assert_eq!(serde_json::to_string(&job).expect("json"), text);
    }
}

#[test]
fn a_token_id_that_is_no_number_is_refused_with_its_place() {
    let text = r#"{"kind":"draw","chainId":1,"contract":"0x00000000000000000000000000000000000000c1","tokenId":"seven","drawBlock":12}"#;
    let error = serde_json::from_str::<Job>(text).expect_err("refused");
    assert!(error.to_string().contains("decimal"), "{error}");
}

#[test]
fn a_job_is_taken_once() {
    let platform = Memory::default();
    assert!(block_on(take(&platform, &draw(), None)).expect("store"));
    assert!(!block_on(take(&platform, &draw(), None)).expect("store"));
}

/// With some stores two creators of one key both win, whatever the compare-and-swap says; so none is asked for one.
#[test]
fn a_job_has_one_taker_though_the_store_tells_everybody_that_it_is_new() {
    for seed in 0..100 {
        let platform = Memory::default();
        platform.show_nothing();
        let winners = Rc::new(Cell::new(0));
        let mut takers = Scheduler::new(&platform, seed);
        for number in 0..20 {
            let (platform, winners) = (platform.clone(), winners.clone());
            takers.add(async move {
                let job = draw();
                let won =
                    if number % 2 == 0 { take(&platform, &job, None).await } else { retake(&platform, &job).await };
                winners.set(winners.get() + u32::from(won.expect("store")));
            });
        }
        assert!(takers.run(None, || ()));
        assert_eq!(winners.get(), 1, "seed {seed}");
    }
}

#[test]
fn a_job_is_taken_again_only_after_its_lease() {
    let platform = Memory::default();
    assert!(block_on(take(&platform, &draw(), None)).expect("store"));
    platform.advance(LEASE_MS - 1);
    assert!(!block_on(retake(&platform, &draw())).expect("store"));
    platform.advance(1);
    assert!(block_on(retake(&platform, &draw())).expect("store"));
    assert!(!block_on(retake(&platform, &draw())).expect("store"), "the lease began anew");
}

#[test]
fn a_claimant_that_died_before_its_record_costs_one_lease() {
    let platform = Memory::default();
    block_on(platform.claim(&claim_key(&draw().id(), 0))).expect("store");
    assert!(!block_on(retake(&platform, &draw())).expect("store"), "it may be about to write its record");
    platform.advance(LEASE_MS);
    assert!(block_on(retake(&platform, &draw())).expect("store"));
    // The next one dies as well, in the second attempt.
    platform.advance(LEASE_MS);
    block_on(platform.claim(&claim_key(&draw().id(), 2))).expect("store");
    assert!(!block_on(retake(&platform, &draw())).expect("store"));
    platform.advance(LEASE_MS);
    assert!(block_on(retake(&platform, &draw())).expect("store"));
}

#[test]
fn a_settled_job_leaves_only_its_first_claim_and_forgetting_removes_that() {
    let platform = Memory::default();
    block_on(take(&platform, &draw(), None)).expect("store");
    platform.advance(LEASE_MS);
    block_on(retake(&platform, &draw())).expect("store");
    block_on(settle(&platform, &draw().id())).expect("store");
    assert_eq!(platform.keys(), [claim_key(&draw().id(), 0)]);
    block_on(forget(&platform, &draw().id())).expect("store");
    assert!(platform.keys().is_empty());
}

#[test]
fn attempts_that_are_far_apart_leave_no_claims_behind() {
    let platform = Memory::default();
    block_on(take(&platform, &draw(), None)).expect("store");
    for outage in [1, 5, 200, 3, 90] {
        platform.advance(outage * LEASE_MS);
        // One that dies between its claim and its record.
        let last = block_on(taken(&platform, &draw().id())).expect("store").expect("a record");
        block_on(platform.claim(&claim_key(&draw().id(), last.attempt + outage))).expect("store");
        platform.advance(LEASE_MS);
        assert!(block_on(retake(&platform, &draw())).expect("store"));
    }
    block_on(note(&platform, &draw().id(), b"note")).expect("store");
    block_on(settle(&platform, &draw().id())).expect("store");
    assert_eq!(platform.keys(), [claim_key(&draw().id(), 0)]);
}

#[test]
fn a_job_that_was_given_back_is_free_again_in_seconds_and_never_later_than_its_lease() {
    let platform = Memory::default();
    platform.advance(LEASE_MS);
    assert!(block_on(take(&platform, &draw(), None)).expect("store"));
    block_on(give_back(&platform, &draw().id())).expect("store");
    platform.advance(RETRY_MS - 1);
    assert!(!block_on(retake(&platform, &draw())).expect("store"));
    platform.advance(1);
    assert!(block_on(retake(&platform, &draw())).expect("store"));
    platform.advance(LEASE_MS - 1);
    block_on(give_back(&platform, &draw().id())).expect("store");
    platform.advance(1);
    assert!(block_on(retake(&platform, &draw())).expect("store"));
}

/// Whether somebody may take the job after this time, and no sooner.
fn is_free_after(platform: &Memory, ms: u64) -> bool {
    platform.advance(ms - 1);
    let sooner = block_on(retake(platform, &draw())).expect("store");
    platform.advance(1);
    !sooner && block_on(retake(platform, &draw())).expect("store")
}

fn refused(platform: &Memory) -> Option<String> {
    block_on(refuse(platform, &draw().id(), &Error::UnknownModel(B256::ZERO))).expect("store");
    block_on(taken(platform, &draw().id())).expect("store").expect("a record").refused
}

#[test]
fn a_final_error_is_believed_the_second_time_and_for_twice_as_long_each_time_up_to_an_hour() {
    let platform = Memory::default();
    block_on(take(&platform, &draw(), None)).expect("store");
    platform.advance(5_000);
    assert_eq!(refused(&platform), None);
    assert!(is_free_after(&platform, LEASE_MS), "a lease after the try has ended");
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert!(refused(&platform).is_some_and(|why| why.contains("not registered")));
        assert!(is_free_after(&platform, minutes * 60_000), "{minutes}");
    }
}

#[test]
fn a_job_that_was_taken_long_ago_is_not_given_up_at_its_first_final_error() {
    let platform = Memory::default();
    block_on(take(&platform, &draw(), None)).expect("store");
    for _ in 0..5 {
        platform.advance(50 * LEASE_MS);
        assert!(block_on(retake(&platform, &draw())).expect("store"));
    }
    assert_eq!(refused(&platform), None);
    assert!(is_free_after(&platform, LEASE_MS));
}

#[test]
fn a_job_that_was_refused_leaves_no_claims_behind_when_it_is_settled() {
    let platform = Memory::default();
    block_on(take(&platform, &draw(), None)).expect("store");
    for _ in 0..9 {
        refused(&platform);
        platform.advance(LONGEST_REFUSED_MS);
        assert!(block_on(retake(&platform, &draw())).expect("store"));
    }
    refused(&platform);
    platform.advance(LONGEST_REFUSED_MS);
    // One that dies between its claim and its record.
    let last = block_on(taken(&platform, &draw().id())).expect("store").expect("a record");
    block_on(platform.claim(&claim_key(&draw().id(), last.attempt + 1))).expect("store");
    block_on(settle(&platform, &draw().id())).expect("store");
    assert_eq!(platform.keys(), [claim_key(&draw().id(), 0)]);
}
