//! `verdigris mint`: mints a token.

use std::process::ExitCode;

use alloy_primitives::{Address, B256, TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use verdigris_core::abi::ISeedArt;

use crate::error::CliError;
use crate::place::{Found, Place};
use crate::stack::accounts;

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
}

impl Mint {
    /// Mints, and prints the tokens' numbers.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.find()?;
        let minter = self.key.unwrap_or_else(accounts::minter);
        for _ in 0..self.count {
            let (token, transaction) = mint(&place, &minter, self.to.unwrap_or(minter.address())).await?;
            println!("token {token} (transaction {transaction})");
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
