//! The chain and the store don't agree: somebody else has the key, the chain went back, the store is lost or old.

use super::super::gap::STRANGER_MS;
use super::*;
use crate::testing::chain::Mined;

/// A transaction of the sender's that Verdigris knows nothing of.
fn stranger(outbox: &Outbox<Memory>, nonce: u64, fees: (u128, u128)) -> Mined {
    Mined {
        hash: B256::with_last_byte(nonce as u8),
        from: outbox.sender(),
        nonce,
        to: Address::repeat_byte(0xdd),
        input: Bytes::new(),
        value: U256::ZERO,
        fees,
        block: 0,
    }
}

fn put(chain: &Chain, tx: Mined) {
    chain.inner.borrow_mut().pool(0, tx);
}

#[test]
fn nonces_that_somebody_else_used_are_passed_over_mined_or_pending() {
    let (_, chain, outbox) = world();
    put(&chain, stranger(&outbox, 0, (500, 50)));
    put(&chain, stranger(&outbox, 1, (500, 50)));
    chain.mine();
    put(&chain, stranger(&outbox, 2, (500, 50)));
    let sent = block_on(outbox.send(&transaction(1), look(&outbox))).expect("sent");
    assert_eq!(sent.nonce, 3);
    assert_eq!(heal(&outbox), Healed::default());
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1, 2, 3], 1));
}

#[test]
fn a_call_whose_nonce_somebody_else_used_is_sent_anew() {
    let (_, chain, outbox) = world();
    block_on(ensure(&outbox, 1)).expect("sent");
    put(&chain, stranger(&outbox, 0, (500, 50)));
    chain.mine();
    assert_eq!(times_mined(&chain, 1), 0);
    block_on(ensure(&outbox, 1)).expect("sent anew");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1], 1));
}

#[test]
fn a_stranger_s_transaction_that_waits_for_a_lower_nonce_costs_a_new_nonce() {
    let (_, chain, outbox) = world();
    put(&chain, stranger(&outbox, 1, (500, 50)));
    for number in 0..2 {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 0), times_mined(&chain, 1)), (vec![0, 1, 2], 1, 1));
}

#[test]
fn a_stranger_s_stuck_transaction_is_left_in_peace_for_a_while_and_then_outbid() {
    let (platform, chain, outbox) = world();
    put(&chain, stranger(&outbox, 0, (90, 1)));
    block_on(ensure(&outbox, 1)).expect("sent");
    platform.run_spawned();
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0; 0], "it offers less than the block takes");
    heal(&outbox);
    platform.advance(STRANGER_MS - GRACE_MS);
    assert_eq!(heal(&outbox).filled, 0);
    platform.advance(GRACE_MS);
    assert_eq!(heal(&outbox).filled, 1);
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1], 1));
}

#[test]
fn a_stranger_s_stuck_transaction_is_outbid_however_much_it_offers() {
    let (platform, chain, outbox) = world();
    chain.inner.borrow_mut().base_fee = 400;
    put(&chain, stranger(&outbox, 0, (300, 250)));
    chain.inner.borrow_mut().base_fee = 100;
    chain.node(0, |node| node.private = true);
    heal(&outbox);
    platform.advance(STRANGER_MS);
    assert_eq!(heal(&outbox).filled, 1, "the node says that it pays too little");
    for _ in 0..30 {
        platform.advance(STUCK_MS + 1);
        heal(&outbox);
    }
    chain.node(0, |node| node.private = false);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0]);
    assert_eq!(look(&outbox).latest, 1);
}

#[test]
fn nonces_that_a_reorganisation_gave_back_are_filled_and_what_was_sent_is_sent_again() {
    let (platform, chain, outbox) = world();
    // A stranger's ten nonces, then one of ours; the chain loses them all, and the stranger doesn't come back.
    for nonce in 0..10 {
        put(&chain, stranger(&outbox, nonce, (500, 50)));
    }
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("sent");
    chain.mine();
    (0..11).for_each(|_| chain.unmine_last());
    assert_eq!(heal(&outbox).waiting, 10);
    platform.advance(GRACE_MS);
    assert_eq!(heal(&outbox).filled, 10);
    chain.mine();
    assert_eq!((mined_nonces(&chain).len(), times_mined(&chain, 1)), (11, 1));
}

#[test]
fn with_a_store_that_was_lost_the_first_nonce_is_the_one_that_the_chain_names() {
    let (platform, chain, outbox) = world();
    for number in 0..3 {
        block_on(ensure(&outbox, number)).expect("sent");
        chain.mine();
    }
    block_on(ensure(&outbox, 3)).expect("sent, and in the pool");
    platform.lose_store();
    let sent = block_on(outbox.send(&transaction(4), look(&outbox))).expect("sent");
    assert_eq!(sent.nonce, 4);
    heal(&outbox);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2, 3, 4]);
    assert!((0..5).all(|number| times_mined(&chain, number) == 1));
}

#[test]
fn a_store_that_is_older_than_the_chain_jams_nothing_and_is_tidied_up() {
    let (platform, chain, outbox) = world();
    let send = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            block_on(ensure(&outbox, number)).expect("sent");
            chain.mine();
        }
    };
    send(0..3);
    heal(&outbox);
    block_on(outbox.claim(3)).expect("claimed, then the backup is made");
    block_on(outbox.note_nonce("call:3", 3)).expect("noted");
    let backup = platform.store();
    heal(&outbox);
    platform.advance(GRACE_MS);
    heal(&outbox);
    chain.mine();
    send(3..KEPT + 50);
    platform.restore(backup);
    for number in 0..KEPT + 52 {
        block_on(ensure(&outbox, number)).expect("done, or sent");
    }
    chain.mine();
    assert!((0..KEPT + 52).all(|number| times_mined(&chain, number) == 1));
    for _ in 0..10 {
        heal(&outbox);
    }
    let kept = platform.keys().iter().filter(|key| key.starts_with("tx:31337")).count();
    assert_eq!(kept, 2, "what was new; the backup's own are long mined");
}
