//! The outbox against a small chain: many callers, crashes at every step, lost answers, dropped blocks.

use super::*;
use crate::testing::chain::Chain;
use crate::testing::scheduler::Scheduler;
use crate::testing::{Memory, block_on};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

const TO: Address = Address::repeat_byte(0xee);

fn world() -> (Memory, Chain, Outbox<Memory>) {
    let platform = Memory::deployed();
    let chain = Chain::at(&platform);
    let rpc = block_on(Rpc::configured(&platform)).expect("configured");
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(6)).expect("a key");
    let outbox = Outbox::new(&platform, &rpc, 31337, key);
    (platform, chain, outbox)
}

fn transaction(number: u64) -> Transaction {
    Transaction::to(format!("call:{number}"), TO, number.to_be_bytes().to_vec().into())
}

/// What callback does: looks for an earlier try, sends if the chain doesn't show the call as done.
async fn ensure(outbox: &Outbox<Memory>, chain: &Chain, number: u64) -> Result<()> {
    let market = outbox.market().await?;
    if times_mined(chain, number) > 0 {
        return Ok(());
    }
    let transaction = transaction(number);
    match outbox.earlier(&transaction.id, &market).await? {
        Earlier::InFlight(_) => Ok(()),
        Earlier::None | Earlier::Mined => outbox.send(&transaction, market).await.map(drop),
    }
}

fn times_mined(chain: &Chain, number: u64) -> usize {
    let data = transaction(number).data;
    chain.inner.borrow().mined.iter().filter(|tx| tx.to == TO && tx.input == data).count()
}

fn mined_nonces(chain: &Chain) -> Vec<u64> {
    chain.inner.borrow().mined.iter().map(|tx| tx.nonce).collect()
}

#[test]
fn a_call_is_sent_and_the_same_call_again_only_sends_the_same_bytes() {
    let (_, chain, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    let sent = block_on(outbox.send(&transaction(1), market)).expect("sent");
    assert!(sent.broadcast);
    let market = block_on(outbox.market()).expect("market");
    assert_eq!(block_on(outbox.earlier("call:1", &market)), Ok(Earlier::InFlight(sent)));
    chain.mine();
    let market = block_on(outbox.market()).expect("market");
    assert_eq!(block_on(outbox.earlier("call:1", &market)), Ok(Earlier::Mined));
    assert_eq!(times_mined(&chain, 1), 1);
}

#[test]
fn fees_cover_twice_the_base_fee_and_the_tip_that_the_node_names() {
    let (_, _, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    assert_eq!(market, Market { latest: 0, pending: 0, fees: market::Fees { max: 210, tip: 10 } });
}

#[test]
fn a_call_that_would_revert_spends_no_nonce() {
    let (platform, chain, outbox) = world();
    chain.function(TO, [0, 0, 0, 0], |_, _| Err(vec![1, 2, 3, 4]));
    let market = block_on(outbox.market()).expect("market");
    let error = block_on(outbox.send(&transaction(1), market)).expect_err("reverts");
    assert_eq!(error.revert_selector(), Some([1, 2, 3, 4]));
    assert!(!platform.keys().iter().any(|key| key.starts_with("claim:nonce")));
}

#[test]
fn a_call_that_no_node_would_pass_on_spends_no_nonce() {
    let (platform, _, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    let long = |length: usize| Transaction::to("long".into(), TO, vec![1; length].into());
    let error = block_on(outbox.send(&long(MAX_CALL + 1), market)).expect_err("too long");
    assert!(error.to_string().contains("more than nodes pass on"), "{error}");
    assert!(!platform.keys().iter().any(|key| key.starts_with("claim:nonce")));
    assert!(block_on(outbox.send(&long(MAX_CALL), market)).is_ok());
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
fn a_sender_that_cannot_pay_is_told_before_a_nonce_is_spent() {
    let (platform, _, outbox) = world();
    platform.serve(crate::testing::chain::ENDPOINT, |_| {
        let error = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32000,"message":"insufficient funds for transfer"}}"#;
        Ok(crate::platform::HttpResponse { status: 200, body: error.into() })
    });
    let market = Market { latest: 0, pending: 0, fees: market::Fees { max: 1, tip: 1 } };
    let error = block_on(outbox.send(&transaction(1), market)).expect_err("refused");
    assert_eq!(error, Error::Underfunded(outbox.sender()));
}

#[test]
fn thirty_callers_at_once_get_thirty_nonces_without_a_gap() {
    for seed in 1..20 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        for number in 0..30 {
            let (outbox, chain) = (outbox.clone(), chain.clone());
            scheduler.add(async move { ensure(&outbox, &chain, number).await.expect("sent") });
        }
        assert!(scheduler.run(None, || chain.mine()));
        chain.mine();
        assert_eq!(mined_nonces(&chain), (0..30).collect::<Vec<_>>());
        assert!((0..30).all(|number| times_mined(&chain, number) == 1));
    }
}

#[test]
fn an_answer_that_gets_lost_does_not_make_a_second_transaction() {
    let (_, chain, outbox) = world();
    chain.lose_answers(1);
    let market = block_on(outbox.market()).expect("market");
    let sent = block_on(outbox.send(&transaction(1), market)).expect("kept");
    assert!(!sent.broadcast);
    block_on(ensure(&outbox, &chain, 1)).expect("in flight");
    chain.mine();
    block_on(ensure(&outbox, &chain, 1)).expect("done");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0]);
}

