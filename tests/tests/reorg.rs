//! A chain that takes blocks back: answers wait for enough blocks to follow, and what was dropped comes again, once.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::{InferenceAnswered, InferenceRequested};
use verdigris_core::abi::ISeedArt::{PictureFulfilled, SeedRequested, Stage};
use verdigris_tests::chain;
use verdigris_tests::stack::{Stack, wait_until};

/// Blocks that must follow.
const DEPTH: u64 = 4;

fn start(depth: u64) -> Stack {
    let setting = ("SPIN_VARIABLE_CONFIRMATIONS".to_owned(), depth.to_string());
    Stack::start_with(&["--size", "64", "--level", "attested", "--sweep-seconds", "1", "--no-watch"], &[setting])
}

/// Drops the newest blocks for as many empty ones; what was mined in them is forgotten, and in no pool.
fn reorganise(stack: &Stack, depth: u64) {
    chain::rpc(stack.url("rpcUrl"), "anvil_reorg", &json!([depth, []]));
}

fn requests(stack: &Stack) -> Vec<Value> {
    chain::logs(stack.url("rpcUrl"), stack.address("hub"), InferenceRequested::SIGNATURE_HASH)
}

fn answers(stack: &Stack) -> Vec<Value> {
    chain::logs(stack.url("rpcUrl"), stack.address("hub"), InferenceAnswered::SIGNATURE_HASH)
}

/// The token has the picture of the request that is on the chain, by one answer.
fn assert_fulfilled_once(stack: &Stack, token: u64) {
    stack.fulfilled(token);
    let wanted = chain::token(stack.url("rpcUrl"), stack.address("art"), token).requestId;
    let of = |logs: Vec<Value>, topic: usize, value: B256| {
        logs.iter().filter(|log| log["topics"][topic] == json!(value)).count()
    };
    assert_eq!(of(requests(stack), 1, wanted), 1);
    assert_eq!(of(answers(stack), 1, wanted), 1);
    let pictures = chain::logs(stack.url("rpcUrl"), stack.address("art"), PictureFulfilled::SIGNATURE_HASH);
    assert_eq!(of(pictures, 1, B256::from(alloy_primitives::U256::from(token))), 1);
}

#[test]
fn seeds_and_answers_wait_for_the_depth() {
    let stack = start(DEPTH);
    stack.mint(1);
    stack.fulfilled(1);
    let minted = chain::logs(stack.url("rpcUrl"), stack.address("art"), SeedRequested::SIGNATURE_HASH);
    let (requested, answered) = (requests(&stack), answers(&stack));
    let draw_block = chain::token(stack.url("rpcUrl"), stack.address("art"), 1).drawBlock;
    assert!(draw_block > chain::block_of(&minted[0]));
    let blocks = [draw_block, chain::block_of(&requested[0]), chain::block_of(&answered[0])];
    for (before, after) in [(blocks[0], blocks[1]), (blocks[1], blocks[2])] {
        assert!(after > before + DEPTH, "{blocks:?}");
    }
}

#[test]
fn what_is_dropped_before_its_answer_comes_again_and_is_answered_once() {
    let stack = start(DEPTH);
    stack.mint(1);
    wait_until("the token's request", || !requests(&stack).is_empty());
    // The draw is gone, and with it the request; the seed's block isn't.
    let request = chain::block_of(&requests(&stack)[0]);
    let head = chain::block_number(stack.url("rpcUrl"));
    reorganise(&stack, head + 1 - request);
    assert!(requests(&stack).is_empty());
    assert_eq!(chain::token(stack.url("rpcUrl"), stack.address("art"), 1).stage, Stage::Minted);
    assert_fulfilled_once(&stack, 1);
    let again = requests(&stack);
    assert!(chain::block_of(&answers(&stack)[0]) > chain::block_of(&again[0]) + DEPTH);
}

#[test]
fn an_answer_that_is_dropped_is_sent_again() {
    let stack = start(0);
    stack.mint(1);
    stack.fulfilled(1);
    let answer = chain::block_of(&answers(&stack)[0]);
    let head = chain::block_number(stack.url("rpcUrl"));
    reorganise(&stack, head + 1 - answer);
    assert!(answers(&stack).is_empty());
    assert_fulfilled_once(&stack, 1);
}

#[test]
fn a_seed_whose_block_is_dropped_is_another_seed_and_its_request_is_the_one_that_is_answered() {
    let stack = start(0);
    stack.mint(1);
    wait_until("the token's request", || !requests(&stack).is_empty());
    let (url, art) = (stack.url("rpcUrl"), stack.address("art"));
    let before = chain::token(url, art, 1);
    // Deep enough for the seed's block, but not for the mint.
    reorganise(&stack, chain::block_number(url) + 1 - before.drawBlock);
    assert_fulfilled_once(&stack, 1);
    let after = chain::token(url, art, 1);
    assert_eq!(after.drawBlock, before.drawBlock);
    assert_ne!(after.requestId, before.requestId, "another seed is another question");
}
