//! `verdigris mint`: mints a token.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use verdigris_core::abi::IInferenceHub::Status;
use verdigris_core::abi::{IInferenceHub, ISeedArt};

use crate::error::CliError;
use crate::place::{Found, Place};
use crate::stack::accounts;

/// How long a token may take from its mint to its picture, besides the time for challenges.
const FULFILLED_WITHIN: Duration = Duration::from_secs(90);

/// Mints the next token of a collection.
#[derive(clap::Args)]
pub struct Mint {
    #[command(flatten)]
    place: Place,
    /// Who gets the token [default: the minter]
    #[arg(long)]
    to: Option<Address>,
    /// Private key of the minter, hex [default: a funded account of the local chain]
    #[arg(long, env = "VERDIGRIS_MINTER_KEY", hide_env_values = true)]
    key: Option<PrivateKeySigner>,
    /// How many tokens
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    /// Wait until each token's picture is final
    #[arg(long)]
    wait: bool,
}

impl Mint {
    /// Mints, and prints the tokens' numbers.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.find()?;
        let minter = self.key.unwrap_or_else(accounts::minter);
        for _ in 0..self.count {
            let (token, transaction) = mint(&place, &minter, self.to.unwrap_or(minter.address())).await?;
            println!("token {token} (transaction {transaction})");
            if self.wait {
                wait(&place, token, |stage| matches!(stage, ISeedArt::Stage::Fulfilled)).await?;
                println!("its picture is drawn, pinned and final");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Mints one token at the collection's price; gives its number and the transaction.
pub async fn mint(place: &Found, minter: &PrivateKeySigner, to: Address) -> Result<(U256, B256), CliError> {
    let price = place.chain.read(place.art, &ISeedArt::priceCall {}).await?;
    let call = ISeedArt::mintCall { to }.abi_encode().into();
    let mined = place.chain.send(minter, TxKind::Call(place.art), call, price).await?;
    let minted = mined.logs.iter().find_map(|log| ISeedArt::SeedRequested::decode_log(&log.inner).ok());
    let minted = minted
        .ok_or_else(|| CliError::malformed(format!("receipt of {}", mined.transaction_hash), "no SeedRequested"))?;
    Ok((minted.tokenId, mined.transaction_hash))
}

/// Waits until a token has come to a stage.
pub async fn wait(place: &Found, token: U256, there: impl Fn(ISeedArt::Stage) -> bool) -> Result<(), CliError> {
    until(&format!("this stage of token {token}"), patience(place).await?, async || {
        Ok(there(place.chain.read(place.art, &ISeedArt::tokenOfCall { tokenId: token }).await?.stage))
    })
    .await
}

/// Waits until an answer to a token's request is there, be it that it can still be challenged.
pub async fn wait_answered(place: &Found, token: U256) -> Result<(), CliError> {
    let hub = place.hub().await?;
    let request = place.chain.read(place.art, &ISeedArt::tokenOfCall { tokenId: token }).await?.requestId;
    until(&format!("an answer for token {token}"), patience(place).await?, async || {
        let status = place.chain.read(hub, &IInferenceHub::requestOfCall { requestId: request }).await?.status;
        Ok(matches!(status, Status::Proposed | Status::Answered))
    })
    .await
}

/// How long an answer may take until it is final.
pub async fn patience(place: &Found) -> Result<Duration, CliError> {
    let model = place.chain.read(place.art, &ISeedArt::modelIdCall {}).await?;
    let terms = place.chain.read(place.hub().await?, &IInferenceHub::optimisticOfCall { modelId: model }).await?;
    Ok(FULFILLED_WITHIN + Duration::from_secs(terms.window))
}

/// Waits until something holds.
pub async fn until(
    what: &str,
    within: Duration,
    holds: impl AsyncFn() -> Result<bool, CliError>,
) -> Result<(), CliError> {
    let start = Instant::now();
    while start.elapsed() < within {
        if holds().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(CliError::TimedOut { what: what.to_owned(), seconds: within.as_secs() })
}
