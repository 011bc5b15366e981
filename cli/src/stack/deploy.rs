//! Puts a model and the contracts on a chain: weights, registry, hub, collection.

use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolValue};
use serde::Serialize;
use verdigris_core::abi::IModelRegistry;

use crate::chain::{Chain, Mined};
use crate::error::CliError;

/// Bytes of weights in one contract's code, by EIP-170 less the leading STOP.
const CHUNK: usize = 24_575;

/// What is to be deployed.
pub struct Plan<'a> {
    /// Folder of forge's artefacts (`contracts/out`).
    pub artifacts: &'a Path,
    /// The network's canonical form.
    pub canonical_form: &'a [u8],
    /// keccak256 of the ONNX file that was certified.
    pub onnx_hash: B256,
    /// The key whose receipts count.
    pub attestation_key: Address,
    /// Where the model's manifest lies; may be empty.
    pub manifest_uri: &'a str,
    /// The collection.
    pub collection: Collection,
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
    /// Price of a mint, in wei
    #[arg(long, default_value = "0")]
    pub price: U256,
    /// How many tokens there may be
    #[arg(long, default_value = "10000")]
    pub max_supply: U256,
    /// Royalty, in hundredths of a per cent
    #[arg(long, default_value_t = 500)]
    pub royalty_bps: u16,
}

/// Where everything is now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The chain's id.
    pub chain_id: u64,
    /// Address of the `ModelRegistry`.
    pub registry: Address,
    /// Address of the `InferenceHub`.
    pub hub: Address,
    /// Address of the `SeedArt` collection.
    pub art: Address,
    /// The registered model version.
    pub model_id: B256,
    /// The first block that can hold a log of these contracts.
    pub start_block: u64,
}

/// Deploys `plan` from `deployer`, step by step.
pub async fn deploy(chain: &Chain, deployer: &PrivateKeySigner, plan: &Plan<'_>) -> Result<Deployment, CliError> {
    let start_block = chain.block_number().await?;
    let mut chunks = Vec::new();
    for chunk in plan.canonical_form.chunks(CHUNK) {
        chunks.push(create(chain, deployer, chunk_creation_code(chunk)).await?);
    }
    let registry = create(chain, deployer, creation_code(plan.artifacts, "ModelRegistry", &[])?).await?;
    let hub = create(chain, deployer, creation_code(plan.artifacts, "InferenceHub", &registry.abi_encode())?).await?;
    let model_id = register(chain, deployer, registry, plan, chunks).await?;
    let Collection { name, symbol, size, price, max_supply, royalty_bps } = plan.collection.clone();
    let arguments =
        (name, symbol, hub, model_id, size, price, max_supply, deployer.address(), royalty_bps).abi_encode_params();
    let art = create(chain, deployer, creation_code(plan.artifacts, "SeedArt", &arguments)?).await?;
    Ok(Deployment { chain_id: chain.chain_id().await?, registry, hub, art, model_id, start_block })
}

async fn register(
    chain: &Chain,
    deployer: &PrivateKeySigner,
    registry: Address,
    plan: &Plan<'_>,
    chunks: Vec<Address>,
) -> Result<B256, CliError> {
    let model = IModelRegistry::Model {
        task: IModelRegistry::Task::Picture,
        canonicalHash: keccak256(plan.canonical_form),
        onnxHash: plan.onnx_hash,
        attestationKey: plan.attestation_key,
        manifestURI: plan.manifest_uri.to_owned(),
    };
    let call = IModelRegistry::registerCall { model: model.clone(), chunks };
    chain.send(deployer, TxKind::Call(registry), call.abi_encode().into(), U256::ZERO).await?;
    chain.read(registry, &IModelRegistry::modelIdOfCall { publisher: deployer.address(), model }).await
}

async fn create(chain: &Chain, deployer: &PrivateKeySigner, code: Bytes) -> Result<Address, CliError> {
    let Mined { transaction_hash, contract_address, .. } =
        chain.send(deployer, TxKind::Create, code, U256::ZERO).await?;
    contract_address.ok_or_else(|| CliError::malformed(format!("receipt of {transaction_hash}"), "no contract address"))
}

/// Code that leaves STOP and `chunk` as the contract's code (SSTORE2).
fn chunk_creation_code(chunk: &[u8]) -> Bytes {
    let [high, low] = u16::try_from(chunk.len() + 1).unwrap_or(u16::MAX).to_be_bytes();
    // PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE (0), RETURN, then the code: STOP, data.
    let mut code = vec![0x61, high, low, 0x80, 0x60, 0x0a, 0x3d, 0x39, 0x3d, 0xf3, 0x00];
    code.extend_from_slice(chunk);
    code.into()
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
