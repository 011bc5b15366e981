//! A token's whole life on the local stack, and the stack's own.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::process::Stdio;

use alloy_primitives::U256;
use rustix::process::test_kill_process;
use serde_json::Value;
use verdigris_core::abi::ISeedArt;
use verdigris_model::Network;
use verdigris_model::picture::Painter;
use verdigris_tests::chain;
use verdigris_tests::stack::{Stack, verdigris, wait_until};

#[test]
fn up_once_mints_one_token_and_says_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = verdigris(&["up", "--once", "--any-ports", "--size", "64", "--state-dir"]);
    let output = command.arg(folder.path()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let printed = String::from_utf8(output.stdout).unwrap();
    let life: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(life["token"], "1");
    assert_eq!(life["verified"], true);
    assert_eq!(life["pixelRoot"], life["recomputedPixelRoot"]);
    for name in ["tx", "imageCid", "metadataCid"] {
        assert!(life[name].as_str().is_some_and(|text| text.len() > 40), "{name}: {life}");
    }
    assert_eq!(life["level"], "Optimistic");
    for stage in ["up", "mint", "draw", "propose", "finalise", "fulfil", "verify"] {
        assert!(life["ms"][stage].is_u64(), "{stage}: {life}");
    }
}

#[test]
fn a_minted_token_is_drawn_attested_and_verified_and_the_stack_leaves_nothing_behind() {
    let stack = Stack::start(&["--size", "64"]);
    stack.mint(2);
    stack.fulfilled(1);
    stack.fulfilled(2);
    for token in ["1", "2"] {
        let (code, printed) = stack.verdigris(&["verify", token]);
        assert_eq!(code, 0, "{printed}");
        assert!(printed.contains("level Optimistic: "), "{printed}");
        assert_eq!(printed.matches("✓ a pixel drawn in the contract is the one drawn here").count(), 3, "{printed}");
    }
    let log = stack.watcher_log();
    assert_eq!(log.matches("✓ right").count(), 2, "the watcher has looked at both answers: {log}");
    let (one, two) = (
        chain::token(stack.url("rpcUrl"), stack.address("art"), 1),
        chain::token(stack.url("rpcUrl"), stack.address("art"), 2),
    );
    assert_ne!(one.pixelRoot, two.pixelRoot, "two tokens must not look the same");

    let (code, printed) = stack.verdigris(&["verify", "3"]);
    assert_eq!(code, 1, "there is no token 3: {printed}");

    let children = children_of(stack.pid().as_raw_nonzero().get());
    assert!(children.len() >= 3, "chain, host and watcher run as children");
    assert!(stack.interrupt().success());
    for child in children {
        let pid = rustix::process::Pid::from_raw(child).unwrap();
        wait_until("end of a child process", || test_kill_process(pid).is_err());
    }
}

#[test]
fn a_token_evolves_and_its_past_is_drawn_again_from_the_chain_alone() {
    const SIZE: u16 = 16;
    let stack = Stack::start(&["--size", "64"]);
    stack.mint(1);
    stack.fulfilled(1);
    let (url, art, id) = (stack.url("rpcUrl"), stack.address("art"), U256::from(1));
    let young = chain::token(url, art, 1);
    let (code, printed) = stack.verdigris(&["evolve", "1", "--wait"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.starts_with("token 1 is at epoch 1"), "{printed}");
    assert_ne!(chain::token(url, art, 1).pixelRoot, young.pixelRoot);
    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 0, "{printed}");

    let blueprint = chain::read(url, art, &ISeedArt::blueprintCall { tokenId: id });
    let network = Network::from_bytes(&blueprint.model).unwrap();
    for (epoch, root) in [(0, young.pixelRoot), (1, chain::token(url, art, 1).pixelRoot)] {
        let traits = chain::read(url, art, &ISeedArt::traitsAtCall { tokenId: id, epoch });
        let painter = Painter::new(&network, blueprint.stages, &blueprint.seed, &traits).unwrap();
        assert_eq!(painter.draw(64).unwrap().pixel_root(), root, "epoch {epoch}");
        let rows = ISeedArt::rowsAtCall { tokenId: id, epoch, y0: 0, y1: SIZE, size: SIZE };
        assert_eq!(chain::read(url, art, &rows), painter.draw(SIZE).unwrap().into_rgb(), "epoch {epoch} in the EVM");
    }
}

#[test]
fn verify_says_what_does_not_hold_when_pinned_content_was_changed() {
    let stack = Stack::start(&["--size", "64"]);
    stack.mint(1);
    stack.fulfilled(1);
    let (_, verdict) = stack.verdigris(&["verify", "1", "--json"]);
    let verdict: Value = serde_json::from_str(&verdict).unwrap();
    let image = stack.state_dir().join("content").join(verdict["imageCid"].as_str().unwrap());
    let mut bytes = std::fs::read(&image).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&image, bytes).unwrap();

    let (code, printed) = stack.verdigris(&["verify", "1"]);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("✗ the pinned picture has the CID on chain"), "{printed}");
    assert!(printed.contains("✓ the picture drawn here has the pixel root on chain"), "{printed}");
}

#[test]
fn a_folder_that_holds_something_else_is_never_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "to keep").unwrap();
    let mut command = verdigris(&["up", "--once", "--any-ports", "--state-dir"]);
    let output = command.arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let life: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(life["failed"], "up", "the stage that failed is named: {life}");
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "to keep");
}

/// Direct children of a process, by what the kernel says.
fn children_of(parent: i32) -> Vec<i32> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        if fields.split(' ').nth(1) == Some(parent.to_string().as_str()) {
            children.push(pid);
        }
    }
    children
}
