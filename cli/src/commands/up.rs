//! `verdigris up`: the whole system on this machine.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};
use verdigris_core::abi::ISeedArt;

use super::mint::{mint, wait, wait_answered};
use crate::error::CliError;
use crate::stack::{Options, Stack, accounts};
use crate::verify::verify;

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
        let started = tokio::select! {
            stack = Stack::start(&self.options, |line| eprintln!("  {line}")) => stack,
            () = stop.asked() => Err(CliError::Interrupted),
        };
        let mut stack = match started {
            Ok(stack) => stack,
            Err(error) if self.once => return Ok(report(Map::new(), &Err(("up", error)))),
            Err(CliError::Interrupted) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error),
        };
        eprintln!("✓ running ({:.1} s)", start.elapsed().as_secs_f64());
        let code = if self.once {
            once(&stack, start, &mut stop).await
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

/// Ctrl-C, a polite request to end, or the terminal that closed.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(|error| CliError::Stack(format!("signals: {error}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// One token's whole life; prints it as one line of JSON.
async fn once(stack: &Stack, start: Instant, stop: &mut Stop) -> ExitCode {
    let mut life = Map::new();
    let mut times = Map::from_iter([("up".to_owned(), json!(start.elapsed().as_millis()))]);
    let outcome = tokio::select! {
        outcome = live(stack, &mut life, &mut times) => outcome,
        () = stop.asked() => Err(("interrupted", CliError::Interrupted)),
    };
    life.insert("ms".into(), times.into());
    report(life, &outcome)
}

/// Prints what is known of a token's life, with the stage that failed, if one did.
fn report(mut life: Map<String, Value>, outcome: &Result<(), (&'static str, CliError)>) -> ExitCode {
    if let Err((stage, error)) = outcome {
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
    let start = Instant::now();
    let mut record = |stage: &str, since: Instant| {
        times.insert(stage.to_owned(), json!(since.elapsed().as_millis()));
        Instant::now()
    };
    let (token, transaction) = mint(&place, &minter, minter.address()).await.map_err(|error| ("mint", error))?;
    let minted = record("mint", start);
    life.insert("token".into(), json!(token.to_string()));
    life.insert("tx".into(), json!(transaction));
    wait(&place, token, |stage| !matches!(stage, ISeedArt::Stage::Minted)).await.map_err(|error| ("draw", error))?;
    let drawn = record("draw", minted);
    wait_answered(&place, token).await.map_err(|error| ("propose", error))?;
    let answered = record("propose", drawn);
    wait(&place, token, |stage| matches!(stage, ISeedArt::Stage::Fulfilled))
        .await
        .map_err(|error| ("finalise", error))?;
    record("finalise", answered);
    let fulfilled = record("fulfil", drawn);
    let verdict = verify(&place, &stack.endpoints.gateway, token).await.map_err(|error| ("verify", error))?;
    record("verify", fulfilled);
    life.insert("imageCid".into(), json!(verdict.image_cid));
    life.insert("metadataCid".into(), json!(verdict.metadata_cid));
    life.insert("pixelRoot".into(), json!(verdict.pixel_root));
    life.insert("recomputedPixelRoot".into(), json!(verdict.recomputed_pixel_root));
    life.insert("level".into(), json!(verdict.standing.held.name()));
    life.insert("verified".into(), json!(verdict.verified()));
    match verdict.checks.iter().find(|check| !check.holds) {
        None => Ok(()),
        Some(check) => Err(("verify", CliError::malformed(check.claim, &check.detail))),
    }
}
