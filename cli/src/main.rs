//! `verdigris`: the local stack, and what one does with tokens and models.

mod abi;
mod amount;
mod chain;
mod challenge;
mod commands;
mod error;
mod http;
mod level;
mod model;
mod papers;
mod place;
mod stack;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{
    certify, challenge as challenge_answers, deploy, evolve, mint, pull_model, raise, register, render, sign_model, up,
    verify as verify_token, verify_model, withdraw,
};

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
    /// Put registry, executor, hub and collection on a chain
    Deploy(Box<deploy::Deploy>),
    /// Mint a token
    Mint(mint::Mint),
    /// Take a token to its next epoch
    Evolve(evolve::Evolve),
    /// Draw the picture of a seed
    Render(render::Render),
    /// Check a token: read the chain, draw again, compare
    Verify(verify_token::Verify),
    /// Check bonded answers: run the model again, and prove wrong ones wrong on chain
    Challenge(challenge_answers::Challenge),
    /// Pay for evidence of a higher assurance level for a token's picture
    Raise(raise::Raise),
    /// Have what the hub owes paid out: rewards, fees, refunds
    Withdraw(withdraw::Withdraw),
    /// Register any model on a chain, and have it certified
    Register(Box<register::Register>),
    /// Read a model back from the chain
    PullModel(pull_model::PullModel),
    /// Make a trained model's papers, and sign them
    SignModel(sign_model::SignModel),
    /// Check a model's papers: files, signatures, data, code, and the chain
    VerifyModel(verify_model::VerifyModel),
    /// Turn an ONNX file into a proved exact network
    Certify(certify::Certify),
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // Not the stack: it must end its children first.
    if !matches!(command, Command::Up(_)) {
        sigpipe::reset();
    }
    let outcome = match command {
        Command::Up(up) => up.run().await,
        Command::Deploy(deploy) => deploy.run().await,
        Command::Mint(mint) => mint.run().await,
        Command::Evolve(evolve) => evolve.run().await,
        Command::Render(render) => render.run(),
        Command::Verify(verify) => verify.run().await,
        Command::Challenge(challenge) => challenge.run().await,
        Command::Raise(raise) => raise.run().await,
        Command::Withdraw(withdraw) => withdraw.run().await,
        Command::Register(register) => register.run().await,
        Command::PullModel(pull_model) => pull_model.run().await,
        Command::SignModel(sign_model) => sign_model.run(),
        Command::VerifyModel(verify_model) => verify_model.run().await,
        Command::Certify(certify) => certify.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // Line by line, since it may hold words of a stranger's.
            let error = error.to_string();
            let lines: Vec<_> = error.lines().map(verdigris_provenance::escaped).collect();
            eprintln!("error: {}", lines.join("\n"));
            ExitCode::FAILURE
        }
    }
}
