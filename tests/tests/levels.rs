//! Assurance levels from end to end: wrong answers are struck down, answers are raised, models come back from the chain.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::time::Duration;

use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::Value;
use verdigris_core::abi::IInferenceHub::{
    AnswerProposed, Assurance, FraudProved, LeavesShown, ProposalVoided, TileDemanded, challengePixelCall,
    claimableByCall, demandDepositOfCall, demandTileCall, raiseCall, stakeOfCall,
};
use verdigris_core::abi::{ISeedArt, PictureOutput};
use verdigris_core::job::LEAVES;
use verdigris_tests::cheat::{self, Asked};
use verdigris_tests::relay::{Passage, Relay};
use verdigris_tests::stack::{Stack, wait_until};
use verdigris_tests::tensor::{self, Tensor};
use verdigris_tests::{chain, stack};

/// The local stack's bond.
const BOND: u64 = 100_000_000_000_000_000;

/// A stack whose operator can't reach the chain for now, so that a dishonest one is the first to answer.
fn stack_with_absent_operator(size: &str, flags: &[&str]) -> (Stack, Relay) {
    let relay = Relay::noting("eth_sendRawTransaction");
    relay.set(Passage::Cut);
    let url = relay.url();
    let mut all = vec!["--size", size, "--sweep-seconds", "1", "--functions-rpc-url", &url];
    all.extend(flags);
    let stack = Stack::start(&all);
    relay.to(stack.url("rpcUrl"));
    (stack, relay)
}

fn logs(stack: &Stack, event: B256) -> Vec<Value> {
    chain::logs(stack.url("rpcUrl"), stack.address("hub"), event)
}

#[test]
fn a_wrong_pixel_is_struck_down_in_one_transaction_and_the_token_then_answered_rightly() {
    let (stack, relay) = stack_with_absent_operator("512", &["--window", "30", "--no-watch"]);
    // This watcher's node is away when it starts, and again when there is something to see.
    let node = Relay::noting("eth_sendRawTransaction");
    let watcher = stack.watch(&node.url());
    wait_until("the watcher's complaint", || watcher.log().contains("the chain can't be read"));
    node.to(stack.url("rpcUrl"));
    stack.mint(1);
    let asked = Asked::by_token(&stack, 1);
    let right = asked.picture();
    node.set(Passage::Cut);
    cheat::bond(&stack, &asked, &cheat::pin(&stack, &cheat::with_wrong_pixel(&right, 507, 500)));

    std::thread::sleep(Duration::from_secs(2));
    node.set(Passage::Open);

    wait_until("the fraud proof", || !logs(&stack, FraudProved::SIGNATURE_HASH).is_empty());
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let sent = chain::calls(url, hub, &challengePixelCall::SELECTOR);
    assert_eq!(sent.get(&asked.request_id), Some(&1), "one transaction was enough");
    let stake = chain::read(url, hub, &stakeOfCall { operator: cheat::ACCOUNT });
    assert_eq!((stake.free, stake.locked), (U256::from(9 * BOND), U256::ZERO), "the bond is lost, and nothing else");
    let proved = logs(&stack, FraudProved::SIGNATURE_HASH).remove(0);
    let challenger = chain::address_in(&proved["topics"][2]);
    let earned = chain::read(url, hub, &claimableByCall { account: challenger });
    assert_eq!(earned, U256::from(BOND / 2), "the challenger has half of the bond");
    wait_until("the watcher's report", || watcher.log().contains("struck down"));
    let log = watcher.log();
    assert!(log.contains("pixel (3, 4) of tile 4031 is "), "the pixel is named: {log}");
    let gas = log.split("struck down with ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    // The art model's pixel takes twice the multiply-adds of genesis, whose bound of 250,000 is GasLevels.t.sol's. How much
    // it is depends on the token, whose seed is drawn anew each time: 295,000 to 308,000 were seen.
    assert!(gas.is_some_and(|gas| gas <= 330_000), "a challenge of a 512² picture is cheap: {log}");

    relay.set(Passage::Open);
    stack.fulfilled(1);
    assert_eq!(chain::token(url, stack.address("art"), 1).pixelRoot, B256::from(right.pixel_root()));
    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 0, "{printed}");
}

