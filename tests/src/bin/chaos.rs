//! Mints tokens while everything fails, and says whether each got its picture exactly once: `cargo xtask chaos`.
#![allow(clippy::unwrap_used, reason = "a test: a panic is a failed test")]

use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};
use verdigris_tests::chaos::{Plan, run};
use verdigris_tests::functions::{PLATFORMS, Platform};

const USAGE: &str = "\
chaos [--mints N] [--platform host|worker|both] [--seed S] [--deepest-reorg N] [--nightly]

  --mints N           tokens that there must be in the end [default: 50]
  --platform P        what runs the functions [default: both]
  --seed S            what goes wrong hangs on it [default: drawn from the clock, and printed]
  --deepest-reorg N   most blocks that the chain drops at once [default: 12]; 0: it keeps every block, and then no
                      transaction may fail
  --nightly           1,000 mints, and up to 40 blocks, unless told otherwise
";

/// Mints, and most blocks that the chain drops at once.
const BY_DAY: (u64, u64) = (50, 12);
/// The same in the night; sweep reads the last 64 blocks again.
const BY_NIGHT: (u64, u64) = (1_000, 40);

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Map::new();
    for &platform in &asked.platforms {
        let name = format!("{platform:?}").to_lowercase();
        let Asked { mints, seed, deepest_reorg, .. } = asked;
        let plan = Plan { platform, mints, seed, deepest_reorg };
        eprintln!("• {} mints, the functions on the {name}, seed {}", plan.mints, plan.seed);
        match run(&plan) {
            Ok(figures) => {
                eprintln!("✓ each was answered exactly once: {}", Value::from(figures.clone()));
                report.insert(name, figures.into());
            }
            Err(wrong) => {
                eprintln!("✗ {}", wrong.join("\n✗ "));
                let again = format!("--platform {name} --mints {mints} --seed {seed} --deepest-reorg {deepest_reorg}");
                eprintln!("the same again: cargo xtask chaos {again}");
                return ExitCode::FAILURE;
            }
        }
    }
    report.insert("seed".into(), json!(asked.seed));
    println!("{}", Value::from(report));
    ExitCode::SUCCESS
}

struct Asked {
    platforms: Vec<Platform>,
    mints: u64,
    seed: u64,
    deepest_reorg: u64,
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut platforms = PLATFORMS.to_vec();
    let (mut mints, mut seed, mut deepest) = (None, None, None);
    let mut usual = BY_DAY;
    while let Some(flag) = arguments.next() {
        if flag == "--nightly" {
            usual = BY_NIGHT;
            continue;
        }
        let value = arguments.next().ok_or(format!("{flag} wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag}: {value:?} is no number"));
        match flag.as_str() {
            "--mints" => mints = Some(number()?),
            "--seed" => seed = Some(number()?),
            "--deepest-reorg" => deepest = Some(number()?),
            "--platform" => {
                platforms = match value.as_str() {
                    "host" => vec![Platform::Host],
                    "worker" => vec![Platform::Worker],
                    "both" => PLATFORMS.to_vec(),
                    _ => return Err(format!("no platform is called {value:?}: host, worker or both")),
                }
            }
            _ => return Err(format!("{flag} is unknown")),
        }
    }
    let clock = UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
    let (mints, deepest_reorg) = (mints.unwrap_or(usual.0), deepest.unwrap_or(usual.1));
    Ok(Asked { platforms, mints, seed: seed.unwrap_or(clock), deepest_reorg })
}
