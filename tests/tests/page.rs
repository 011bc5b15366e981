//! The page and the web component in a real browser, against a running stack.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::process::Command;

use verdigris_tests::stack::{Stack, root};

#[test]
fn the_page_draws_a_token_and_every_check_holds() {
    let stack = Stack::start(&["--size", "256"]);
    stack.mint(3);
    for token in 1..=3 {
        stack.fulfilled(token);
    }
    let screenshots =
        std::env::var_os("VERDIGRIS_SCREENSHOTS").map_or_else(|| root().join(".verdigris/screenshots"), Into::into);
    let mut browser = Command::new("node");
    browser.current_dir(root()).args(["--conditions=source", "web/tests/page.browser.mjs"]);
    browser
        .env("VERDIGRIS_PAGE", stack.url("page"))
        .env("VERDIGRIS_TOKEN", "2")
        .env("VERDIGRIS_SCREENSHOTS", screenshots);
    let status = browser.status().unwrap();
    assert!(status.success(), "the browser's test ended with {status}");
}

#[test]
fn the_web_component_verifies_a_token_as_it_is_and_as_it_was() {
    let stack = Stack::start(&["--size", "64", "--no-watch"]);
    stack.mint(1);
    stack.fulfilled(1);
    let (code, printed) = stack.verdigris(&["evolve", "1", "--wait"]);
    assert_eq!(code, 0, "{printed}");
    let mut node = Command::new("node");
    node.current_dir(root()).args(["--conditions=source", "tests/component.mjs"]);
    let status = node.arg(stack.state_dir().join("endpoints.json")).arg("1").status().unwrap();
    assert!(status.success(), "the browser's test ended with {status}");
}
