//! What is offered for gas, and when more of it is offered.

use super::*;

#[test]
fn fees_cover_twice_the_base_fee_and_the_tip_that_the_node_names() {
    let (_, _, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    assert_eq!(market, Market { latest: 0, pending: 0, base: 100, fees: market::Fees { max: 210, tip: 10 } });
}

#[test]
fn what_is_paid_with_a_call_stays_the_same_when_its_fee_is_raised() {
    let (platform, chain, outbox) = world();
    let paid = Transaction { value: U256::from(7), ..transaction(1) };
    let market = block_on(outbox.market()).expect("market");
    block_on(outbox.send(&paid, market)).expect("sent");
    platform.advance(STUCK_MS + 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").replaced, 1);
    chain.mine();
    assert_eq!(chain.inner.borrow().mined[0].value, U256::from(7));
}

#[test]
fn a_stuck_transaction_is_offered_again_at_a_higher_fee_under_the_same_nonce() {
    let (platform, chain, outbox) = world();
    block_on(ensure(&outbox, 1)).expect("sent");
    platform.advance(STUCK_MS + 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").replaced, 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").replaced, 0, "it was just signed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1));
}

#[test]
fn a_stuck_call_that_would_fail_by_now_only_uses_its_nonce_up() {
    let (platform, chain, outbox) = world();
    block_on(ensure(&outbox, 1)).expect("sent");
    chain.function(TO, RUN, |_, _| Err(vec![1, 2, 3, 4]));
    platform.advance(STUCK_MS + 1);
    block_on(outbox.heal()).expect("healed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 0));
}

/// Sends so many calls and has them grow stuck, while gas gets dear.
fn stuck(calls: u64, base_fee: u128) -> (Memory, Chain, Outbox<Memory>) {
    let (platform, chain, outbox) = world();
    for number in 0..calls {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.inner.borrow_mut().base_fee = base_fee;
    platform.advance(STUCK_MS + 1);
    (platform, chain, outbox)
}

#[test]
fn when_gas_gets_dearer_than_all_that_was_offered_all_of_it_is_raised_and_not_only_the_first() {
    let (_, chain, outbox) = stuck(5, 300);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0; 0], "the block takes none of them");
    assert_eq!(heal(&outbox).replaced, 5);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2, 3, 4]);
    assert!((0..5).all(|number| times_mined(&chain, number) == 1));
}

#[test]
fn of_stuck_transactions_whose_fee_is_enough_only_the_first_is_raised() {
    let (_, _, outbox) = stuck(5, 200);
    let healed = heal(&outbox);
    assert_eq!((healed.replaced, healed.resent), (1, 4), "the others only wait for the first, and are offered to all");
}

#[test]
fn so_many_fees_at_once_are_raised_in_several_repairs() {
    let (_, chain, outbox) = stuck(40, 300);
    assert_eq!([(); 3].map(|()| heal(&outbox).replaced), [16, 16, 8]);
    chain.mine();
    assert_eq!(mined_nonces(&chain).len(), 40);
}

#[test]
fn while_gas_costs_more_than_the_settings_allow_nothing_is_begun_and_no_nonce_spent() {
    let (platform, chain, outbox) = world();
    chain.inner.borrow_mut().base_fee = MOST;
    let error = block_on(ensure(&outbox, 1)).expect_err("too dear");
    assert_eq!(error, Error::GasTooDear { fee: MOST + 10, most: MOST }.into());
    assert!(error.to_string().contains("max_gas_fee_wei"), "{error}");
    assert!(!platform.keys().iter().any(|key| key.starts_with("claim:nonce")));
    chain.inner.borrow_mut().base_fee = MOST - 10;
    block_on(ensure(&outbox, 1)).expect("sent");
    chain.mine();
    assert_eq!(chain.inner.borrow().mined[0].fees, (MOST, 10), "twice the base fee would be more than is allowed");
}

