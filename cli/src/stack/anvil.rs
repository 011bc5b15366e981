//! The local chain: anvil, from npm.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::process::Command;

use super::child::Child;
use crate::chain::Chain;
use crate::error::CliError;

/// How long anvil may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// Gas in a block, and so what a node gives to a call that names none: enough to draw a thumbnail in the contract.
const BLOCK_GAS: &str = "60000000";

/// Starts anvil on `port` of this machine. It mines every transaction at once until `tick` is called.
pub async fn start(root: &Path, port: u16, logs: &Path) -> Result<(Child, Chain, String), CliError> {
    let mut command = Command::new(program(root)?);
    command.args(["--host", "127.0.0.1", "--quiet", "--gas-limit", BLOCK_GAS, "--port"]);
    command.arg(port.to_string()).stdout(Stdio::null());
    let mut anvil =
        Child::start("anvil", &mut command, logs).map_err(|error| CliError::Stack(format!("anvil: {error}")))?;
    let url = format!("http://127.0.0.1:{port}");
    let chain = Chain::at(&url);
    let start = Instant::now();
    while chain.block_number().await.is_err() {
        tokio::select! {
            how = anvil.ended() => return Err(CliError::Stack(format!("{how}; its log is {}", logs.join("anvil.log").display()))),
            () = tokio::time::sleep(Duration::from_millis(30)) => {}
        }
        if start.elapsed() > READY_WITHIN {
            anvil.stop().await;
            return Err(CliError::TimedOut {
                what: format!("an answer of anvil at {url}"),
                seconds: READY_WITHIN.as_secs(),
            });
        }
    }
    Ok((anvil, chain, url))
}

/// From now on a block every `milliseconds`, as on a real chain.
pub async fn tick(chain: &Chain, milliseconds: u64) -> Result<(), CliError> {
    let _: Value = chain.call("evm_setAutomine", json!([false])).await?;
    let seconds = milliseconds.div_ceil(1000).max(1);
    let _: Value = chain.call("evm_setIntervalMining", json!([seconds])).await?;
    Ok(())
}

/// The program itself: npm's `anvil` is a script that starts it, and would outlive or hide it.
fn program(root: &Path) -> Result<PathBuf, CliError> {
    let folder = root.join("node_modules/@foundry-rs");
    let packages = std::fs::read_dir(&folder).map_err(CliError::file(&folder))?;
    packages
        .flatten()
        .map(|package| package.path().join("bin/anvil"))
        .find(|program| program.is_file())
        .ok_or_else(|| CliError::Stack(format!("there is no anvil in {}; run `npm ci`", folder.display())))
}
