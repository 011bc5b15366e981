//! `verdigris`: the local stack, and what one does with tokens and models.

mod chain;
mod commands;
mod error;
mod http;
mod place;
mod stack;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{certify, deploy, mint, render, up, verify as verify_token};

/// Verifiable AI for smart contracts.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything on this machine: chain, contracts, functions, content store, page
    Up(up::Up),
    /// Put registry, hub and collection on a chain
    Deploy(deploy::Deploy),
    /// Mint a token
    Mint(mint::Mint),
    /// Draw the picture of a seed
    Render(render::Render),
    /// Check a token: read the chain, draw again, compare
    Verify(verify_token::Verify),
    /// Turn an ONNX file into a proved exact network
    Certify(certify::Certify),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Up(up) => up.run().await,
        Command::Deploy(deploy) => deploy.run().await,
        Command::Mint(mint) => mint.run().await,
        Command::Render(render) => render.run(),
        Command::Verify(verify) => verify.run().await,
        Command::Certify(certify) => certify.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
