//! The honest watcher beside the functions: it runs every bonded answer again, and challenges wrong ones.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::accounts;
use super::child::{Child, Kept};
use super::deploy::Deployment;
use crate::error::CliError;

/// Starts `verdigris challenge --watch` as a program of its own, which is started again if it ends. What it says is in
/// `watcher.log`.
pub fn keep(deployment: &Deployment, rpc_url: &str, gateway: &str, logs: &Path) -> Result<Kept, CliError> {
    let program = std::env::current_exe().map_err(CliError::file("verdigris"))?;
    let flags = [
        ("--rpc-url", rpc_url.to_owned()),
        ("--gateway", gateway.to_owned()),
        ("--hub", deployment.hub.to_string()),
        ("--from-block", deployment.start_block.to_string()),
        ("--poll-ms", "200".to_owned()),
    ];
    let again = {
        let logs: PathBuf = logs.to_owned();
        move || {
            let mut command = Command::new(&program);
            command.args(["challenge", "--watch"]);
            for (flag, value) in &flags {
                command.arg(flag).arg(value);
            }
            command.env("VERDIGRIS_WATCHER_KEY", hex::encode(accounts::challenger().to_bytes()));
            Child::start_logged("watcher", &mut command, &logs)
                .map_err(|error| CliError::Stack(format!("watcher: {error}")))
        }
    };
    Ok(Kept::new(again()?, move || std::future::ready(again())))
}
