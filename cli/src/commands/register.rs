//! `verdigris register`: puts any model on any EVM chain.

use std::process::ExitCode;

use alloy_primitives::Address;
use alloy_signer_local::PrivateKeySigner;
use serde_json::json;
use verdigris_core::abi::IModelRegistry::Task;

use crate::chain::Chain;
use crate::error::CliError;
use crate::stack::register::{Desk, ModelFiles};

/// Registers a model, has it certified, and prints its id as JSON. What is on the chain already is not sent again.
#[derive(clap::Args)]
pub struct Register {
    /// JSON-RPC of the chain
    #[arg(long)]
    rpc_url: String,
    /// Private key of the publisher, hex
    #[arg(long, env = "VERDIGRIS_DEPLOYER_KEY", hide_env_values = true)]
    key: PrivateKeySigner,
    /// Address of the registry
    #[arg(long)]
    registry: Address,
    /// Address of the executor, which certifies the model to run it inside the chain
    #[arg(long)]
    executor: Address,
    /// What the model does with its input
    #[arg(long, value_enum)]
    task: Kind,
    #[command(flatten)]
    model: ModelFiles,
}

/// What a model does with its input.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Numbers in, numbers out
    Tensor,
    /// A blueprint in, a picture out
    Picture,
}

impl Register {
    /// Registers.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let task = match self.task {
            Kind::Tensor => Task::Tensor,
            Kind::Picture => Task::Picture,
        };
        let version = self.model.read(task)?;
        let desk = Desk {
            chain: &Chain::at(&self.rpc_url),
            publisher: &self.key,
            registry: self.registry,
            executor: self.executor,
            say: &|line| eprintln!("  {line}"),
        };
        let id = desk.register(&version).await?;
        println!("{:#}", json!({ "modelId": id, "manifestUri": version.manifest_uri() }));
        Ok(ExitCode::SUCCESS)
    }
}
