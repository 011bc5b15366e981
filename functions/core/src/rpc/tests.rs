//! Endpoints that are down, slow, limited, behind or talkative, and what is asked of the others then.

use super::wire::decode;
use super::*;
use crate::platform::HttpResponse;
use crate::testing::{Memory, block_on};
use alloy_primitives::{B256, U64, U256};
use proptest::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

const FIRST: &str = "https://one.example";
const SECOND: &str = "https://two.example";
const THIRD: &str = "https://three.example";

fn platform() -> Memory {
    Memory::default().with("rpc_url", FIRST).with("rpc_path", "/v2/verysecretkey").with("rpc_url_fallback", SECOND)
}

fn answer(text: &str) -> Result<HttpResponse, PlatformError> {
    Ok(HttpResponse { status: 200, body: text.as_bytes().to_vec() })
}

fn block_number(platform: &Memory) -> Result<U64> {
    let rpc = block_on(Rpc::configured(platform))?;
    block_on(rpc.ask(Call::new("eth_blockNumber", ())?))
}

#[test]
fn the_address_that_stands_for_no_endpoint_is_never_asked() {
    let platform = Memory::default().with("rpc_url", FIRST).with("rpc_url_fallback", "https://unset.invalid");
    platform.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
    platform.serve("https://unset.invalid", |_| panic!("nobody may ask there"));
    assert!(block_number(&platform).is_err());
    let alone = Memory::default().with("rpc_url", "https://unset.invalid/");
    assert!(matches!(block_number(&alone).map_err(|error| *error), Err(Error::Config { name: "rpc_url", .. })));
}

