//! What the users of other relayers report, each with what must not happen here.
//!
//! The threads are of OpenZeppelin/openzeppelin-relayer unless another repository is named.

use super::*;

fn sends(platform: &Memory) -> usize {
    let is_send = |body: &[u8]| body.windows(22).any(|window| window == b"eth_sendRawTransaction");
    platform.requests("http://").iter().filter(|request| is_send(&request.body)).count()
}

/// Issue #683, bugs 1 and 2: the counter in the store ran ahead of the chain, nothing brought it back, and since the
/// larger of both counted, all later transactions had nonces that were too high.
#[test]
fn claims_that_ran_ahead_of_the_chain_do_not_jam_what_comes_after() {
    let (platform, chain, outbox) = world();
    chain.node(0, |node| node.strict = true);
    for nonce in 0..20 {
        block_on(outbox.claim(nonce)).expect("claimed, and never used");
    }
    block_on(ensure(&outbox, 1)).expect("kept");
    platform.run_spawned();
    heal(&outbox);
    chain.mine();
    assert_eq!((mined_nonces(&chain).len(), times_mined(&chain, 1)), (21, 1));
    assert_eq!(look(&outbox).pending, 21, "the chain's count and the claims agree again");
}

/// Issue #683, bug 1: a reset cleared the records and left the counter.
#[test]
fn records_that_were_cleared_while_the_claims_stayed_do_not_jam() {
    let (platform, chain, outbox) = world();
    for number in 0..5 {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.drop_pool();
    for key in platform.keys().iter().filter(|key| key.starts_with("tx:")) {
        block_on(platform.delete(key)).expect("deleted");
    }
    for number in 0..5 {
        block_on(ensure(&outbox, number)).expect("sent anew");
    }
    heal(&outbox);
    platform.advance(GRACE_MS);
    heal(&outbox);
    chain.mine();
    assert!((0..5).all(|number| times_mined(&chain, number) == 1));
    assert_eq!(mined_nonces(&chain).len(), 10, "the five nonces that nothing was known of are used up");
}

/// Issue #683, bug 3, and pull request #831: a resynchronisation in the middle of a send gave a nonce to two.
#[test]
fn a_repair_in_the_middle_of_sends_gives_no_nonce_to_two() {
    for seed in 1..40 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        for number in 0..10 {
            let (sender, healer) = (outbox.clone(), outbox.clone());
            scheduler.add(async move { ensure(&sender, number).await.expect("sent") });
            scheduler.add(async move { assert!(healer.heal().await.is_ok()) });
        }
        assert!(scheduler.run(None, || chain.mine()));
        chain.mine();
        assert_eq!(mined_nonces(&chain), (0..10).collect::<Vec<_>>());
        assert!((0..10).all(|number| times_mined(&chain, number) == 1));
    }
}

/// Issue #818: whatever failed between the counter and the record burnt a nonce, and on chains without a pool for the
/// future (Arbitrum) each later transaction was refused as too high, for ever.
#[test]
fn a_nonce_that_was_burnt_before_its_bytes_were_kept_is_filled_and_the_later_ones_follow() {
    let (platform, chain, outbox) = world();
    chain.node(0, |node| node.strict = true);
    block_on(outbox.claim(0)).expect("claimed");
    block_on(outbox.note_nonce("call:0", 0)).expect("noted, then the store or the signer failed");
    for number in 1..4 {
        let sent =
            block_on(outbox.send(&transaction(number), look(&outbox))).expect("kept for later, without an error");
        assert_eq!((sent.nonce, sent.broadcast), (number, false));
    }
    platform.run_spawned();
    heal(&outbox);
    block_on(ensure(&outbox, 0)).expect("the burnt call takes another nonce");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2, 3, 4]);
    assert!((0..4).all(|number| times_mined(&chain, number) == 1));
}

/// Issue #843: after a time of broken connections every nonce had a record that said "sent" and that no node had ever
/// seen; each of three repairs took a record for a sign of health.
#[test]
fn bytes_that_no_node_ever_saw_are_sent_in_order_and_not_taken_for_sent() {
    let (platform, chain, outbox) = world();
    chain.node(0, |node| (node.strict, node.lose_next_answers) = (true, 0));
    let before = look(&outbox);
    platform.serve(ENDPOINT, {
        let chain = chain.clone();
        move |request| match request.body.windows(22).any(|window| window == b"eth_sendRawTransaction") {
            true => Err(crate::platform::PlatformError::Connection("reset".into())),
            false => chain.http(request, 0),
        }
    });
    for number in 0..12 {
        let sent = block_on(outbox.send(&transaction(number), before)).expect("kept");
        assert!(!sent.broadcast);
    }
    platform.serve(ENDPOINT, {
        let chain = chain.clone();
        move |request| chain.http(request, 0)
    });
    for number in 12..15 {
        let sent = block_on(outbox.send(&transaction(number), look(&outbox))).expect("kept: it is too early");
        assert_eq!(sent.nonce, number);
    }
    assert_eq!(heal(&outbox).resent, 15);
    chain.mine();
    assert_eq!(mined_nonces(&chain), (0..15).collect::<Vec<_>>());
}