#[test]
fn a_fee_is_never_raised_above_the_cap_and_what_waits_there_is_offered_again_as_it_is() {
    let (platform, chain, outbox) = stuck(2, MOST * 2);
    assert_eq!(heal(&outbox).replaced, 2);
    for _ in 0..3 {
        platform.advance(STUCK_MS + 1);
        let healed = heal(&outbox);
        assert_eq!((healed.replaced, healed.resent), (0, 2), "there is no room for another raise");
    }
    chain.inner.borrow_mut().base_fee = 100;
    chain.mine();
    let fees: Vec<_> = chain.inner.borrow().mined.iter().map(|tx| tx.fees.0).collect();
    assert_eq!(fees, [MOST, MOST]);
}

#[test]
fn an_earlier_version_that_is_mined_counts_as_the_call() {
    let (platform, chain, _) = world_of(2);
    let outbox = outbox(&platform);
    block_on(ensure(&outbox, 1)).expect("sent");
    // The raised one reaches only a node that tells no miner of it.
    chain.node(0, |node| node.down = true);
    chain.node(1, |node| node.private = true);
    platform.advance(STUCK_MS + 1);
    assert_eq!(heal(&outbox).replaced, 1);
    chain.mine();
    chain.node(0, |node| node.down = false);
    platform.advance(STUCK_MS + 1);
    assert_eq!(block_on(outbox.earlier("call:1", &look(&outbox))), Ok(Earlier::Mined));
    block_on(ensure(&outbox, 1)).expect("done");
    heal(&outbox);
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1));
}

#[test]
fn an_owner_that_slept_while_its_fee_was_raised_does_not_take_the_raised_one_for_another_s() {
    let (platform, chain, outbox) = world();
    let market = look(&outbox);
    block_on(outbox.claim(0)).expect("claimed");
    let slot = outbox.sign(&transaction(1), 0, 50_000, market.fees).expect("signed");
    block_on(outbox.note_nonce("call:1", 0)).expect("noted");
    block_on(outbox.keep(0, &slot)).expect("kept, then asleep");
    platform.advance(STUCK_MS + 1);
    assert_eq!(heal(&outbox).replaced, 1);
    for _ in 0..2 {
        let reception = block_on(outbox.broadcast(0, &slot)).expect("an answer");
        assert!(matches!(reception, Reception::Accepted), "in the pool, and on the chain");
        chain.mine();
    }
    assert_eq!(times_mined(&chain, 1), 1);
}

#[test]
fn a_call_that_no_node_takes_does_not_keep_the_others_waiting() {
    let (platform, chain, outbox) = world();
    chain.node(0, |node| node.refuses = Some("sender or contract is on our list"));
    let error = block_on(ensure(&outbox, 1)).expect_err("refused");
    assert!(error.to_string().contains("on our list"), "{error}");
    assert_eq!(heal(&outbox).filled, 0, "that may change");
    platform.advance(STUCK_MS + 1);
    assert_eq!(heal(&outbox).filled, 1);
    chain.node(0, |node| node.refuses = None);
    block_on(ensure(&outbox, 2)).expect("sent");
    block_on(ensure(&outbox, 1)).expect("its nonce isn't used up yet, and its bytes may still be mined");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1), times_mined(&chain, 2)), (vec![0, 1], 0, 1));
    block_on(ensure(&outbox, 1)).expect("sent anew");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1, 2], 1));
}

#[test]
fn what_a_node_refuses_for_now_is_kept_and_costs_neither_an_error_nor_another_nonce() {
    for words in
        ["transaction underpriced", "txpool is full", "max fee per gas less than block base fee", "nonce too high"]
    {
        let (_, chain, outbox) = world();
        chain.node(0, |node| node.refuses = Some(words));
        let sent = block_on(outbox.send(&transaction(1), look(&outbox))).expect(words);
        assert!(!sent.broadcast);
        chain.node(0, |node| node.refuses = None);
        assert_eq!(heal(&outbox).resent, 1);
        chain.mine();
        assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1), "{words}");
    }
}
