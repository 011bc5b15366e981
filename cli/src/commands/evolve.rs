//! `verdigris evolve`: takes a token to its next epoch.

use std::process::ExitCode;

use alloy_primitives::{TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use verdigris_core::abi::IInferenceHub::{self, Assurance};
use verdigris_core::abi::ISeedArt;

use super::mint::wait;
use crate::amount;
use crate::error::CliError;
use crate::place::Place;
use crate::stack::accounts;

/// Takes a token to its next epoch: its latents turn on, and the picture that descends from the present one is asked for.
#[derive(clap::Args)]
pub struct Evolve {
    /// The token's number
    token: U256,
    /// Private key of the token's owner, hex [default: a funded account of the local chain]
    #[arg(long, env = "VERDIGRIS_MINTER_KEY", hide_env_values = true)]
    key: Option<PrivateKeySigner>,
    /// Wait until the new picture is final
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    place: Place,
}

impl Evolve {
    /// Sends the hub's fee along, and prints the epoch.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let place = self.place.find()?;
        let chain = &place.chain;
        let model = chain.read(place.art, &ISeedArt::modelIdCall {}).await?;
        let level = Assurance::try_from(chain.read(place.art, &ISeedArt::assuranceCall {}).await?)
            .map_err(|error| CliError::malformed("the collection's level", error))?;
        let fee = chain.read(place.hub().await?, &IInferenceHub::feeOfCall { modelId: model, level }).await?;
        let evolve = ISeedArt::evolveCall { tokenId: self.token }.abi_encode().into();
        let key = self.key.unwrap_or_else(accounts::minter);
        let mined = chain.send(&key, TxKind::Call(place.art), evolve, fee).await?;
        let epoch = chain.read(place.art, &ISeedArt::epochOfCall { tokenId: self.token }).await?;
        let (token, paid) = (self.token, amount::ether(fee));
        println!("token {token} is at epoch {epoch}, for {paid} (transaction {})", mined.transaction_hash);
        if self.wait {
            wait(&place, token, |stage| matches!(stage, ISeedArt::Stage::Fulfilled)).await?;
            println!("its picture is drawn, pinned and final");
        }
        Ok(ExitCode::SUCCESS)
    }
}