/// Pull request #844 (comment of 2026-08-24): the job of the first transaction died before it was broadcast; nobody
/// touched it again, and its successors were tried a hundred times each.
#[test]
fn the_first_transaction_is_sent_though_whoever_made_it_died_before_the_broadcast() {
    let (_, chain, outbox) = world();
    chain.node(0, |node| node.strict = true);
    let slot = outbox.sign(&transaction(0), 0, 50_000, look(&outbox).fees).expect("signed");
    block_on(outbox.claim(0)).expect("claimed");
    block_on(outbox.note_nonce("call:0", 0)).expect("noted");
    block_on(outbox.keep(0, &slot)).expect("kept, then dead");
    block_on(ensure(&outbox, 1)).expect("kept");
    heal(&outbox);
    chain.mine();
    assert_eq!((times_mined(&chain, 0), times_mined(&chain, 1)), (1, 1));
}

/// Issue #681: "nonce too low" with the code -32603 was taken for an endpoint's fault; all endpoints were paused in
/// turn, and then none was left.
#[test]
fn a_nonce_that_is_too_low_is_not_held_against_any_endpoint() {
    let (platform, chain, outbox) = world_of(3);
    let old = look(&outbox);
    block_on(ensure(&outbox, 1)).expect("sent");
    chain.mine();
    platform.lose_store();
    let sent = block_on(outbox.send(&transaction(2), old)).expect("sent under the next nonce");
    assert_eq!(sent.nonce, 1);
    assert!(!platform.keys().contains(&"rpc:health".into()));
}

/// Issue #539: a relayer with several endpoints was switched off because one of them failed.
#[test]
fn one_endpoint_that_fails_does_not_stop_the_sender() {
    for broken in 0..3 {
        let (_, chain, outbox) = world_of(3);
        chain.node(broken, |node| node.down = true);
        block_on(ensure(&outbox, 1)).expect("sent");
        heal(&outbox);
        chain.mine();
        assert_eq!(times_mined(&chain, 1), 1);
    }
}

/// Issue #808: with a cap on the gas price, a spike left a transaction at the cap that nodes had thrown out; it could
/// not be raised, was never sent again as it was, and all others waited for it long after the spike.
#[test]
fn a_cap_jams_nothing_when_the_spike_is_over() {
    let (platform, chain, outbox) = world();
    for number in 0..3 {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.inner.borrow_mut().base_fee = 3 * MOST;
    for _ in 0..10 {
        platform.advance(STUCK_MS + 1);
        heal(&outbox);
        chain.mine();
    }
    assert_eq!(mined_nonces(&chain), [0; 0]);
    chain.drop_pool();
    chain.inner.borrow_mut().base_fee = 100;
    heal(&outbox);
    block_on(ensure(&outbox, 3)).expect("sent");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2, 3]);
}

/// Pull request #581: a transaction that only uses up a nonce could not replace another one, since the cap left no room
/// for the tenth more that nodes want.
#[test]
fn a_call_that_would_fail_by_now_jams_nothing_though_the_cap_leaves_no_room_to_replace_it() {
    let (platform, chain, outbox) = world();
    chain.inner.borrow_mut().base_fee = MOST - 100;
    for number in 0..2 {
        block_on(ensure(&outbox, number)).expect("sent at the cap");
    }
    chain.function(TO, RUN, |_, _| Err(vec![9; 4]));
    for _ in 0..3 {
        platform.advance(STUCK_MS + 1);
        heal(&outbox);
    }
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1]);
}

