//! Puts a model and the contracts on a chain: registry, weights, executor, hub, renderer, collection.

use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolValue};
use serde::Serialize;
use verdigris_core::abi::{IInferenceHub, ISeedArt};
use verdigris_model::picture::Stages;

use super::register::{Desk, Version};
use super::renderer::Head;
use crate::amount;
use crate::chain::{Chain, Mined};
use crate::error::CliError;
use crate::level::Terms;

/// What is to be deployed.
pub struct Plan<'a> {
    /// Folder of forge's artefacts (`contracts/out`).
    pub artifacts: &'a Path,
    /// The model.
    pub version: Version,
    /// The collection.
    pub collection: Collection,
    /// The head of its tokens' own pages; without one they have none.
    pub head: Option<Head>,
    /// How its pictures are answered.
    pub terms: Terms,
    /// Seconds in which an optimistic answer can be challenged.
    pub window: u64,
    /// What is there already.
    pub standing: Standing,
}

/// Contracts that an earlier deployment made, to go on from there.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Standing {
    /// A registry that is there already: chunks and models that it has are not stored again
    #[arg(long)]
    pub registry: Option<Address>,
    /// An executor that is there already
    #[arg(long)]
    pub executor: Option<Address>,
    /// A hub that is there already
    #[arg(long)]
    pub hub: Option<Address>,
}

/// What the collection is called and how it is sold.
#[derive(Debug, Clone, clap::Args)]
pub struct Collection {
    /// The collection's name
    #[arg(long, default_value = "Verdigris")]
    pub name: String,
    /// Its symbol
    #[arg(long, default_value = "VDGR")]
    pub symbol: String,
    /// Width and height of the attested pictures, in pixels
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u16).range(8..=4096))]
    pub size: u16,
    /// Versions of the stages that make the pictures: concept.style.composition
    #[arg(long, default_value_t = Stages::NEWEST, value_parser = stages)]
    pub stages: Stages,
    /// Price of a mint
    #[arg(long, default_value = "0", value_parser = crate::amount::parse)]
    pub price: U256,
    /// How many tokens there may be
    #[arg(long, default_value = "10000")]
    pub max_supply: U256,
    /// Royalty, in hundredths of a per cent
    #[arg(long, default_value_t = 500)]
    pub royalty_bps: u16,
}

/// Reads `concept.style.composition`, as `Stages` is shown.
fn stages(text: &str) -> Result<Stages, String> {
    let versions: Option<Vec<u8>> = text.split('.').map(|version| version.parse().ok()).collect();
    match versions.as_deref() {
        Some(&[concept, style, composition]) => {
            Stages::from_number(Stages { concept, style, composition }.number()).map_err(|error| error.to_string())
        }
        _ => Err(format!("three versions with dots between are wanted, such as {}", Stages::NEWEST)),
    }
}

/// Where everything is now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The chain's id.
    pub chain_id: u64,
    /// Address of the `ModelRegistry`.
    pub registry: Address,
    /// Address of the `Executor`, which runs models inside the chain.
    pub executor: Address,
    /// Address of the `InferenceHub`.
    pub hub: Address,
    /// Address of the `Renderer`, which writes the tokens' own pages, if they have any.
    pub renderer: Option<Address>,
    /// Address of the `SeedArt` collection.
    pub art: Address,
    /// The registered model version.
    pub model_id: B256,
    /// The first block that can hold a log of these contracts.
    pub start_block: u64,
}

/// Deploys `plan` from `deployer`, step by step; `say` gets a line for every step, so that a deployment that breaks off
/// can be taken up where it was. Signs the stake with the operator's own key.
pub async fn deploy(
    chain: &Chain,
    deployer: &PrivateKeySigner,
    operator: &PrivateKeySigner,
    plan: &Plan<'_>,
    say: impl Fn(String),
) -> Result<Deployment, CliError> {
    let start_block = chain.block_number().await?;
    let yard = Yard { chain, deployer, artifacts: plan.artifacts, say: &say };
    let registry = yard.contract(plan.standing.registry, "ModelRegistry", "registry", &[]).await?;
    let executor = yard.executor(plan.standing.executor, registry).await?;
    let arguments = (registry, executor).abi_encode();
    let hub = yard.contract(plan.standing.hub, "InferenceHub", "hub", &arguments).await?;

    let desk = Desk { chain, publisher: deployer, registry, executor, say: &say };
    let model_id = desk.register(&plan.version).await?;
    yard.set_terms(hub, model_id, plan).await?;
    let bond = plan.terms.bond;
    stake(chain, operator, hub, plan.terms.stake.unwrap_or(bond * U256::from(10)), &say).await?;

    let renderer = match &plan.head {
        Some(head) => Some(yard.renderer(&desk, head).await?),
        None => None,
    };
    let Collection { name, symbol, size, stages, price, max_supply, royalty_bps } = plan.collection.clone();
    let edition = ISeedArt::Edition {
        name,
        symbol,
        hub,
        modelId: model_id,
        size,
        stages: stages.number(),
        price,
        maxSupply: max_supply,
        royaltyReceiver: deployer.address(),
        royaltyBps: royalty_bps,
        assurance: plan.terms.level as u8,
        renderer: renderer.unwrap_or_default(),
    };
    let art = yard.contract(None, "SeedArt", "collection", &edition.abi_encode()).await?;
    Ok(Deployment { chain_id: chain.chain_id().await?, registry, executor, hub, renderer, art, model_id, start_block })
}