#[test]
fn what_the_node_forgot_is_sent_again_by_healing() {
    let (_, chain, outbox) = world();
    for number in 0..3 {
        block_on(ensure(&outbox, &chain, number)).expect("sent");
    }
    chain.drop_pool();
    assert_eq!(block_on(outbox.heal()).expect("healed").resent, 3);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2]);
}

#[test]
fn a_transaction_whose_block_was_dropped_is_sent_again() {
    let (_, chain, outbox) = world();
    block_on(ensure(&outbox, &chain, 1)).expect("sent");
    chain.mine();
    chain.unmine_last();
    assert_eq!(block_on(outbox.heal()).expect("healed").resent, 1);
    chain.mine();
    assert_eq!(times_mined(&chain, 1), 1);
}

#[test]
fn a_dead_owner_s_nonce_is_used_up_after_the_grace_and_not_before() {
    let (platform, chain, outbox) = world();
    block_on(outbox.claim(0)).expect("claimed, then dead");
    block_on(ensure(&outbox, &chain, 1)).expect("sent");
    chain.mine();
    assert_eq!(times_mined(&chain, 1), 0, "nonce 0 is in the way");
    assert_eq!(block_on(outbox.heal()).expect("healed"), Healed { resent: 1, waiting: 1, ..Healed::default() });
    platform.advance(GRACE_MS - 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").filled, 0);
    platform.advance(1);
    assert_eq!(block_on(outbox.heal()).expect("healed").filled, 1);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1]);
}

#[test]
fn a_sender_that_finds_a_gap_has_it_filled_within_seconds_without_sweep() {
    let (platform, chain, outbox) = world();
    block_on(outbox.claim(0)).expect("claimed, then dead");
    let before = platform.now_ms();
    block_on(ensure(&outbox, &chain, 1)).expect("sent");
    platform.run_spawned();
    assert!(platform.now_ms() - before < 5_000);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1]);
}

