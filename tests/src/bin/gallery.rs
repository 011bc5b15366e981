//! How soon the gallery shows pictures, how long a hundred take and how smoothly one scrolls, in headless Chromium against a
//! running stack; prints a map of figures.
#![allow(clippy::unwrap_used, reason = "a measurement: a panic is a failed measurement")]

use std::process::Command;

use verdigris_tests::stack::{Stack, root};

/// More than what is measured at a time, so that there is something to scroll to.
const TOKENS: u64 = 240;

fn main() {
    let stack = Stack::start(&["--size=192", "--level=attested", "--no-watch"]);
    stack.mint(TOKENS);
    for token in 1..=TOKENS {
        stack.fulfilled(token);
    }
    let mut browser = Command::new("node");
    let status = browser.current_dir(root()).args(["bench/page/gallery.mjs", stack.url("page")]).status().unwrap();
    assert!(status.success(), "the browser's measurement ended with {status}");
}