/// Locks an operator's stake up to `wanted`, out of which bonds are taken.
async fn stake(
    chain: &Chain,
    operator: &PrivateKeySigner,
    hub: Address,
    wanted: U256,
    say: &impl Fn(String),
) -> Result<(), CliError> {
    let has = chain.read(hub, &IInferenceHub::stakeOfCall { operator: operator.address() }).await?;
    let missing = wanted.saturating_sub(has.free + has.locked);
    if !missing.is_zero() {
        let call = IInferenceHub::stakeCall {}.abi_encode();
        chain.send(operator, TxKind::Call(hub), call.into(), missing).await?;
    }
    say(format!("stake      {} by {}", amount::ether(wanted), operator.address()));
    Ok(())
}

/// Where contracts are put, and by whom.
struct Yard<'a> {
    chain: &'a Chain,
    deployer: &'a PrivateKeySigner,
    artifacts: &'a Path,
    say: &'a dyn Fn(String),
}

impl Yard<'_> {
    /// The contract that stands already, or a new one.
    async fn contract(
        &self,
        standing: Option<Address>,
        contract: &str,
        role: &str,
        arguments: &[u8],
    ) -> Result<Address, CliError> {
        if let Some(address) = standing {
            if self.chain.code(address).await?.is_empty() {
                return Err(CliError::Argument(format!("there is no contract at {address}, named as --{role}")));
            }
            return Ok(address);
        }
        let code = creation_code(self.artifacts, contract, arguments)?;
        let address = create(self.chain, self.deployer, code).await?;
        (self.say)(format!("{role:<10} {address}"));
        Ok(address)
    }

    /// The executor that stands already, or a new one with all stages that there are.
    async fn executor(&self, standing: Option<Address>, registry: Address) -> Result<Address, CliError> {
        if standing.is_some() {
            return self.contract(standing, "Executor", "executor", &[]).await;
        }
        let style = self.contract(None, "Style", "style", &[]).await?;
        let composition = self.contract(None, "Composition", "composition", &[]).await?;
        let arguments = (registry, vec![style], vec![composition]).abi_encode_params();
        self.contract(None, "Executor", "executor", &arguments).await
    }

    /// What writes the tokens' own pages, with the head in code chunks like a model's weights.
    async fn renderer(&self, desk: &Desk<'_>, head: &Head) -> Result<Address, CliError> {
        let chunks = desk.store("pages", &head.html).await?;
        let arguments = (chunks, keccak256(&head.html), head.wasm_hash).abi_encode_params();
        self.contract(None, "Renderer", "renderer", &arguments).await
    }

    async fn call(&self, contract: Address, call: &impl SolCall) -> Result<(), CliError> {
        self.chain.send(self.deployer, TxKind::Call(contract), call.abi_encode().into(), U256::ZERO).await?;
        Ok(())
    }

    /// What the model's publisher says about bond, window and fee.
    async fn set_terms(&self, hub: Address, model_id: B256, plan: &Plan<'_>) -> Result<(), CliError> {
        let bond = u128::try_from(plan.terms.bond)
            .map_err(|_| CliError::Argument(format!("a bond of {} wei is too much", plan.terms.bond)))?;
        let terms = IInferenceHub::OptimisticTerms { bond, window: plan.window };
        if chain_terms(self.chain, hub, model_id).await? != (bond, plan.window) {
            self.call(hub, &IInferenceHub::setOptimisticCall { modelId: model_id, terms }).await?;
        }
        let level = plan.terms.level.on_chain();
        let fee = self.chain.read(hub, &IInferenceHub::feeOfCall { modelId: model_id, level }).await?;
        if fee != plan.terms.fee {
            self.call(hub, &IInferenceHub::setFeeCall { modelId: model_id, level, fee: plan.terms.fee }).await?;
        }
        Ok(())
    }
}

async fn chain_terms(chain: &Chain, hub: Address, model: B256) -> Result<(u128, u64), CliError> {
    let terms = chain.read(hub, &IInferenceHub::optimisticOfCall { modelId: model }).await?;
    Ok((terms.bond, terms.window))
}

async fn create(chain: &Chain, deployer: &PrivateKeySigner, code: Bytes) -> Result<Address, CliError> {
    let Mined { transaction_hash, contract_address, .. } =
        chain.send(deployer, TxKind::Create, code, U256::ZERO).await?;
    contract_address.ok_or_else(|| CliError::malformed(format!("receipt of {transaction_hash}"), "no contract address"))
}

/// A contract's creation code with its constructor's arguments.
fn creation_code(artifacts: &Path, contract: &str, arguments: &[u8]) -> Result<Bytes, CliError> {
    let path = artifacts.join(format!("{contract}.sol/{contract}.json"));
    let text = std::fs::read(&path).map_err(CliError::file(&path))?;
    let artifact: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| CliError::malformed(path.display().to_string(), error))?;
    let object = artifact["bytecode"]["object"].as_str().unwrap_or_default();
    let mut code = hex::decode(object.trim_start_matches("0x"))
        .map_err(|error| CliError::malformed(path.display().to_string(), error))?;
    if code.is_empty() {
        return Err(CliError::malformed(path.display().to_string(), "no bytecode; run `cargo xtask build contracts`"));
    }
    code.extend_from_slice(arguments);
    Ok(code.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_three_known_versions() {
        assert_eq!(stages(&Stages::NEWEST.to_string()), Ok(Stages::NEWEST));
        for text in ["", "abc", "1.1", "1.1.1.1", "1.1.300"] {
            assert!(stages(text).is_err_and(|error| error.contains("three versions")), "{text}");
        }
        for text in ["0.1.1", "1.9.1"] {
            assert!(stages(text).is_err_and(|error| error.contains("are unknown")), "{text}");
        }
    }
}
