//! Several endpoints that know nothing of each other: lost answers, one that is behind, one that keeps all to itself.

use super::*;
use std::cell::Cell;

fn is_at(chain: &Chain, node: usize, outbox: &Outbox<Memory>, nonce: u64) -> bool {
    chain.inner.borrow().nodes[node].has(outbox.sender(), nonce)
}

#[test]
fn bytes_whose_answer_was_lost_are_offered_to_the_next_endpoint_and_stay_one_transaction() {
    let (_, chain, outbox) = world_of(3);
    chain.lose_answers(1);
    let sent = block_on(outbox.send(&transaction(1), look(&outbox))).expect("sent");
    assert!(sent.broadcast);
    assert!(is_at(&chain, 0, &outbox, 0) && is_at(&chain, 1, &outbox, 0) && !is_at(&chain, 2, &outbox, 0));
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("done");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0]);
}

#[test]
fn an_answer_that_is_lost_after_the_block_came_does_not_make_a_second_transaction() {
    let (platform, chain, _) = world_of(2);
    let outbox = outbox(&platform);
    let (mining, first) = (chain.clone(), Cell::new(true));
    let answering = chain.clone();
    platform.serve(ENDPOINT, move |request| {
        let answer = answering.http(request, 0);
        if request.body.windows(22).any(|window| window == b"eth_sendRawTransaction") && first.replace(false) {
            mining.mine();
            return Err(crate::platform::PlatformError::Timeout(1));
        }
        answer
    });
    // The second says that the nonce is too low, which is so because the transaction is mined.
    let sent = block_on(outbox.send(&transaction(1), look(&outbox))).expect("sent");
    assert_eq!(sent.nonce, 0);
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1));
}

#[test]
fn after_a_failover_to_an_endpoint_that_is_behind_nothing_is_sent_twice_and_nothing_jams() {
    let (platform, chain, _) = world_of(2);
    for number in 0..5 {
        block_on(ensure(&outbox(&platform), number)).expect("sent");
        chain.mine();
    }
    chain.node(0, |node| node.down = true);
    chain.node(1, |node| node.behind = 3);
    let behind = outbox(&platform);
    assert_eq!((look(&behind).latest, chain.inner.borrow().mined.len()), (2, 5));
    for number in 0..5 {
        block_on(ensure(&behind, number)).expect("it looks as if some were not done");
    }
    heal(&behind);
    block_on(ensure(&behind, 5)).expect("sent");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2, 3, 4, 5], "the new one has the right nonce");
    chain.node(0, |node| node.down = false);
    platform.advance(STUCK_MS);
    block_on(ensure(&outbox(&platform), 6)).expect("sent");
    chain.mine();
    assert!((0..7).all(|number| times_mined(&chain, number) == 1));
    assert_eq!(mined_nonces(&chain).len(), 7);
}

#[test]
fn an_endpoint_that_is_far_behind_and_full_of_old_news_jams_nothing_once_it_is_found_out() {
    let (platform, chain, _) = world_of(2);
    chain.node(0, |node| node.behind = 1);
    for number in 0..MAX_IN_FLIGHT {
        block_on(ensure(&outbox(&platform), number)).expect("sent");
        chain.mine();
        chain.node(0, |node| node.behind += 1);
    }
    let stuck = block_on(ensure(&outbox(&platform), 99)).expect_err("the first endpoint stands still");
    assert_eq!(stuck, Error::OutboxFull(MAX_IN_FLIGHT).into());
    block_on(outbox(&platform).rpc.survey(31337)).expect("surveyed");
    block_on(ensure(&outbox(&platform), 99)).expect("sent");
    chain.mine();
    assert_eq!(times_mined(&chain, 99), 1);
    assert_eq!(mined_nonces(&chain).len() as u64, MAX_IN_FLIGHT + 1);
}

#[test]
fn what_one_endpoint_keeps_to_itself_is_offered_to_the_others_when_it_is_stuck() {
    let (platform, chain, outbox) = world_of(3);
    chain.node(0, |node| node.private = true);
    for number in 0..3 {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.mine();
    assert_eq!(heal(&outbox), Healed::default(), "the endpoint says that it has them");
    platform.advance(STUCK_MS + 1);
    heal(&outbox);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2]);
}

#[test]
fn a_lower_nonce_that_only_a_dead_endpoint_has_is_given_to_the_others() {
    let (platform, chain, _) = world_of(2);
    chain.node(0, |node| node.private = true);
    block_on(ensure(&outbox(&platform), 1)).expect("sent");
    chain.node(0, |node| node.down = true);
    let second = outbox(&platform);
    let sent = block_on(second.send(&transaction(2), look(&second))).expect("sent");
    assert_eq!(sent.nonce, 1);
    assert_eq!(heal(&second).resent, 2);
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1), times_mined(&chain, 2)), (vec![0, 1], 1, 1));
}

#[test]
fn a_nonce_is_not_given_up_while_an_endpoint_that_may_know_better_cannot_be_asked() {
    let (platform, chain, _) = world_of(2);
    let first = outbox(&platform);
    let market = look(&first);
    // Another's transaction has the nonce at the second; the first may have ours, and is gone.
    let other = first.sign_filler(0, market.fees).expect("signed");
    chain.node(0, |node| node.down = true);
    block_on(first.broadcast(0, &other)).expect("sent");
    let sent = block_on(first.send(&transaction(1), market)).expect("kept");
    assert_eq!((sent.nonce, sent.broadcast), (0, false));
    chain.mine();
    chain.node(0, |node| node.down = false);
    platform.advance(STUCK_MS);
    block_on(ensure(&outbox(&platform), 1)).expect("sent anew, now that the nonce is gone for sure");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1], 1));
}
