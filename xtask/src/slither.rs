//! Slither, the static analyser of the contracts: no finding of high or medium severity may stay unexplained.
//!
//! What is explained is explained where it stands, by a comment above `slither-disable-next-line`; what would be
//! explained in the same words everywhere is in [`EXPLAINED`].

use crate::place::{foundry_program, root};
use crate::python;
use crate::step::{Outcome, program, run};

/// Detectors whose every finding has the same explanation.
const EXPLAINED: [&str; 4] = [
    // Whole tiles, words and shares: what the division loses is meant to be lost.
    "divide-before-multiply",
    // Times and counters that a contract has set itself are compared, never a balance that others can move.
    "incorrect-equality",
    // Solidity sets a local variable to zero, and forge's formatter and linter prefer that to writing it.
    "uninitialized-local",
    // A tuple's value that is left out in the text is left out on purpose; solc warns of any other.
    "unused-return",
];

/// Analyses the contracts.
pub fn slither() -> Outcome {
    let installed = python::environment("slither", "contracts/tools/slither.txt")?;
    let forge = foundry_program("forge");
    let tools = forge.parent().unwrap_or(&forge);
    let path = std::env::var("PATH").unwrap_or_default();
    // A folder of its own: it compiles with other outputs than `forge build`.
    let out = "cache/slither/out";
    let mut slither = program(installed.join("bin/slither"), &[".", "--foundry-out-directory", out, "--fail-medium"]);
    slither
        .args(["--exclude-informational", "--exclude-low", "--exclude-optimization"])
        .args(["--filter-paths", "node_modules|test/", "--exclude", &EXPLAINED.join(",")])
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("FOUNDRY_OUT", out)
        .env("FOUNDRY_CACHE_PATH", "cache/slither/cache")
        .current_dir(root().join("contracts"));
    run(&mut slither)
}
