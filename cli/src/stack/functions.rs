//! The functions in the host: their settings, their start, and the timer that calls `sweep`.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::accounts;
use super::child::{Child, Kept};
use super::deploy::Deployment;
use crate::error::CliError;
use crate::http;

/// How long the host may take to compile the components, the first time.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Secrets that the stack shares with its functions, drawn anew at every start.
#[derive(Clone)]
pub struct Secrets {
    /// Signs webhooks.
    pub alchemy_signing_key: String,
    /// Bearer token for `/sweep`.
    pub sweep_token: String,
}

impl Secrets {
    /// Draws those that aren't given.
    pub fn draw(signing_key: Option<String>, sweep_token: Option<String>) -> Result<Self, CliError> {
        let given_or_drawn = |given: Option<String>| given.map_or_else(secret, Ok);
        Ok(Self { alchemy_signing_key: given_or_drawn(signing_key)?, sweep_token: given_or_drawn(sweep_token)? })
    }
}

fn secret() -> Result<String, CliError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Stack(format!("no random numbers: {error}")))?;
    Ok(hex::encode(bytes))
}

/// What the functions are told.
pub struct Settings {
    /// The checkout.
    pub root: PathBuf,
    /// Where the host keeps its key-value store, its log and its process id.
    pub state_dir: PathBuf,
    /// Where the functions listen.
    pub port: u16,
    /// The chain's node.
    pub rpc_url: String,
    /// Kubo's RPC.
    pub kubo_url: String,
    /// The contracts.
    pub deployment: Deployment,
    /// Whose requests are answered, besides the collection's.
    pub consumers: Vec<Address>,
    /// The most that is paid for one picture.
    pub max_fee: U256,
    /// Shared secrets.
    pub secrets: Secrets,
}

/// Where the host listens.
#[derive(Deserialize)]
pub struct Addresses {
    /// The functions.
    #[serde(rename = "listening")]
    pub functions: String,
    /// Prometheus metrics; of functions that others run, nothing is known.
    pub metrics: Option<String>,
}

/// Starts the host and waits until it listens. It is started again if it ends: the functions hold no state that could be
/// lost by that.
pub async fn keep(settings: Settings) -> Result<(Kept, Addresses), CliError> {
    let (host, addresses) = start(&settings).await?;
    let settings = Arc::new(settings);
    let again = move || {
        let settings = Arc::clone(&settings);
        async move { start(&settings).await.map(|(host, _)| host) }
    };
    Ok((Kept::new(host, again), addresses))
}

async fn start(settings: &Settings) -> Result<(Child, Addresses), CliError> {
    let mut host = Child::start("functions", command(settings).stdout(Stdio::piped()), &settings.state_dir)
        .map_err(|error| CliError::Stack(format!("{}: {error}", program().display())))?;
    let log = settings.state_dir.join("functions.log");
    let stdout = host.stdout().ok_or_else(|| CliError::Stack("the host has no standard output".into()))?;
    let mut lines = BufReader::new(stdout).lines();
    match tokio::time::timeout(READY_WITHIN, lines.next_line()).await {
        Ok(Ok(Some(line))) => {
            let pid = settings.state_dir.join("functions.pid");
            std::fs::write(&pid, host.id().unwrap_or_default().to_string()).map_err(CliError::file(pid))?;
            let addresses = serde_json::from_str(&line);
            Ok((
                host,
                addresses.map_err(|error| CliError::malformed(format!("the host's first line ({line})"), error))?,
            ))
        }
        Ok(_) => Err(CliError::Stack(format!("{}; its log is {}", host.ended().await, log.display()))),
        Err(_) => {
            host.stop().await;
            let what = format!("start of the functions (log: {})", log.display());
            Err(CliError::TimedOut { what, seconds: READY_WITHIN.as_secs() })
        }
    }
}

/// The host's program: beside this one, unless the environment names another.
fn program() -> PathBuf {
    std::env::var_os("VERDIGRIS_HOST")
        .map_or_else(|| std::env::current_exe().unwrap_or_default().with_file_name("verdigris-host"), PathBuf::from)
}

fn command(settings: &Settings) -> Command {
    let Settings { root, state_dir, port, .. } = settings;
    let mut command = Command::new(program());
    command
        .arg("--manifest")
        .arg(root.join("spin.toml"))
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .arg("--metrics")
        .arg("127.0.0.1:0")
        .arg("--state-dir")
        .arg(state_dir.join("functions"))
        .arg("--cache-dir")
        .arg(root.join(".verdigris/components"));
    command.envs(told(settings).map(|(name, value)| (format!("SPIN_VARIABLE_{name}"), value)));
    command
}

/// What the functions must be told.
fn told(settings: &Settings) -> [(&'static str, String); 12] {
    let Settings { deployment, secrets, .. } = settings;
    let key = |signer: alloy_signer_local::PrivateKeySigner| hex::encode(signer.to_bytes());
    let consumers =
        [deployment.art].iter().chain(&settings.consumers).map(Address::to_string).collect::<Vec<_>>().join(",");
    [
        ("CHAIN_ID", deployment.chain_id.to_string()),
        ("RPC_URL", settings.rpc_url.clone()),
        ("HUB", deployment.hub.to_string()),
        ("CONSUMERS", consumers),
        ("START_BLOCK", deployment.start_block.to_string()),
        ("MAX_FEE_WEI", settings.max_fee.to_string()),
        ("ATTESTATION_KEY", key(accounts::attester())),
        ("SENDER_KEY", key(accounts::sender())),
        ("ALCHEMY_SIGNING_KEY", secrets.alchemy_signing_key.clone()),
        ("SWEEP_TOKEN", secrets.sweep_token.clone()),
        ("PINNERS", "kubo".to_owned()),
        ("KUBO_URL", settings.kubo_url.clone()),
    ]
}

/// Writes down what functions that others run must be told, as `wrangler dev --env-file` reads it; gives the file.
pub fn write_down(settings: &Settings) -> Result<PathBuf, CliError> {
    let path = settings.state_dir.join("dev.vars");
    let lines: String = told(settings).iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect();
    std::fs::write(&path, lines).map_err(CliError::file(&path))?;
    Ok(path)
}

/// Calls `sweep` from a timer; what fails is tried again at the next tick.
pub async fn sweep_every(seconds: u64, url: String, token: String) {
    let mut timer = tokio::time::interval(Duration::from_secs(seconds));
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let authorization = format!("Bearer {token}");
        let _ = http::post(&url, &[("authorization", &authorization)], Vec::new()).await;
    }
}
