//! `verdigris withdraw`: pays out what the hub owes: rewards of challenges, fees of answers, refunds.

use std::process::ExitCode;

use alloy_primitives::{Address, TxKind, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use verdigris_core::abi::IInferenceHub;

use crate::amount;
use crate::error::CliError;
use crate::place::Site;
use crate::stack::accounts;

/// Pays out what the hub owes an account.
#[derive(clap::Args)]
pub struct Withdraw {
    /// Private key of the account, hex [default: the local chain's challenger]
    #[arg(long, env = "VERDIGRIS_WATCHER_KEY", hide_env_values = true)]
    key: Option<PrivateKeySigner>,
    /// Who is paid [default: the account itself]
    #[arg(long)]
    to: Option<Address>,
    /// Address of the hub [default: the running local stack's]
    #[arg(long)]
    hub: Option<Address>,
    #[command(flatten)]
    site: Site,
}

impl Withdraw {
    /// Withdraws, if there is anything.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let hub = self.site.or_stack("--hub", self.hub, |stack| stack.hub)?;
        let (chain, key) = (self.site.chain()?, self.key.unwrap_or_else(accounts::challenger));
        let account = key.address();
        let claimable = chain.read(hub, &IInferenceHub::claimableByCall { account }).await?;
        if claimable.is_zero() {
            println!("the hub owes {account} nothing");
            return Ok(ExitCode::SUCCESS);
        }
        let to = self.to.unwrap_or(account);
        let call = IInferenceHub::withdrawCall { to }.abi_encode().into();
        let mined = chain.send(&key, TxKind::Call(hub), call, U256::ZERO).await?;
        println!("{} paid to {to} (transaction {})", amount::ether(claimable), mined.transaction_hash);
        Ok(ExitCode::SUCCESS)
    }
}
