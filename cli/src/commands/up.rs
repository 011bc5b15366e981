//! `verdigris up`: the whole system on this machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use alloy_primitives::{B256, U256};
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};
use verdigris_core::abi::ISeedArt;

use super::mint::mint;
use crate::error::CliError;
use crate::stack::{Options, Stack, accounts};
use crate::verify::verify;

/// How long a token may take from its mint to its attested picture.
const FULFILLED_WITHIN: Duration = Duration::from_secs(90);

/// Starts the local stack, and ends it at Ctrl-C.
#[derive(clap::Args)]
pub struct Up {
    /// Mint one token, verify it, print what happened as one line of JSON, and end
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    options: Options,
}

impl Up {
    /// Runs until told to stop, or until a part breaks.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let start = Instant::now();
        let mut stop = Stop::listen()?;
        let starting = Stack::start(&self.options, |line| eprintln!("  {line}"));
        let mut stack = tokio::select! {
            stack = starting => stack?,
            () = stop.asked() => return Ok(ExitCode::SUCCESS),
        };
        eprintln!("✓ running ({:.1} s)", start.elapsed().as_secs_f64());
        let code = if self.once {
            tokio::select! {
                code = once(&stack, start) => code,
                () = stop.asked() => ExitCode::FAILURE,
            }
        } else {
            eprintln!("  `verdigris mint` mints a token; Ctrl-C ends everything");
            tokio::select! {
                how = stack.broken() => { eprintln!("error: {how}"); ExitCode::FAILURE }
                () = stop.asked() => ExitCode::SUCCESS,
            }
        };
        stack.stop().await;
        Ok(code)
    }
}

/// Ctrl-C, or a polite request to end.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(|error| CliError::Stack(format!("signals: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// One token's whole life; prints it as one line of JSON.
async fn once(stack: &Stack, start: Instant) -> ExitCode {
    let mut life = Map::new();
    let mut times = Map::from_iter([("up".to_owned(), json!(start.elapsed().as_millis()))]);
    let outcome = live(stack, &mut life, &mut times).await;
    life.insert("ms".into(), times.into());
    if let Err((stage, error)) = &outcome {
        eprintln!("error: {stage}: {error}");
        life.insert("failed".into(), json!(stage));
        life.insert("error".into(), json!(error.to_string()));
    }
    println!("{}", Value::from(life));
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn live(
    stack: &Stack,
    life: &mut Map<String, Value>,
    times: &mut Map<String, Value>,
) -> Result<(), (&'static str, CliError)> {
    let place = stack.place();
    let minter = accounts::minter();
    let mut lap = Instant::now();
    let mut record = |stage: &str| {
        times.insert(stage.to_owned(), json!(lap.elapsed().as_millis()));
        lap = Instant::now();
    };
    let (token, transaction) = mint(&place, &minter, minter.address()).await.map_err(|error| ("mint", error))?;
    record("mint");
    life.insert("token".into(), json!(token.to_string()));
    life.insert("tx".into(), json!(transaction));
    wait(stack, token, |stage| !matches!(stage, ISeedArt::Stage::Minted)).await.map_err(|error| ("draw", error))?;
    record("draw");
    wait(stack, token, |stage| matches!(stage, ISeedArt::Stage::Fulfilled)).await.map_err(|error| ("fulfil", error))?;
    record("fulfil");
    let verdict = verify(&place, token).await.map_err(|error| ("verify", error))?;
    record("verify");
    life.insert("imageCid".into(), json!(verdict.image_cid));
    life.insert("metadataCid".into(), json!(verdict.metadata_cid));
    life.insert("pixelRoot".into(), json!(verdict.pixel_root));
    life.insert("recomputedPixelRoot".into(), json!(verdict.recomputed_pixel_root));
    life.insert("verified".into(), json!(verdict.verified()));
    match verdict.checks.iter().find(|check| !check.holds) {
        None => Ok(()),
        Some(check) => Err(("verify", CliError::malformed(check.claim, &check.detail))),
    }
}

/// Waits until the token has come to a stage.
async fn wait(stack: &Stack, token: U256, there: impl Fn(ISeedArt::Stage) -> bool) -> Result<B256, CliError> {
    let (place, start) = (stack.place(), Instant::now());
    while start.elapsed() < FULFILLED_WITHIN {
        let state = place.chain.read(place.art, &ISeedArt::tokenOfCall { tokenId: token }).await?;
        if there(state.stage) {
            return Ok(state.requestId);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(CliError::TimedOut { what: format!("this stage of token {token}"), seconds: FULFILLED_WITHIN.as_secs() })
}
