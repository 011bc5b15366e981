//! The outbox against a small chain: what it does when all goes well, and what each kind of trouble costs.

mod endpoints;
mod fees;
mod killed;
mod reported;
mod strangers;

use super::*;
use crate::testing::chain::{Chain, ENDPOINT};
use crate::testing::scheduler::Scheduler;
use crate::testing::{Memory, block_on};

const TO: Address = Address::repeat_byte(0xee);
/// The selector of all calls that are sent.
const RUN: [u8; 4] = [0; 4];
/// The selector of the question whether a call has run.
const HAS_RUN: [u8; 4] = [1; 4];
/// The endpoints after the first.
const MORE_ENDPOINTS: [&str; 2] = ["http://second", "http://third"];
/// The cap of most tests.
const MOST: u128 = 1_000_000;

fn world() -> (Memory, Chain, Outbox<Memory>) {
    world_of(1)
}

/// A chain with so many endpoints.
fn world_of(endpoints: usize) -> (Memory, Chain, Outbox<Memory>) {
    let platform = Memory::deployed();
    let chain = Chain::at(&platform);
    for (name, url) in ["rpc_url_fallback", "rpc_url_third"].into_iter().zip(MORE_ENDPOINTS).take(endpoints - 1) {
        let _ = platform.clone().with(name, url);
        chain.add_node(&platform, url);
    }
    // What a contract does that is called once: a second call fails, as far as the node knows that is asked.
    let has_run = |inner: &crate::testing::chain::Inner, number: &[u8]| {
        inner.known_to(inner.asked).any(|tx| tx.to == TO && tx.input[4..] == *number)
    };
    chain.function(TO, RUN, move |inner, number| if has_run(inner, number) { Err(vec![9; 4]) } else { Ok(vec![]) });
    chain.function(TO, HAS_RUN, move |inner, number| Ok(vec![u8::from(has_run(inner, number))]));
    let outbox = outbox(&platform);
    (platform, chain, outbox)
}

/// The outbox as a request opens it.
fn outbox(platform: &Memory) -> Outbox<Memory> {
    let rpc = block_on(Rpc::configured(platform)).expect("configured");
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(6)).expect("a key");
    Outbox::new(platform, &rpc, 31337, key, MOST)
}

fn transaction(number: u64) -> Transaction {
    Transaction::to(format!("call:{number}"), TO, [RUN.as_slice(), &number.to_be_bytes()].concat().into())
}

/// What callback does: asks one node where the sender stands and whether the call has run, looks for an earlier try,
/// sends if there is none.
async fn ensure(outbox: &Outbox<Memory>, number: u64) -> Result<()> {
    let mut questions = outbox.questions()?;
    let data = Bytes::from([HAS_RUN.as_slice(), &number.to_be_bytes()].concat());
    questions.push(Call::new("eth_call", (serde_json::json!({"to": TO, "data": data}), "latest"))?);
    let mut answers = outbox.rpc.batch(questions).await?.into_iter();
    let market = Outbox::<Memory>::read_market(&mut answers)?;
    if answers.next().expect("an answer").read::<Bytes>()?[0] == 1 {
        return Ok(());
    }
    let transaction = transaction(number);
    match outbox.earlier(&transaction.id, &market).await? {
        Earlier::InFlight(_) => Ok(()),
        Earlier::None | Earlier::Mined => match outbox.send(&transaction, market).await {
            Err(error) if error.is_revert() => Ok(()),
            sent => sent.map(drop),
        },
    }
}

/// One node's answers to a sender, all at once.
fn look(outbox: &Outbox<Memory>) -> Market {
    block_on(outbox.market()).expect("market")
}

fn heal(outbox: &Outbox<Memory>) -> Healed {
    block_on(outbox.heal()).expect("healed")
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
fn a_call_that_would_revert_spends_no_nonce() {
    let (platform, chain, outbox) = world();
    chain.function(TO, RUN, |_, _| Err(vec![1, 2, 3, 4]));
    let market = block_on(outbox.market()).expect("market");
    let error = block_on(outbox.send(&transaction(1), market)).expect_err("reverts");
    assert_eq!(error.revert_selector(), Some([1, 2, 3, 4]));
    assert!(!platform.keys().iter().any(|key| key.starts_with("claim:nonce")));
}

#[test]
fn a_call_that_no_node_would_pass_on_spends_no_nonce() {
    let (platform, _, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    let long = |length: usize| Transaction::to("long".into(), TO, vec![0; length].into());
    let error = block_on(outbox.send(&long(MAX_CALL + 1), market)).expect_err("too long");
    assert!(error.to_string().contains("more than nodes pass on"), "{error}");
    assert!(!platform.keys().iter().any(|key| key.starts_with("claim:nonce")));
    assert!(block_on(outbox.send(&long(MAX_CALL), market)).is_ok());
}

#[test]
fn a_sender_that_cannot_pay_is_told_before_a_nonce_is_spent() {
    let (platform, _, outbox) = world();
    platform.serve(ENDPOINT, |_| {
        let error = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32000,"message":"insufficient funds for transfer"}}"#;
        Ok(crate::platform::HttpResponse { status: 200, body: error.into() })
    });
    let market = Market { latest: 0, pending: 0, base: 1, fees: market::Fees { max: 1, tip: 1 } };
    let error = block_on(outbox.send(&transaction(1), market)).expect_err("refused");
    assert_eq!(error, Error::Underfunded(outbox.sender()).into());
}

