//! Registers a model: its canonical form in chunks of contract code, the version, the executor's certificate.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use verdigris_core::abi::IModelRegistry::Task;
use verdigris_core::abi::{IExecutor, IModelRegistry};
use verdigris_model::Network;
use verdigris_provenance::{MAX_MODEL, read_bounded};

use crate::chain::Chain;
use crate::error::CliError;
use crate::papers;

/// Bytes of weights in one contract's code, by EIP-170 less the leading STOP.
const CHUNK: usize = 24_575;

/// How many of those go into one transaction, by the cap on its gas (EIP-7825).
const CHUNKS_AT_ONCE: usize = 3;

/// Flags that say what is to be registered.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelFiles {
    /// The network in canonical form; a model without one is run from its ONNX file, at levels Attested and Quorum only
    #[arg(long, required_unless_present = "onnx")]
    model: Option<PathBuf>,
    /// The ONNX file that it was certified from, or that is to be run, whose hash is registered
    #[arg(long)]
    onnx: Option<PathBuf>,
    /// The key whose receipts count
    #[arg(long)]
    attestation_key: Address,
    /// Where the model's manifest lies [default: the CID of provenance/manifest.json beside the model, if it is there]
    #[arg(long)]
    manifest_uri: Option<String>,
}

impl ModelFiles {
    /// Reads the files.
    pub fn read(self, task: Task) -> Result<Version, CliError> {
        let Self { model, onnx, attestation_key, manifest_uri } = self;
        let form = match &model {
            Some(path) => {
                let form = read_bounded(path, MAX_MODEL)?;
                Network::from_bytes(&form).map_err(|error| CliError::malformed(path.display().to_string(), error))?;
                form
            }
            None if task == Task::Picture && onnx.is_none() => {
                let reason = "pictures are drawn from a canonical form, --model, or of a text by what --onnx names";
                return Err(CliError::Argument(reason.into()));
            }
            None => Vec::new(),
        };
        let file = model.as_ref().or(onnx.as_ref()).map_or(Path::new(""), PathBuf::as_path);
        Version::new(task, form, (file, onnx.as_deref()), attestation_key, manifest_uri)
    }
}

/// A model version that is to be registered.
pub struct Version {
    /// Empty if there is no canonical form.
    form: Vec<u8>,
    model: IModelRegistry::Model,
}

impl Version {
    /// A version of a canonical form. Where no URI is given, the manifest is looked for beside `file`.
    pub fn new(
        task: Task,
        form: Vec<u8>,
        (file, onnx): (&Path, Option<&Path>),
        attestation_key: Address,
        manifest_uri: Option<String>,
    ) -> Result<Self, CliError> {
        let onnx_hash = match onnx {
            Some(path) => keccak256(read_bounded(path, MAX_MODEL)?),
            None => B256::ZERO,
        };
        let mut model = IModelRegistry::Model {
            task,
            canonicalHash: if form.is_empty() { B256::ZERO } else { keccak256(&form) },
            onnxHash: onnx_hash,
            attestationKey: attestation_key,
            manifestURI: String::new(),
        };
        model.manifestURI = papers::manifest_uri(file, &model, manifest_uri)?;
        Ok(Self { form, model })
    }

    /// Where its manifest lies; may be empty.
    pub fn manifest_uri(&self) -> &str {
        &self.model.manifestURI
    }
}

/// Where models are registered, and by whom; `say` gets a line for every step.
pub struct Desk<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The publisher.
    pub publisher: &'a PrivateKeySigner,
    /// Address of the `ModelRegistry`.
    pub registry: Address,
    /// Address of the `Executor`.
    pub executor: Address,
    /// Who hears of the steps.
    pub say: &'a dyn Fn(String),
}

impl Desk<'_> {
    /// Puts a version on the chain and has it certified, but for what is there already; gives its id.
    pub async fn register(&self, version: &Version) -> Result<B256, CliError> {
        let chunks = self.store("weights", &version.form).await?;
        let model = version.model.clone();
        match self.call(self.registry, &IModelRegistry::registerCall { model: model.clone(), chunks }).await {
            Err(error) if !error.is::<IModelRegistry::AlreadyRegistered>() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let id = IModelRegistry::modelIdOfCall { publisher: self.publisher.address(), model };
        let id = self.chain.read(self.registry, &id).await?;
        if version.form.is_empty() {
            (self.say)(format!("model      {id} (to be run from its ONNX file, {})", version.model.onnxHash));
            return Ok(id);
        }
        if !self.chain.read(self.executor, &IExecutor::isCertifiedCall { modelId: id }).await? {
            self.call(self.executor, &IExecutor::certifyCall { modelId: id }).await?;
        }
        (self.say)(format!("model      {id} (certified)"));
        Ok(id)
    }

    async fn call(&self, contract: Address, call: &impl SolCall) -> Result<(), CliError> {
        self.chain.send(self.publisher, TxKind::Call(contract), call.abi_encode().into(), U256::ZERO).await?;
        Ok(())
    }

    /// Puts bytes on chain, but for those chunks that an earlier attempt has put there; `what` names them in what is said.
    pub async fn store(&self, what: &str, bytes: &[u8]) -> Result<Vec<Address>, CliError> {
        let mut addresses = Vec::new();
        let mut missing: Vec<Bytes> = Vec::new();
        for chunk in bytes.chunks(CHUNK) {
            let content = Bytes::copy_from_slice(chunk);
            let call = IModelRegistry::chunkOfCall { content: content.clone() };
            let place = self.chain.read(self.registry, &call).await?;
            addresses.push(place.chunk);
            if !place.stored && !missing.contains(&content) {
                missing.push(content);
            }
        }
        let (total, kept) = (addresses.len(), addresses.len() - missing.len());
        if kept > 0 {
            (self.say)(format!("{what:<10} {kept} of {total} chunks are there already"));
        }
        for (done, contents) in missing.chunks(CHUNKS_AT_ONCE).enumerate() {
            self.call(self.registry, &IModelRegistry::storeChunksCall { contents: contents.to_vec() }).await?;
            let stored = kept + (done * CHUNKS_AT_ONCE + contents.len()).min(missing.len());
            (self.say)(format!("{what:<10} {stored} of {total} chunks are on chain"));
        }
        Ok(addresses)
    }
}
