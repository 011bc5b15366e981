//! `verdigris mint`: mints a token.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use verdigris_core::abi::ISeedArt;

use crate::error::CliError;
use crate::place::{Found, Place};
use crate::stack::accounts;

/// How long a token may take from its mint to its attested picture.
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
    /// Wait until each token has its attested picture
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
                println!("its picture is drawn, pinned and attested");
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
    let start = Instant::now();
    while start.elapsed() < FULFILLED_WITHIN {
        let state = place.chain.read(place.art, &ISeedArt::tokenOfCall { tokenId: token }).await?;
        if there(state.stage) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(CliError::TimedOut { what: format!("this stage of token {token}"), seconds: FULFILLED_WITHIN.as_secs() })
}