#[test]
fn thirty_callers_at_once_get_thirty_nonces_without_a_gap() {
    for seed in 1..20 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        for number in 0..30 {
            let outbox = outbox.clone();
            scheduler.add(async move { ensure(&outbox, number).await.expect("sent") });
        }
        assert!(scheduler.run(None, || chain.mine()));
        chain.mine();
        assert_eq!(mined_nonces(&chain), (0..30).collect::<Vec<_>>());
        assert!((0..30).all(|number| times_mined(&chain, number) == 1));
    }
}

#[test]
fn of_many_callers_with_the_same_call_at_the_same_moment_one_sends_it() {
    for seed in 1..60 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        for _ in 0..8 {
            let outbox = outbox.clone();
            scheduler.add(async move { ensure(&outbox, 1).await.expect("sent by somebody") });
        }
        assert!(scheduler.run(None, || {}));
        let claimed = platform.keys().iter().filter(|key| key.starts_with("claim:nonce")).count();
        assert_eq!(claimed, 1, "seed {seed}");
        chain.mine();
        assert_eq!(mined_nonces(&chain), [0]);
    }
}

#[test]
fn the_turn_of_one_who_died_has_an_heir_and_one_only() {
    for seed in 1..20 {
        let (platform, chain, outbox) = world();
        let mut scheduler = Scheduler::new(&platform, seed);
        let dead = outbox.clone();
        let market = look(&outbox);
        scheduler.add_mortal(4, async move { drop(dead.turn("call:1", &market, None).await) });
        for _ in 0..5 {
            let outbox = outbox.clone();
            scheduler.add(async move { ensure(&outbox, 1).await.expect("sent by somebody") });
        }
        assert!(scheduler.run(None, || {}));
        chain.mine();
        assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0], 1), "seed {seed}");
    }
}

#[test]
fn an_answer_that_gets_lost_does_not_make_a_second_transaction() {
    let (_, chain, outbox) = world();
    chain.lose_answers(1);
    let market = block_on(outbox.market()).expect("market");
    let sent = block_on(outbox.send(&transaction(1), market)).expect("kept");
    assert!(!sent.broadcast);
    block_on(ensure(&outbox, 1)).expect("in flight");
    chain.mine();
    block_on(ensure(&outbox, 1)).expect("done");
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0]);
}

#[test]
fn what_the_node_forgot_is_sent_again_by_healing() {
    let (_, chain, outbox) = world();
    for number in 0..3 {
        block_on(ensure(&outbox, number)).expect("sent");
    }
    chain.drop_pool();
    assert_eq!(block_on(outbox.heal()).expect("healed").resent, 3);
    chain.mine();
    assert_eq!(mined_nonces(&chain), [0, 1, 2]);
}

#[test]
fn a_transaction_whose_block_was_dropped_is_sent_again() {
    let (_, chain, outbox) = world();
    block_on(ensure(&outbox, 1)).expect("sent");
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
    block_on(ensure(&outbox, 1)).expect("sent");
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
    block_on(ensure(&outbox, 1)).expect("sent");
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
    block_on(outbox.broadcast(0, &filler)).expect("sent");
    let sent = block_on(outbox.send(&transaction(1), market)).expect("sent");
    assert_eq!(sent.nonce, 1);
    block_on(outbox.heal()).expect("healed");
    chain.mine();
    assert_eq!((mined_nonces(&chain), times_mined(&chain, 1)), (vec![0, 1], 1));
}

#[test]
fn more_calls_than_a_node_keeps_are_refused_until_some_are_mined() {
    let (_, chain, outbox) = world();
    let market = block_on(outbox.market()).expect("market");
    for number in 0..MAX_IN_FLIGHT {
        block_on(outbox.send(&transaction(number), market)).expect("sent");
    }
    assert_eq!(block_on(outbox.send(&transaction(99), market)), Err(Error::OutboxFull(MAX_IN_FLIGHT).into()));
    chain.mine();
    block_on(ensure(&outbox, 99)).expect("sent");
}

#[test]
fn what_was_mined_long_ago_is_forgotten() {
    let (platform, chain, outbox) = world();
    for number in 0..KEPT + 40 {
        block_on(ensure(&outbox, number)).expect("sent");
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
    let turns = platform.keys().iter().filter(|key| key.starts_with("claim:call")).count() as u64;
    assert!(turns <= KEPT + 1, "{turns}");
}
