//! What the functions ask of a key-value store.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::collections::BTreeSet;

use verdigris_tests::stack::root;
use wasmparser::{Parser, Payload};

/// Compare-and-swap is not the same everywhere: with Spin's own file store two creators of a key both win. A count is.
#[test]
fn every_claim_rests_on_an_atomic_count_and_no_function_can_even_ask_for_a_compare_and_swap() {
    let mut asked = BTreeSet::new();
    for function in ["intake", "dispatch", "remote", "pin", "callback", "sweep"] {
        let file = root().join(format!("target/wasm32-wasip2/component/verdigris_{function}.wasm"));
        let component = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for payload in Parser::new(0).parse_all(&component) {
            let Payload::ImportSection(imports) = payload.unwrap() else { continue };
            for import in imports.into_imports() {
                let import = import.unwrap();
                if import.module.starts_with("wasi:keyvalue/atomics") {
                    asked.insert(import.name.to_owned());
                }
            }
        }
    }
    assert_eq!(asked, BTreeSet::from(["increment".to_owned()]));
}
