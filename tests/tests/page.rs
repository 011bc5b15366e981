//! The page and the web component in a real browser, against a running stack.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::ffi::OsString;
use std::process::Command;

use verdigris_tests::stack::{Stack, root};

/// Where the tests keep their screenshots.
fn screenshots() -> OsString {
    std::env::var_os("VERDIGRIS_SCREENSHOTS").unwrap_or_else(|| root().join(".verdigris/screenshots").into())
}

/// Runs a script in Node, which opens the stack's page.
fn browse(stack: &Stack, script: &str, configure: impl FnOnce(&mut Command)) {
    let mut node = Command::new("node");
    node.current_dir(root()).args(["--conditions=source", script]);
    node.env("VERDIGRIS_PAGE", stack.url("page")).env("VERDIGRIS_SCREENSHOTS", screenshots());
    configure(&mut node);
    let status = node.status().unwrap();
    assert!(status.success(), "{script} ended with {status}");
}

/// Turns a token on to its next epoch, and waits until the picture of that is final.
fn evolve(stack: &Stack, token: &str) {
    let (code, printed) = stack.verdigris(&["evolve", token, "--wait"]);
    assert_eq!(code, 0, "{printed}");
}

#[test]
fn the_page_draws_a_token_and_every_check_holds() {
    let stack = Stack::start(&["--size", "256"]);
    stack.mint(3);
    for token in 1..=3 {
        stack.fulfilled(token);
    }
    browse(&stack, "web/tests/page.browser.mjs", |node| {
        node.env("VERDIGRIS_TOKEN", "2");
    });
}

#[test]
fn a_collector_mints_raises_and_looks_back() {
    let stack = Stack::start(&["--size", "256", "--level", "attested"]);
    stack.mint(1);
    stack.fulfilled(1);
    evolve(&stack, "1");
    evolve(&stack, "1");
    browse(&stack, "tests/collector.mjs", |_| ());
}

#[test]
fn the_web_component_verifies_a_token_as_it_is_and_as_it_was() {
    let stack = Stack::start(&["--size", "64", "--no-watch"]);
    stack.mint(1);
    stack.fulfilled(1);
    evolve(&stack, "1");
    browse(&stack, "tests/component.mjs", |node| {
        node.arg(stack.state_dir().join("endpoints.json")).arg("1");
    });
}