/// No idempotency key: whoever posted a transaction again, because no answer had come, sent it twice. Issue of the same
/// kind: soumen0818/C-Pay#33 (a key that contains the time is none).
#[test]
fn a_call_that_is_asked_for_again_because_no_answer_came_is_sent_once() {
    let (platform, chain, outbox) = world();
    chain.lose_answers(1);
    let first = block_on(outbox.send(&transaction(1), look(&outbox))).expect("kept");
    for _ in 0..5 {
        let again = block_on(outbox.earlier("call:1", &look(&outbox))).expect("found");
        assert!(matches!(again, Earlier::InFlight(Sent { hash, .. }) if hash == first.hash));
        platform.advance(crate::job::LEASE_MS);
    }
    assert_eq!(sends(&platform), 1, "the node says that it has it");
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("done");
    assert_eq!(mined_nonces(&chain), [0]);
}

/// Pull request #845: a recovery that prepared a transaction again gave it a second nonce while the first was in use.
#[test]
fn a_call_whose_bytes_were_replaced_by_nothing_waits_until_that_nonce_is_used_up() {
    let (platform, chain, outbox) = world_of(2);
    block_on(ensure(&outbox, 1)).expect("sent");
    // The first node keeps the call's bytes, and can't be reached; meanwhile the call looks as if it would fail.
    chain.node(0, |node| node.down = true);
    let real = block_on(outbox.slot(0)).expect("read").expect("kept");
    let filler = outbox.sign_filler(0, look(&outbox).fees.to_replace(real.decode().expect("bytes").1)).expect("signed");
    block_on(outbox.keep(0, &filler.replacing(&real))).expect("kept");
    block_on(ensure(&outbox, 1)).expect("it waits");
    assert!(
        !platform.keys().iter().any(|key| key.starts_with("claim:nonce") && key.ends_with(":1")),
        "no second nonce"
    );
    chain.node(1, |node| node.private = true);
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("done");
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1), "the call's own bytes were mined");
}

/// Lay3rLabs/WAVS#1152: the sender ran out of ether, the retries ran its nonces out of step, and after it was funded
/// nothing went out until somebody restarted it: the third time in production.
#[test]
fn a_sender_that_is_funded_again_sends_all_that_waited_without_a_restart() {
    let (platform, chain, outbox) = world();
    chain.node(0, |node| node.refuses = Some("insufficient funds for gas * price + value"));
    for _ in 0..20 {
        for number in 0..3 {
            let error = block_on(ensure(&outbox, number)).expect_err("no ether");
            assert_eq!(error, Error::Underfunded(outbox.sender()).into());
        }
        heal(&outbox);
        platform.advance(STUCK_MS + 1);
    }
    chain.node(0, |node| node.refuses = None);
    heal(&outbox);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2]);
    assert!((0..3).all(|number| times_mined(&chain, number) == 1));
}

/// Pull request #515: a time-out at the broadcast hid that the transaction had gone through, and a raised one was mined
/// under a hash that nobody looked for any more.
#[test]
fn a_raised_transaction_whose_answers_were_all_lost_is_not_made_anew() {
    let (platform, chain, outbox) = world();
    chain.lose_answers(u64::MAX);
    block_on(ensure(&outbox, 1)).expect("kept");
    for _ in 0..4 {
        platform.advance(STUCK_MS + 1);
        heal(&outbox);
        block_on(ensure(&outbox, 1)).expect("in flight");
    }
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("done");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1));
}

/// across-protocol/relayer#3651: callers that raced for one nonce raised the fee against each other, each by the same
/// steps, so that none could replace another.
#[test]
fn callers_that_race_never_bid_against_each_other() {
    for seed in 1..20 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        for number in 0..8 {
            let outbox = outbox.clone();
            scheduler.add(async move { ensure(&outbox, number).await.expect("sent") });
        }
        assert!(scheduler.run(None, || ()));
        chain.mine();
        assert_eq!(chain.inner.borrow().mined.iter().map(|tx| tx.fees).collect::<Vec<_>>(), [(210, 10); 8]);
    }
}

/// hyperlane-xyz/hyperlane-monorepo#3169: a transaction of a time before the restart was pending for ever; nothing knew
/// of it, and everything waited for it until its operator outbid it by hand.
#[test]
fn a_pending_transaction_of_a_former_life_is_outbid_when_it_does_not_move() {
    let (platform, chain, outbox) = world();
    block_on(ensure(&outbox, 1)).expect("sent");
    platform.lose_store();
    chain.inner.borrow_mut().base_fee = 300;
    block_on(ensure(&outbox, 2)).expect("sent");
    for _ in 0..8 {
        heal(&outbox);
        chain.mine();
        platform.advance(STUCK_MS + 1);
    }
    assert_eq!(times_mined(&chain, 2), 1);
    block_on(ensure(&outbox, 1)).expect("sent anew");
    chain.mine();
    assert_eq!(times_mined(&chain, 1), 1);
}