#[test]
fn a_wrong_picture_that_nobody_shows_is_void_and_costs_half_of_the_bond() {
    let (stack, relay) = stack_with_absent_operator("64", &["--window", "6", "--no-watch"]);
    stack.mint(1);
    let asked = Asked::by_token(&stack, 1);
    let right = cheat::pin(&stack, &asked.picture());
    // The file is there and right, but its pixels are not those that the root is over.
    cheat::bond(&stack, &asked, &PictureOutput { pixelRoot: B256::repeat_byte(7), ..right });

    let id = asked.request_id.to_string();
    let (code, printed) = stack.verdigris(&["challenge", &id, "--dry-run"]);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("✗ wrong: another pixel root"), "{printed}");
    assert!(logs(&stack, TileDemanded::SIGNATURE_HASH).is_empty(), "who only looks sends nothing");

    let (code, printed) = stack.verdigris(&["challenge", &id]);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("✗ void: "), "{printed}");
    let demanded = logs(&stack, TileDemanded::SIGNATURE_HASH);
    assert_eq!(demanded.len(), 1, "nothing but the leaves");
    assert_eq!(logs(&stack, ProposalVoided::SIGNATURE_HASH).len(), 1);
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let watcher = chain::address_in(&demanded[0]["topics"][2]);
    assert_eq!(chain::read(url, hub, &claimableByCall { account: watcher }), U256::from(BOND / 4), "the deposit");
    let stake = chain::read(url, hub, &stakeOfCall { operator: cheat::ACCOUNT });
    assert_eq!((stake.free, stake.locked), (U256::from(10 * BOND - BOND / 2), U256::ZERO), "half of the bond is burnt");
    let (code, printed) = stack.verdigris(&["withdraw"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("0.025 ether paid to"), "{printed}");

    relay.set(Passage::Open);
    stack.fulfilled(1);
    assert_eq!(chain::token(url, stack.address("art"), 1).pixelRoot, B256::from(asked.picture().pixel_root()));
}

#[test]
fn a_hidden_picture_is_struck_down_by_what_its_operator_had_to_show() {
    let (stack, _relay) = stack_with_absent_operator("512", &["--window", "20", "--no-watch"]);
    stack.mint(1);
    let asked = Asked::by_token(&stack, 1);
    let wrong = cheat::with_wrong_pixel(&asked.picture(), 300, 201);
    let output = cheat::claim(&wrong);
    cheat::bond(&stack, &asked, &output);

    let id = asked.request_id.to_string();
    let demanded = |nth: usize| {
        wait_until("the demand", || logs(&stack, TileDemanded::SIGNATURE_HASH).len() > nth);
        let log = logs(&stack, TileDemanded::SIGNATURE_HASH).remove(nth);
        let read: alloy_primitives::Log = serde_json::from_value(log).unwrap();
        TileDemanded::decode_log(&read).unwrap().index
    };
    let (code, printed) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| stack.verdigris(&["challenge", &id]));
        assert_eq!(demanded(0), LEAVES);
        cheat::show_leaves(&stack, &asked, &output, &wrong);
        assert_eq!(demanded(1), 25 * 64 + 37, "the only tile that is wrong");
        cheat::show(&stack, &asked, &output, &wrong, 25 * 64 + 37);
        watcher.join().unwrap()
    });
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("struck down"), "{printed}");
    let proved = logs(&stack, FraudProved::SIGNATURE_HASH).remove(0);
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let account = chain::address_in(&proved["topics"][2]);
    let earned = chain::read(url, hub, &claimableByCall { account });
    assert_eq!(earned, U256::from(BOND / 2 + BOND / 4 + BOND / 64), "half of the bond, and both deposits");
}

#[test]
fn an_honest_operator_shows_the_leaves_of_its_picture() {
    let stack = Stack::start(&["--size", "512", "--window", "6", "--sweep-seconds", "1", "--no-watch"]);
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    stack.mint(1);
    wait_until("the proposal", || !logs(&stack, AnswerProposed::SIGNATURE_HASH).is_empty());
    let request = B256::from(chain::token(url, stack.address("art"), 1).requestId);
    let deposit = chain::read(url, hub, &demandDepositOfCall { requestId: request, index: LEAVES });
    chain::send(url, cheat::ACCOUNT, hub, &demandTileCall { requestId: request, index: LEAVES }, deposit);
    wait_until("the leaves", || !logs(&stack, LeavesShown::SIGNATURE_HASH).is_empty());
    stack.fulfilled(1);
    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 0, "{printed}");
}

