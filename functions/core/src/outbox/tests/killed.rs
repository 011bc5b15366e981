//! Callers that are killed and callers that stall, at any step: every call is mined once, and no gap stays.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What befalls endpoints, by their position.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    GoesDown(usize),
    ComesBack(usize),
    FallsBehind(usize, u64),
    LosesAnswers(usize, u64),
    Forgets(usize),
    /// None of them: a block comes.
    Block,
}

impl Mishap {
    fn befall(self, chain: &Chain) {
        match self {
            Self::GoesDown(node) => chain.node(node, |node| node.down = true),
            Self::ComesBack(node) => chain.node(node, |node| (node.down, node.behind) = (false, 0)),
            Self::FallsBehind(node, blocks) => chain.node(node, |node| node.behind = blocks),
            Self::LosesAnswers(node, count) => chain.node(node, |node| node.lose_next_answers = count),
            Self::Forgets(node) => chain.node(node, crate::testing::chain::Node::forget),
            Self::Block => chain.mine(),
        }
    }
}

/// Something happens every few operations.
async fn befall(platform: Memory, chain: Chain, mishaps: Vec<Mishap>) {
    for mishap in mishaps {
        for _ in 0..5 {
            let _ = platform.get("nothing").await;
        }
        mishap.befall(&chain);
    }
}

fn mishaps() -> impl Strategy<Value = Vec<Mishap>> {
    let node = 0..3usize;
    let one = prop_oneof![
        node.clone().prop_map(Mishap::GoesDown),
        node.clone().prop_map(Mishap::ComesBack),
        (node.clone(), 1..4u64).prop_map(|(node, blocks)| Mishap::FallsBehind(node, blocks)),
        (node.clone(), 1..3u64).prop_map(|(node, count)| Mishap::LosesAnswers(node, count)),
        node.prop_map(Mishap::Forgets),
        Just(Mishap::Block),
    ];
    prop::collection::vec(one, 0..30)
}

/// Callers are killed all at once after `kill` operations, several times; whoever comes next asks for the calls that
/// the chain doesn't show, one lease later, as sweep does.
fn killed_again_and_again(seed: u64, kills: &[u64], callers: u64, mishaps: &[Mishap]) {
    let (platform, chain, _) = world_of(if mishaps.is_empty() { 1 } else { 3 });
    let mut killed = kills.iter();
    loop {
        let kill = killed.next().copied();
        let mut scheduler = Scheduler::new(&platform, seed + kill.unwrap_or(0));
        let outbox = outbox(&platform);
        if kill.is_some() {
            scheduler.add(befall(platform.clone(), chain.clone(), mishaps.to_vec()));
        } else {
            (0..if mishaps.is_empty() { 1 } else { 3 }).for_each(|node| Mishap::ComesBack(node).befall(&chain));
        }
        for number in 0..callers {
            let outbox = outbox.clone();
            scheduler.add(async move {
                let _ = ensure(&outbox, number).await;
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
    assert_all_is_well(&platform, &chain, &outbox(&platform), callers);
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
        killed_again_and_again(1, &[kill], 1, &[]);
    }
}

/// Some callers die while others go on, and everything stands still for seconds at a time. A call that failed is asked
/// for again, one lease later, as sweep does.
fn some_die_and_all_stall(seed: u64, lives: &[u64], longest_stall_ms: u64, mishaps: &[Mishap]) {
    let endpoints = if mishaps.is_empty() { 1 } else { 3 };
    let (platform, chain, _) = world_of(endpoints);
    let callers = lives.len() as u64;
    for round in 0..10 {
        let outbox = outbox(&platform);
        let mut scheduler = Scheduler::new(&platform, seed.wrapping_add(round));
        scheduler.stall(longest_stall_ms);
        match mishaps.chunks(10).nth(round as usize) {
            Some(some) => scheduler.add(befall(platform.clone(), chain.clone(), some.to_vec())),
            None => (0..endpoints).for_each(|node| Mishap::ComesBack(node).befall(&chain)),
        }
        let all_came_through = Rc::new(Cell::new(round > 0));
        for (number, lives) in (0..).zip(lives) {
            let (outbox, all_came_through) = (outbox.clone(), all_came_through.clone());
            let lives = if round == 0 { *lives } else { u64::MAX };
            scheduler.add_mortal(lives, async move {
                if ensure(&outbox, number).await.is_err() {
                    all_came_through.set(false);
                }
            });
        }
        assert!(scheduler.run(None, || chain.mine()));
        platform.advance(crate::job::LEASE_MS);
        if all_came_through.get() && round as usize >= mishaps.len().div_ceil(10) {
            return assert_all_is_well(&platform, &chain, &outbox, callers);
        }
    }
    panic!("a call failed again and again");
}

#[test]
fn a_call_that_was_too_slow_four_times_is_sent_when_it_is_asked_for_again() {
    some_die_and_all_stall(8_053_668_398_980_080_353, &[15, 16, 4, 12, 17, 10, 19, 11], 8_000, &[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn every_call_is_mined_once_though_some_callers_die_and_all_of_them_stall(
        seed in 1..u64::MAX / 2,
        lives in prop::collection::vec(1..60u64, 1..10),
        longest_stall_ms in prop::sample::select(vec![0, 100, 1_000, 8_000]),
    ) {
        some_die_and_all_stall(seed, &lives, longest_stall_ms, &[]);
    }

    #[test]
    fn every_call_is_mined_once_though_endpoints_fail_forget_fall_behind_and_know_nothing_of_each_other(
        seed in 1..u64::MAX / 2,
        lives in prop::collection::vec(1..60u64, 1..10),
        longest_stall_ms in prop::sample::select(vec![0, 1_000, 8_000, 90_000]),
        mishaps in mishaps(),
    ) {
        some_die_and_all_stall(seed, &lives, longest_stall_ms, &mishaps);
    }

    #[test]
    fn every_call_is_mined_once_and_no_gap_stays_wherever_the_callers_are_killed(
        seed in 1..u64::MAX / 2,
        kills in prop::collection::vec(1..400u64, 0..5),
        callers in 1..12u64,
        mishaps in mishaps(),
    ) {
        killed_again_and_again(seed, &kills, callers, &[]);
        killed_again_and_again(seed, &kills, callers, &mishaps);
    }
}
