//! A model's papers against the chain: the registered version, and its weights read back.

use alloy_primitives::{Address, B256};
use verdigris_core::abi::IModelRegistry;
use verdigris_provenance::{Check, Manifest, Outcome, Papers};

use super::{task_of, uri_of};
use crate::chain::Chain;
use crate::error::CliError;
use crate::model::{OnChain, read_back};

/// A registered version.
pub struct Registered<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// Address of the `ModelRegistry`.
    pub registry: Address,
    /// The version's id.
    pub id: B256,
}

impl Registered<'_> {
    /// Compares the version with a folder's canonical form and manifest. An error means that the chain could not be
    /// asked.
    pub async fn check(&self, form: &[u8], papers: &Papers) -> Result<Vec<Check>, CliError> {
        let claim = "the model is registered, and its weights are on chain";
        let found = match read_back(self.chain, self.registry, self.id).await {
            Err(error @ (CliError::Argument(_) | CliError::Malformed { .. })) => {
                return Ok(vec![Check::new(claim, Outcome::Fails(error.to_string()))]);
            }
            other => other?,
        };
        let publisher = IModelRegistry::publisherOfCall { modelId: self.id };
        let publisher = self.chain.read(self.registry, &publisher).await?;
        let by = format!("by {publisher}, in {} contract(s)", found.chunks.len());
        let mut checks = vec![Check::new(claim, Outcome::Holds(by)), compare_form(form, &found)];
        checks.extend(papers.manifest.as_ref().into_iter().flat_map(|manifest| compare_model(manifest, &found.model)));
        checks.push(compare_uri(&papers.manifest_bytes, &found.model.manifestURI));
        Ok(checks)
    }
}

fn compare_form(form: &[u8], found: &OnChain) -> Check {
    let same = Outcome::Holds(format!("{} bytes", form.len()));
    let other = Outcome::Fails(format!("{} bytes on chain are not the folder's {}", found.form.len(), form.len()));
    Check::new("the canonical form on chain is the folder's", if found.form == form { same } else { other })
}

fn compare_model(manifest: &Manifest, model: &IModelRegistry::Model) -> [Check; 3] {
    [
        Check::new(
            "the registered canonical hash is the manifest's",
            Outcome::equal(&manifest.canonical_hash, &model.canonicalHash),
        ),
        Check::new("the registered ONNX hash is the manifest's", Outcome::equal(&manifest.onnx_hash, &model.onnxHash)),
        Check::new(
            "the registered task is the manifest's",
            Outcome::equal(&manifest.task.name(), &task_of(model).name()),
        ),
    ]
}

/// The claim on the URI, whose outcome also says whether the chain names the manifest's key.
pub const URI_CLAIM: &str = "the registered manifest URI is this manifest's CID";

fn compare_uri(manifest: &[u8], uri: &str) -> Check {
    let outcome = match uri {
        "" => Outcome::NotChecked("the model was registered without a manifest".into()),
        uri => Outcome::equal(&uri_of(manifest), &uri),
    };
    Check::new(URI_CLAIM, outcome)
}
