//! `verdigris deploy`: puts registry, executor, hub and a collection on any EVM chain.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alloy_signer_local::PrivateKeySigner;
use verdigris_core::abi::IModelRegistry::Task;

use crate::chain::Chain;
use crate::error::CliError;
use crate::level::Terms;
use crate::stack::deploy::{Collection, Plan, Standing, deploy};
use crate::stack::register::ModelFiles;
use crate::stack::renderer::{self, Head};

/// Deploys the contracts, and prints where they are as JSON. A deployment that broke off goes on from the contracts that
/// it names.
#[derive(clap::Args)]
pub struct Deploy {
    /// JSON-RPC of the chain
    #[arg(long)]
    rpc_url: String,
    /// Private key of the deployer, hex
    #[arg(long, env = "VERDIGRIS_DEPLOYER_KEY", hide_env_values = true)]
    key: PrivateKeySigner,
    #[command(flatten)]
    model: ModelFiles,
    /// Folder of the compiled contracts
    #[arg(long, default_value = "contracts/out")]
    artifacts: PathBuf,
    /// Folder where the head of the tokens' own pages (`animation_url`) was built, or `none` for tokens without
    #[arg(long, value_name = "FOLDER|none", default_value = renderer::FOLDER)]
    renderer: PathBuf,
    /// Private key of the operator who sends answers and stakes for them, hex [default: the deployer]
    #[arg(long, env = "VERDIGRIS_OPERATOR_KEY", hide_env_values = true)]
    operator_key: Option<PrivateKeySigner>,
    #[command(flatten)]
    collection: Collection,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    standing: Standing,
}

/// Seconds in which an optimistic answer can be challenged, on a chain that is used.
const WINDOW: u64 = 3600;

impl Deploy {
    /// Deploys.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let has_pages = self.renderer != Path::new("none");
        let plan = Plan {
            artifacts: &self.artifacts,
            head: has_pages.then(|| Head::read(&self.renderer)).transpose()?,
            version: self.model.read(Task::Picture)?,
            collection: self.collection,
            window: self.terms.window.unwrap_or(WINDOW),
            terms: self.terms,
            standing: self.standing,
        };
        let operator = self.operator_key.as_ref().unwrap_or(&self.key);
        let say = |line| eprintln!("  {line}");
        let deployment = deploy(&Chain::at(&self.rpc_url), &self.key, operator, &plan, say).await?;
        println!(
            "{}",
            serde_json::to_string_pretty(&deployment).map_err(|error| CliError::malformed("deployment", error))?
        );
        Ok(ExitCode::SUCCESS)
    }
}
