//! `verdigris raise`: asks for evidence of a higher level for a token's picture.

use std::process::ExitCode;
use std::time::Duration;

use alloy_primitives::{TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use verdigris_core::abi::{IInferenceHub, ISeedArt};

use super::mint::{patience, until};
use crate::amount;
use crate::error::CliError;
use crate::level::Level;
use crate::place::Place;
use crate::stack::accounts;
use crate::verify::question;

/// Pays for evidence of a higher assurance level for a token's picture. If none comes in time, the fee can be had back.
#[derive(clap::Args)]
pub struct Raise {
    /// The token's number
    token: U256,
    /// The level that the picture is to have
    #[arg(long, value_enum)]
    level: Level,
    /// Seconds in which the evidence may come
    #[arg(long, default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..=2_592_000))]
    within: u64,
    /// Private key of the payer, hex [default: a funded account of the local chain]
    #[arg(long, env = "VERDIGRIS_MINTER_KEY", hide_env_values = true)]
    key: Option<PrivateKeySigner>,
    /// Wait until the picture has the level
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    place: Place,
}

impl Raise {
    /// Sends the raise with the fee that the hub quotes.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.find()?;
        let hub = place.hub().await?;
        let token = place.chain.read(place.art, &ISeedArt::tokenOfCall { tokenId: self.token }).await?;
        let blueprint = place.chain.read(place.art, &ISeedArt::blueprintCall { tokenId: self.token }).await?;
        let level = self.level.on_chain();
        let quote = IInferenceHub::quoteCall {
            modelId: blueprint.modelId,
            input: question(&place, self.token, &blueprint).await?.into(),
            level,
            callbackGas: 0,
        };
        let fee = place.chain.read(hub, &quote).await?.fee;
        let deadline = place.chain.now().await? + self.within;
        let raise = IInferenceHub::raiseCall { requestId: token.requestId, level, deadline };
        let key = self.key.unwrap_or_else(accounts::minter);
        let mined = place.chain.send(&key, TxKind::Call(hub), raise.abi_encode().into(), fee).await?;
        let (name, paid) = (self.level.name(), amount::ether(fee));
        println!("token {} is to have level {name}, for {paid} (transaction {})", self.token, mined.transaction_hash);
        if self.wait {
            let request = IInferenceHub::levelOfCall { requestId: token.requestId };
            let within = patience(&place).await?.min(Duration::from_secs(self.within));
            until(&format!("level {name} of token {}", self.token), within, async || {
                Ok(Level::from(place.chain.read(hub, &request).await?) >= self.level)
            })
            .await?;
            println!("it has");
        }
        Ok(ExitCode::SUCCESS)
    }
}