#[test]
fn the_second_endpoint_answers_when_the_first_is_down_slow_or_limited() {
    let failures = [
        Err(PlatformError::Connection("refused".into())),
        Err(PlatformError::Timeout(1)),
        Ok(HttpResponse { status: 429, body: vec![] }),
        answer("<html>"),
        answer(r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"limit"}}"#),
    ];
    for failure in failures {
        let platform = platform();
        platform.serve(FIRST, move |_| failure.clone());
        platform.serve(SECOND, |_| answer(r#"{"jsonrpc":"2.0","id":0,"result":"0x10"}"#));
        assert_eq!(block_number(&platform), Ok(U64::from(16)));
    }
}

#[test]
fn a_refusal_is_an_answer_and_is_not_asked_of_the_next_endpoint() {
    let platform = platform();
    platform.serve(FIRST, |_| {
        answer(r#"{"jsonrpc":"2.0","id":0,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}}"#)
    });
    platform.serve(SECOND, |_| panic!("asked"));
    let error = block_number(&platform).expect_err("refused");
    assert_eq!(error.revert_selector(), Some([1, 2, 3, 4]));
}

#[test]
fn no_message_shows_the_key_in_an_endpoint_s_path() {
    let platform = platform();
    platform.serve(FIRST, |request| {
        assert_eq!(request.url, "https://one.example/v2/verysecretkey");
        Err(PlatformError::Connection(format!("cannot reach {} or verysecretkey", request.url)))
    });
    platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
    let error = block_number(&platform).expect_err("unreachable").to_string();
    assert!(!error.contains("verysecretkey"), "{error}");
}

#[test]
fn answers_in_another_order_are_put_right() {
    let platform = Memory::default().with("rpc_url", FIRST);
    platform.serve(FIRST, |_| {
        answer(r#"[{"jsonrpc":"2.0","id":1,"result":"0x2"},{"jsonrpc":"2.0","id":0,"result":"0x1"}]"#)
    });
    let rpc = block_on(Rpc::configured(&platform)).expect("configured");
    let calls = vec![Call::new("a", ()).expect("call"), Call::new("b", ()).expect("call")];
    let numbers: Vec<U64> = block_on(rpc.batch(calls))
        .expect("answered")
        .into_iter()
        .map(|answer| answer.read().expect("a number"))
        .collect();
    assert_eq!(numbers, [U64::from(1), U64::from(2)]);
}

#[test]
fn only_time_outs_everywhere_count_as_a_time_out() {
    let platform = platform();
    platform.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
    platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
    assert_eq!(block_number(&platform).expect_err("slow").status(), 504);
    platform.serve(FIRST, |_| Err(PlatformError::Connection("refused".into())));
    assert_eq!(block_number(&platform).expect_err("down").status(), 502);
}

/// Three endpoints that say whether they are up, each with its own number.
fn three() -> (Memory, [Rc<Cell<bool>>; 3]) {
    let platform =
        Memory::default().with("rpc_url", FIRST).with("rpc_url_fallback", SECOND).with("rpc_url_third", THIRD);
    let up = [FIRST, SECOND, THIRD].map(|_| Rc::new(Cell::new(true)));
    for (number, (url, up)) in [FIRST, SECOND, THIRD].into_iter().zip(&up).enumerate() {
        let up = up.clone();
        platform.serve(url, move |_| match up.get() {
            true => answer(&format!(r#"{{"jsonrpc":"2.0","id":0,"result":"0x{number}"}}"#)),
            false => Err(PlatformError::Connection("refused".into())),
        });
    }
    (platform, up)
}

/// Which endpoints a question goes to, in their order.
fn asked(platform: &Memory) -> Vec<&'static str> {
    let before = platform.requests("https://").len();
    let _ = block_number(platform);
    let name = |url: &str| [FIRST, SECOND, THIRD].into_iter().find(|known| url.starts_with(known)).expect("known");
    platform.requests("https://").iter().skip(before).map(|request| name(&request.url)).collect()
}

#[test]
fn an_endpoint_that_failed_is_asked_last_for_a_growing_while_and_comes_back_by_itself() {
    let (platform, up) = three();
    up[0].set(false);
    let mut pause = health::FIRST_PAUSE_MS;
    for _ in 0..12 {
        assert_eq!(asked(&platform), [FIRST, SECOND]);
        platform.advance(pause - 1);
        assert_eq!(asked(&platform), [SECOND], "it rests");
        platform.advance(1);
        pause = (2 * pause).min(health::LONGEST_PAUSE_MS);
    }
    up[0].set(true);
    assert_eq!(asked(&platform), [FIRST]);
    up[0].set(false);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    platform.advance(health::FIRST_PAUSE_MS);
    assert_eq!(asked(&platform), [FIRST, SECOND], "what failed before it answered is forgotten");
}

#[test]
fn an_endpoint_that_rests_is_asked_all_the_same_when_no_other_answers() {
    let (platform, up) = three();
    up[0].set(false);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    up[1].set(false);
    platform.advance(1_000);
    assert_eq!(asked(&platform), [SECOND, THIRD]);
    up.iter().for_each(|up| up.set(false));
    assert_eq!(asked(&platform), [THIRD, FIRST, SECOND], "those that rest come last, the longest first");
    up[1].set(true);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    assert_eq!(asked(&platform), [SECOND], "an answer ends the rest");
}

#[test]
fn marks_are_written_once_a_pause_and_a_single_endpoint_has_none() {
    let (platform, up) = three();
    up[0].set(false);
    let writes = || platform.writes("rpc:health");
    for _ in 0..5 {
        asked(&platform);
    }
    assert_eq!(writes(), 1);
    up.iter().for_each(|up| up.set(false));
    asked(&platform);
    assert_eq!(writes(), 3, "one each for the second and the third");
    asked(&platform);
    assert_eq!(writes(), 3);

    let alone = Memory::default().with("rpc_url", FIRST);
    alone.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
    assert!(block_number(&alone).is_err());
    assert!(alone.keys().is_empty());
}

#[test]
fn a_store_that_fails_costs_the_advice_and_not_the_call() {
    let (platform, up) = three();
    up[0].set(false);
    platform.set_store_down(true);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    platform.set_store_down(false);
    block_on(platform.set("rpc:health", b"nonsense")).expect("set");
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    assert_eq!(asked(&platform), [SECOND]);
}

#[test]
fn an_answer_that_is_too_large_says_nothing_about_the_endpoint() {
    let (platform, _) = three();
    platform.serve(FIRST, |_| Err(PlatformError::ResponseTooLarge(1)));
    assert_eq!(asked(&platform), [FIRST, SECOND]);
    assert_eq!(asked(&platform), [FIRST, SECOND]);
}

#[test]
fn a_contract_that_reverts_with_a_node_s_words_for_too_much_is_still_a_refusal() {
    let (platform, _) = three();
    platform.serve(FIRST, |_| {
        answer(r#"{"jsonrpc":"2.0","id":0,"error":{"code":3,"message":"execution reverted: rate limit","data":"0x"}}"#)
    });
    assert!(block_number(&platform).expect_err("refused").is_revert());
    assert_eq!(asked(&platform), [FIRST]);
}

/// An endpoint that answers a survey: its chain, its newest block's number and time.
fn at_block(platform: &Memory, url: &'static str, chain: u64, number: u64, time: u64) {
    platform.serve(url, move |request| {
        let one = r#"{"jsonrpc":"2.0","id":0,"result":"0x1"}"#;
        let hash = B256::from(U256::from(number));
        let block = format!(r#"{{"number":"{number:#x}","timestamp":"{time:#x}","hash":"{hash}"}}"#);
        let both = format!(
            r#"[{{"jsonrpc":"2.0","id":0,"result":"{chain:#x}"}},{{"jsonrpc":"2.0","id":1,"result":{block}}}]"#
        );
        answer(if request.body.starts_with(b"[") { &both } else { one })
    });
}

fn survey(platform: &Memory) -> Result<()> {
    block_on(block_on(Rpc::configured(platform)).expect("configured").survey(7))
}

#[test]
fn an_endpoint_that_stopped_following_the_chain_is_asked_last_until_it_has_caught_up() {
    let (platform, up) = three();
    at_block(&platform, FIRST, 7, 97, 1_000);
    at_block(&platform, SECOND, 7, 100, 1_060);
    survey(&platform).expect("surveyed");
    assert_eq!(asked(&platform), [SECOND]);
    platform.advance(health::LONGEST_PAUSE_MS / 2);
    survey(&platform).expect("surveyed");
    platform.advance(health::LONGEST_PAUSE_MS - 1);
    assert_eq!(asked(&platform), [SECOND], "each survey that finds it so makes it rest longer");
    platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
    up[2].set(false);
    assert_eq!(asked(&platform), [SECOND, THIRD, FIRST]);
    at_block(&platform, SECOND, 7, 100, 1_060);
    survey(&platform).expect("surveyed");
    assert_eq!(asked(&platform), [SECOND], "that it answers doesn't mean that it has caught up");
    at_block(&platform, FIRST, 7, 98, 1_059);
    survey(&platform).expect("surveyed");
    assert_eq!(asked(&platform), [FIRST]);
}

#[test]
fn a_few_blocks_or_an_old_block_alone_do_not_make_an_endpoint_one_that_is_behind() {
    let (platform, _) = three();
    at_block(&platform, SECOND, 7, 100, 1_060);
    for (number, time) in [(98, 100), (1, 1_001)] {
        at_block(&platform, FIRST, 7, number, time);
        survey(&platform).expect("surveyed");
        assert_eq!(asked(&platform), [FIRST]);
    }
}

#[test]
fn an_endpoint_of_another_chain_is_not_asked_whatever_the_others_do_until_it_is_on_this_one() {
    let (platform, up) = three();
    at_block(&platform, FIRST, 1, 20_000_000, 9_000);
    at_block(&platform, SECOND, 7, 100, 1_060);
    survey(&platform).expect("surveyed");
    assert_eq!(asked(&platform), [SECOND]);
    platform.serve(SECOND, |_| Err(PlatformError::Timeout(1)));
    up[2].set(false);
    for _ in 0..3 {
        assert!(block_number(&platform).is_err());
        assert!(!asked(&platform).contains(&FIRST));
        platform.advance(2 * health::LONGEST_PAUSE_MS);
    }
    survey(&platform).expect_err("none is on this chain");
    at_block(&platform, FIRST, 7, 101, 1_070);
    survey(&platform).expect("one is");
    assert_eq!(asked(&platform)[0], FIRST);
}

#[test]
fn a_chain_that_no_endpoint_is_on_is_named_with_the_setting_to_mend() {
    let platform = Memory::default().with("rpc_url", FIRST);
    at_block(&platform, FIRST, 1, 20_000_000, 9_000);
    let error = survey(&platform).expect_err("another chain");
    assert!(matches!(*error, Error::Config { name: "rpc_url", .. }));
    assert!(error.to_string().contains("is on chain 1, and chain_id is 7"), "{error}");
    platform.serve(FIRST, |_| Err(PlatformError::Timeout(1)));
    survey(&platform).expect("what doesn't answer may be on any chain");
}

#[test]
fn everyone_is_asked_at_once_but_those_that_rest() {
    let (platform, up) = three();
    let everyone = |platform: &Memory| {
        let rpc = block_on(Rpc::configured(platform)).expect("configured");
        let all: Everyone<U64> = block_on(rpc.ask_everyone(&Call::new("a", ()).expect("call"))).expect("asked");
        let numbers: Vec<u64> = all.answers.into_iter().map(|n| n.expect("a number").to()).collect();
        (numbers, all.complete)
    };
    assert_eq!(everyone(&platform), (vec![0, 1, 2], true));
    up[1].set(false);
    assert_eq!(everyone(&platform), (vec![0, 2], false));
    let before = platform.requests(SECOND).len();
    assert_eq!(everyone(&platform), (vec![0, 2], false));
    assert_eq!(platform.requests(SECOND).len(), before, "it rests");
    up.iter().for_each(|up| up.set(false));
    assert_eq!(everyone(&platform), (vec![], false));
    up[0].set(true);
    assert_eq!(everyone(&platform), (vec![0], false), "all of them rest, so all are asked");
}

proptest! {
    #[test]
    fn any_answer_at_all_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let calls = [Call::new("a", ()).expect("call"), Call::new("b", ()).expect("call")];
        let _ = decode(&calls, &bytes);
        let _ = decode(&calls[..1], &bytes);
    }
}
