//! `cargo xtask fuzz`: arbitrary bytes for everything that reads bytes from outside, for as long as wanted.
//!
//! Needs cargo-fuzz (`cargo install cargo-fuzz --version 0.13.2 --locked`) and a C++ compiler. No sanitizer is used, since
//! those need a nightly compiler; what is looked for are panics, endless loops and memory without bound.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{build_folder, root};
use crate::step::{Outcome, cargo, run, step};

/// Seconds that a target is run for, unless said otherwise.
const SECONDS: u64 = 1800;

/// Longest input, in bytes.
const MAX_LEN: &str = "-max_len=65536";

/// Runs each target, or those named, for half an hour or so many seconds. What is found lies in `fuzz/artifacts`.
pub fn fuzz(arguments: &[String]) -> Outcome {
    let (seconds, names) = match arguments.split_first() {
        Some((first, rest)) if first.bytes().all(|byte| byte.is_ascii_digit()) => {
            (first.parse().map_err(|_| format!("{first} seconds are too many"))?, rest)
        }
        _ => (SECONDS, arguments),
    };
    if !Command::new("cargo-fuzz").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Err("cargo-fuzz is missing: `cargo install cargo-fuzz --version 0.13.2 --locked`".into());
    }
    let targets = targets()?;
    if let Some(unknown) = names.iter().find(|name| !targets.contains(name)) {
        return Err(format!("no fuzz target is called `{unknown}`: {}", targets.join(" ")));
    }
    for target in targets.iter().filter(|target| names.is_empty() || names.contains(target)) {
        step(&format!("fuzzing {target} for {seconds} s"), || run_target(target, seconds))?;
    }
    Ok(())
}

/// Targets are named as the folders of their kept inputs.
fn targets() -> Result<Vec<String>, String> {
    let corpus = root().join("fuzz/corpus");
    let entries = fs::read_dir(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// Begins with the kept inputs; what is found on the way is kept in the build folder.
fn run_target(target: &str, seconds: u64) -> Outcome {
    let found: PathBuf = build_folder().join("fuzz").join(target);
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut fuzz = cargo(&["fuzz", "run", "--sanitizer=none", "--features=libfuzzer", target]);
    fuzz.arg(&found).arg(Path::new("fuzz/corpus").join(target));
    fuzz.args(["--", MAX_LEN, "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    run(fuzz.arg(format!("-max_total_time={seconds}")))
}