#[test]
fn a_model_comes_back_from_the_chain_byte_for_byte_and_draws() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let model: B256 = chain::read(stack.url("rpcUrl"), stack.address("art"), &ISeedArt::modelIdCall {});
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("pulled.vdgn"), folder.path().join("other.vdgn"));
    let (file, other) = (file.to_str().unwrap(), other.to_str().unwrap());
    let mut form = verdigris_model::atlas().to_bytes();
    std::fs::write(other, &form).unwrap();
    let pull = |compare: &str| stack.verdigris(&["pull-model", &model.to_string(), "-o", file, "--compare", compare]);

    let (code, printed) = pull(other);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("is the same model, byte for byte"), "{printed}");
    assert_eq!(std::fs::read(file).unwrap(), form);
    *form.last_mut().unwrap() ^= 1;
    std::fs::write(other, &form).unwrap();
    let (code, printed) = pull(other);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains(&format!("it differs from byte {} on", form.len() - 1)), "{printed}");

    let png = folder.path().join("drawn.png");
    let mut render = stack::verdigris(&["render", "--seed", "07", "--size", "64", "--model", file, "--output"]);
    let output = render.arg(&png).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));

    let (code, printed) = stack.verdigris(&["pull-model", &B256::repeat_byte(9).to_string()]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("no model is registered as 0x0909"), "{printed}");
}

#[test]
fn an_attested_picture_is_raised_to_optimistic() {
    let stack = Stack::start(&["--size", "64", "--level", "attested", "--sweep-seconds", "1"]);
    stack.mint(1);
    stack.fulfilled(1);
    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("level Attested: "), "{printed}");
    assert!(printed.contains("can be raised to Optimistic"), "{printed}");

    let (code, printed) = stack.verdigris(&["raise", "1", "--level", "optimistic", "--wait"]);
    assert_eq!(code, 0, "{printed}");
    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("level Optimistic: "), "{printed}");
    let (code, printed) = stack.verdigris(&["raise", "1", "--level", "attested"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("LevelNotHigher"), "a contract's own error is named: {printed}");
}

#[test]
fn a_tensor_is_run_by_the_contract_at_once_or_when_its_answer_is_raised() {
    let stack = Stack::start(&["--size", "64", "--sweep-seconds", "1", "--consumer", &cheat::ACCOUNT.to_string()]);
    let tensor = Tensor::register(&stack, BOND.into());
    let request = tensor.ask(Assurance::Executed);
    tensor.answered(request, Assurance::Executed);

    let request = tensor.ask(Assurance::Attested);
    tensor.answered(request, Assurance::Attested);
    tensor.send(&raiseCall { requestId: request, level: Assurance::Executed, deadline: tensor::deadline() });
    tensor.answered(request, Assurance::Executed);
}

#[test]
fn a_wrong_tensor_is_struck_down_by_running_the_model() {
    let stack = Stack::start(&["--size", "64"]);
    let tensor = Tensor::register(&stack, BOND.into());
    let request = tensor.ask(Assurance::Optimistic);
    let mut wrong = Tensor::right().to_vec();
    wrong[1] ^= 1;
    cheat::bond_output(&stack, (request, tensor.model_id), &tensor::INPUT, wrong);
    wait_until("the fraud proof", || !logs(&stack, FraudProved::SIGNATURE_HASH).is_empty());
    wait_until("the watcher's report", || stack.watcher_log().contains("struck down"));
    assert!(stack.watcher_log().contains("the output is "), "{}", stack.watcher_log());
}

#[test]
fn a_deployment_that_broke_off_goes_on_where_it_was() {
    let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
    let standing = ["registry", "executor", "hub"].map(|name| (format!("--{name}"), stack.url(name).to_owned()));
    let mut deploy = stack::verdigris(&["deploy", "--artifacts", "contracts/out", "--model"]);
    deploy.args(["models/atlas/atlas.vdgn", "--rpc-url", stack.url("rpcUrl"), "--name", "Second"]);
    deploy.args(["--onnx", "models/atlas/atlas.onnx", "--window", "3", "--stake", "0"]);
    deploy.args(["--attestation-key", "0x90F79bf6EB2c4f870365E785982E1f101E93b906"]);
    deploy.env("VERDIGRIS_DEPLOYER_KEY", "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    for (flag, address) in &standing {
        deploy.args([flag, address]);
    }
    let output = deploy.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 of 1 chunks are there already"), "{said}");
    let deployment: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (flag, address) in &standing {
        assert_eq!(deployment[flag.trim_start_matches("--")].as_str().unwrap().to_lowercase(), address.to_lowercase());
    }
    let model: B256 = chain::read(stack.url("rpcUrl"), stack.address("art"), &ISeedArt::modelIdCall {});
    assert_eq!(deployment["modelId"], serde_json::json!(model), "the same model keeps its id");
    assert!(said.matches("chunks are there already").count() >= 2, "the pages' head is there, too: {said}");
    assert!(deployment["renderer"].is_string(), "a renderer: {deployment}");
    assert_ne!(deployment["art"], stack.endpoints["art"], "the collection is another one");
}