#[test]
fn an_owner_that_lost_its_nonce_to_a_filler_takes_a_new_one_and_runs_once() {
    let (_, chain, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    // A healer took the caller for dead and used its nonce up, at the same fee.
    let filler = outbox.sign_filler(0, market.fees).expect("signed");
    block_on(outbox.broadcast(&filler)).expect("sent");
    let sent = block_on(outbox.send(&transaction(1), market)).expect("sent");
    assert_eq!(sent.nonce, 1);
    block_on(outbox.heal()).expect("healed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1], 1));
}

#[test]
fn a_stuck_transaction_is_offered_again_at_a_higher_fee_under_the_same_nonce() {
    let (platform, chain, outbox) = world();
    block_on(ensure(&outbox, &chain, 1)).expect("sent");
    platform.advance(STUCK_MS + 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").replaced, 1);
    assert_eq!(block_on(outbox.heal()).expect("healed").replaced, 0, "it was just signed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1));
}

#[test]
fn a_stuck_call_that_would_fail_by_now_only_uses_its_nonce_up() {
    let (platform, chain, outbox) = world();
    block_on(ensure(&outbox, &chain, 1)).expect("sent");
    chain.function(TO, [0, 0, 0, 0], |_, _| Err(vec![1, 2, 3, 4]));
    platform.advance(STUCK_MS + 1);
    block_on(outbox.heal()).expect("healed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 0));
}

#[test]
fn more_calls_than_a_node_keeps_are_refused_until_some_are_mined() {
    let (_, chain, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    for number in 0..MAX_IN_FLIGHT {
        block_on(outbox.send(&transaction(number), market)).expect("sent");
    }
    assert_eq!(block_on(outbox.send(&transaction(99), market)), Err(Error::OutboxFull(MAX_IN_FLIGHT)));
    chain.mine();
    block_on(ensure(&outbox, &chain, 99)).expect("sent");
}

#[test]
fn what_was_mined_long_ago_is_forgotten() {
    let (platform, chain, outbox) = world();
    for number in 0..KEPT + 40 {
        block_on(ensure(&outbox, &chain, number)).expect("sent");
        chain.mine();
        if number % 10 == 0 {
            block_on(outbox.heal()).expect("healed");
        }
    }
    for _ in 0..4 {
        block_on(outbox.heal()).expect("healed");
    }
    let kept = platform.keys().iter().filter(|key| key.starts_with("tx:31337")).count() as u64;
    assert_eq!(kept, KEPT);
    let claims = platform.keys().iter().filter(|key| key.starts_with("claim:nonce")).count() as u64;
    assert!(claims <= KEPT + 1, "{claims}");
}

/// Callers are killed all at once after `kill` operations, several times; whoever comes next asks for the calls that
/// the chain doesn't show, one lease later, as sweep does.
fn killed_again_and_again(seed: u64, kills: &[u64], callers: u64) {
    let (platform, chain, outbox) = world();
    let mut killed = kills.iter();
    loop {
        let kill = killed.next().copied();
        let mut scheduler = Scheduler::new(&platform, seed + kill.unwrap_or(0));
        for number in 0..callers {
            let (outbox, chain) = (outbox.clone(), chain.clone());
            scheduler.add(async move {
                let _ = ensure(&outbox, &chain, number).await;
            });
        }
        let outbox = outbox.clone();
        scheduler.add(async move { drop(outbox.heal().await) });
        let finished = scheduler.run(kill, || chain.mine());
        platform.advance(crate::job::LEASE_MS);
        if finished && kill.is_none() {
            break;
        }
    }
    assert_all_is_well(&platform, &chain, &outbox, callers);
}

/// Every call was mined once, no nonce was left out, and nothing that was signed is left behind.
fn assert_all_is_well(platform: &Memory, chain: &Chain, outbox: &Outbox<Memory>, callers: u64) {
    for _ in 0..3 {
        chain.mine();
        block_on(outbox.heal()).expect("healed");
        platform.advance(GRACE_MS);
    }
    chain.mine();
    let mut times = BTreeMap::new();
    for number in 0..callers {
        *times.entry(times_mined(chain, number)).or_insert(0) += 1;
    }
    assert_eq!(times, BTreeMap::from([(1, callers)]), "times mined: how many calls");
    let nonces = mined_nonces(chain);
    assert_eq!(nonces, (0..nonces.len() as u64).collect::<Vec<_>>(), "no gap");
    let market = block_on(outbox.market()).expect("market");
    assert_eq!(market.latest, market.pending, "nothing is left in the pool");
    let highest = platform.keys().iter().filter(|key| key.starts_with("tx:31337")).count() as u64;
    assert_eq!(highest, market.latest, "nothing that was signed is left behind");
}

#[test]
fn a_single_caller_may_be_killed_at_any_step() {
    for kill in 1..40 {
        killed_again_and_again(1, &[kill], 1);
    }
}

/// Some callers die while others go on, and everything stands still for seconds at a time. A call that failed is asked
/// for again, one lease later, as sweep does.
fn some_die_and_all_stall(seed: u64, lives: &[u64], longest_stall_ms: u64) {
    let (platform, chain, outbox) = world();
    let callers = lives.len() as u64;
    for round in 0..8 {
        let mut scheduler = Scheduler::new(&platform, seed.wrapping_add(round));
        scheduler.stall(longest_stall_ms);
        let all_came_through = Rc::new(Cell::new(round > 0));
        for (number, lives) in (0..).zip(lives) {
            let (outbox, chain, all_came_through) = (outbox.clone(), chain.clone(), all_came_through.clone());
            let lives = if round == 0 { *lives } else { u64::MAX };
            scheduler.add_mortal(lives, async move {
                if ensure(&outbox, &chain, number).await.is_err() {
                    all_came_through.set(false);
                }
            });
        }
        assert!(scheduler.run(None, || chain.mine()));
        platform.advance(crate::job::LEASE_MS);
        if all_came_through.get() {
            return assert_all_is_well(&platform, &chain, &outbox, callers);
        }
    }
    panic!("a call failed eight times");
}

#[test]
fn a_call_that_was_too_slow_four_times_is_sent_when_it_is_asked_for_again() {
    some_die_and_all_stall(8_053_668_398_980_080_353, &[15, 16, 4, 12, 17, 10, 19, 11], 8_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn every_call_is_mined_once_though_some_callers_die_and_all_of_them_stall(
        seed in 1..u64::MAX / 2,
        lives in prop::collection::vec(1..60u64, 1..10),
        longest_stall_ms in prop::sample::select(vec![0, 100, 1_000, 8_000]),
    ) {
        some_die_and_all_stall(seed, &lives, longest_stall_ms);
    }

    #[test]
    fn every_call_is_mined_once_and_no_gap_stays_wherever_the_callers_are_killed(
        seed in 1..u64::MAX / 2,
        kills in prop::collection::vec(1..400u64, 0..5),
        callers in 1..12u64,
    ) {
        killed_again_and_again(seed, &kills, callers);
    }
}
