//! Mints tokens while everything fails, and says whether each got its picture exactly once: `cargo xtask chaos`.
#![allow(clippy::unwrap_used, reason = "a test: a panic is a failed test")]

use std::process::ExitCode;

use serde_json::{Map, Value, json};
use verdigris_tests::chaos::{Plan, run};
use verdigris_tests::functions::{PLATFORMS, Platform};

const USAGE: &str = "\
chaos [--mints N] [--platform host|worker|both] [--seed S] [--nightly]

  --mints N      tokens that there must be in the end [default: 50]
  --platform P   what runs the functions [default: both]
  --seed S       what goes wrong hangs on it [default: drawn from the clock, and printed]
  --nightly      1,000 mints, and reorganisations of up to 40 blocks
";

/// Most blocks that the chain drops at once; what is deeper is for the night.
const DEEPEST: u64 = 12;
/// The same in the night; sweep reads the last 64 blocks again.
const DEEPEST_IN_THE_NIGHT: u64 = 40;

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
        let plan = Plan { platform, mints: asked.mints, seed: asked.seed, deepest_reorg: asked.deepest };
        eprintln!("• {} mints, the functions on the {name}, seed {}", plan.mints, plan.seed);
        match run(&plan) {
            Ok(figures) => {
                eprintln!("✓ each was answered exactly once: {}", Value::from(figures.clone()));
                report.insert(name, figures.into());
            }
            Err(wrong) => {
                eprintln!("✗ {}", wrong.join("\n✗ "));
                let again = format!("--platform {name} --mints {} --seed {}", plan.mints, plan.seed);
                eprintln!(
                    "the same again: cargo xtask chaos {again}{}",
                    if asked.is_nightly() { " --nightly" } else { "" }
                );
                return ExitCode::FAILURE;
            }
        }
    }
    report.insert("seed".into(), json!(asked.seed));
    println!("{}", Value::from(report));
    ExitCode::SUCCESS
}

struct Asked {
    mints: u64,
    platforms: Vec<Platform>,
    seed: u64,
    deepest: u64,
}

impl Asked {
    fn is_nightly(&self) -> bool {
        self.deepest == DEEPEST_IN_THE_NIGHT
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let clock = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
    let mut asked = Asked { mints: 0, platforms: PLATFORMS.to_vec(), seed: clock, deepest: DEEPEST };
    while let Some(flag) = arguments.next() {
        if flag == "--nightly" {
            asked.deepest = DEEPEST_IN_THE_NIGHT;
            continue;
        }
        let value = arguments.next().ok_or(format!("{flag} wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag}: {value:?} is no number"));
        match flag.as_str() {
            "--mints" => asked.mints = number()?,
            "--seed" => asked.seed = number()?,
            "--platform" => {
                asked.platforms = match value.as_str() {
                    "host" => vec![Platform::Host],
                    "worker" => vec![Platform::Worker],
                    "both" => PLATFORMS.to_vec(),
                    _ => return Err(format!("no platform is called {value:?}: host, worker or both")),
                }
            }
            _ => return Err(format!("{flag} is unknown")),
        }
    }
    if asked.mints == 0 {
        asked.mints = if asked.is_nightly() { 1_000 } else { 50 };
    }
    Ok(asked)
}
