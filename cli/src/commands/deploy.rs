//! `verdigris deploy`: puts registry, executor, hub and a collection on any EVM chain.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, B256, keccak256};
use alloy_signer_local::PrivateKeySigner;

use crate::chain::Chain;
use crate::error::CliError;
use crate::level::Terms;
use crate::stack::deploy::{Collection, Plan, Standing, deploy};

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
    /// The network in canonical form
    #[arg(long)]
    model: PathBuf,
    /// The ONNX file that it was certified from, whose hash is registered
    #[arg(long)]
    onnx: Option<PathBuf>,
    /// The key whose receipts count
    #[arg(long)]
    attestation_key: Address,
    /// Where the model's manifest lies
    #[arg(long, default_value = "")]
    manifest_uri: String,
    /// Folder of the compiled contracts
    #[arg(long, default_value = "contracts/out")]
    artifacts: PathBuf,
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
        let canonical_form = std::fs::read(&self.model).map_err(CliError::file(&self.model))?;
        verdigris_model::Network::from_bytes(&canonical_form)
            .map_err(|error| CliError::malformed(self.model.display().to_string(), error))?;
        let onnx_hash = match &self.onnx {
            Some(path) => keccak256(std::fs::read(path).map_err(CliError::file(path))?),
            None => B256::ZERO,
        };
        let plan = Plan {
            artifacts: &self.artifacts,
            canonical_form: &canonical_form,
            onnx_hash,
            attestation_key: self.attestation_key,
            manifest_uri: &self.manifest_uri,
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
