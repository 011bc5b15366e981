//! What things cost inside the chain, beside what others publish.

use std::fs;

use serde_json::{Map, Value};

use crate::build::{forge, vectors};
use crate::place::root;
use crate::step::run;

/// The figures for `bench.json`: by their names there and in the snapshot, and what the snapshot's number is divided by
/// (forge writes whole numbers only).
const FIGURES: [(&str, &str, u32); 4] = [
    ("evm_gas_pixel_5x32", "pixel, 5 layers of 32", 1),
    ("evm_gas_per_mac_64", "thousand multiply-adds at width 64", 1000),
    ("evm_thumbnail_32_gas", "thumbnail, 32x32", 1),
    ("evm_vs_plain_solidity", "plain Solidity over executor", 1),
];

/// Runs the contracts' tests, prints all that they measure, and gives the executor's figures.
pub fn measure() -> Result<Map<String, Value>, String> {
    vectors()?;
    run(&mut forge(&["test", "--quiet"]))?;
    for name in snapshots()? {
        println!("{name}");
        for (step, gas) in snapshot(&name)? {
            println!("  {step:<52} {:>12}", gas.as_str().unwrap_or_default());
        }
    }
    let executor = snapshot("Executor")?;
    FIGURES
        .iter()
        .map(|(figure, step, unit)| {
            let gas = executor.get(*step).and_then(Value::as_str).and_then(|gas| gas.parse::<u32>().ok());
            let gas = gas.ok_or_else(|| format!("contracts/snapshots/Executor.json has no figure `{step}`"))?;
            let value = if *unit == 1 { gas.into() } else { (f64::from(gas) / f64::from(*unit)).into() };
            Ok(((*figure).to_owned(), value))
        })
        .collect()
}

/// The names of all snapshots, in order.
fn snapshots() -> Result<Vec<String>, String> {
    let folder = root().join("contracts/snapshots");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let name = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".json").map(str::to_owned);
    let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
    names.sort();
    Ok(names)
}

/// What forge wrote down.
fn snapshot(name: &str) -> Result<Map<String, Value>, String> {
    let file = root().join(format!("contracts/snapshots/{name}.json"));
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| say(&error))?;
    serde_json::from_str(&text).map_err(|error| say(&error))
}
