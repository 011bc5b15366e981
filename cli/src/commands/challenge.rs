//! `verdigris challenge`: checks bonded answers, and proves wrong ones wrong on chain.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256};
use alloy_signer_local::PrivateKeySigner;
use verdigris_core::abi::IInferenceHub;
use verdigris_provenance::escaped;

use crate::challenge::{Proposal, Watch, Watcher, watch};
use crate::error::CliError;
use crate::place::Site;
use crate::stack::accounts;

/// Runs a bonded answer's model again; if the answer is wrong, shows the contract where, and earns half of its bond.
#[derive(clap::Args)]
pub struct Challenge {
    /// The request whose answer is checked
    #[arg(required_unless_present = "watch")]
    request_id: Option<B256>,
    /// Go on for ever: check every bonded answer, challenge every wrong one
    #[arg(long, conflicts_with = "request_id")]
    watch: bool,
    /// Only look: send nothing
    #[arg(long)]
    dry_run: bool,
    /// Private key of the challenger, hex [default: a funded account of the local chain]
    #[arg(long, env = "VERDIGRIS_WATCHER_KEY", hide_env_values = true)]
    key: Option<PrivateKeySigner>,
    /// Address of the hub [default: the running local stack's]
    #[arg(long)]
    hub: Option<Address>,
    /// The first block to look at [default: the chain's first]
    #[arg(long, default_value_t = 0)]
    from_block: u64,
    /// How many blocks the node searches for logs at once
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    log_span: u64,
    /// Milliseconds from one look at the chain to the next
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    poll_ms: u64,
    #[command(flatten)]
    site: Site,
}

impl Challenge {
    /// Exits 0 if nothing is wrong with the answer, 2 if something is (also if it was struck down).
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let hub = self.site.or_stack("--hub", self.hub, |stack| stack.hub)?;
        let key = (!self.dry_run).then(|| self.key.unwrap_or_else(accounts::challenger));
        let watcher = Watcher::new(Watch {
            chain: self.site.chain()?,
            hub,
            gateways: self.site.gateways()?,
            key,
            first_block: self.from_block,
            span: self.log_span,
        });
        match self.request_id {
            Some(request_id) => once(&watcher, request_id).await,
            None => {
                println!("watching hub {hub} from block {} on", self.from_block);
                watch(Arc::new(watcher), Duration::from_millis(self.poll_ms)).await;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

async fn once(watcher: &Watcher, request_id: B256) -> Result<ExitCode, CliError> {
    let proposal = Proposal::of_request(watcher, request_id).await?;
    let Some(proposal) = proposal else {
        let call = IInferenceHub::requestOfCall { requestId: request_id };
        let status = watcher.chain.read(watcher.hub, &call).await?.status;
        return Err(CliError::Argument(format!(
            "no answer to request {request_id} was bonded; its status is {status:?}"
        )));
    };
    let outcome = watcher.examine(&proposal).await?;
    println!("request {request_id}: {}", escaped(&outcome.to_string()));
    Ok(if outcome.is_fine() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
