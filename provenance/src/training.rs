//! The statement on a training run: SLSA provenance v1.
//!
//! It follows from the manifest and the digests of the model's files, so checking it is making it again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::digest::Sha256Digest;
use crate::dsse::{Sha256Set, Statement, Subject};
use crate::error::Result;
use crate::folder::Folder;
use crate::manifest::{MAX_BYTES, Manifest};
use crate::papers::{self, MANIFEST, METRICS};

/// The predicate's type.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// What kind of build a training run is: the page that says what the parameters mean.
const BUILD_TYPE: &str = "https://github.com/verdigris-ai/verdigris/blob/main/docs/provenance.md#training-run-v1";
/// Who ran it: the signer, on a machine of its own. SLSA calls that build level 1.
const BUILDER: &str = "https://github.com/verdigris-ai/verdigris/blob/main/docs/provenance.md#the-signer";

/// SLSA's predicate; what its parts hold is compared as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Predicate {
    /// What was run, with what.
    pub build_definition: BuildDefinition,
    /// Who ran it.
    pub run_details: RunDetails,
}

/// What was run, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildDefinition {
    build_type: String,
    /// The hyperparameters.
    pub external_parameters: Value,
    /// Versions of the programs.
    pub internal_parameters: Value,
    /// Data sets, git commit and training code.
    pub resolved_dependencies: Value,
}

/// Who ran it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDetails {
    builder: Value,
    /// Which run it was.
    pub metadata: Value,
    /// What it made beside the model: the figures.
    pub byproducts: Value,
}

/// The statement on the run that made a folder's model.
///
/// # Errors
/// If a file can't be read.
pub fn statement(folder: &Folder, manifest: &Manifest) -> Result<Statement<Predicate>> {
    let [onnx, form] = papers::model_files(folder)?;
    let [onnx_bytes, form_bytes] = papers::read_model(folder)?;
    let manifest_bytes = folder.read(MANIFEST, MAX_BYTES)?;
    let about = [(onnx.to_string(), onnx_bytes), (form.to_string(), form_bytes), (MANIFEST.to_owned(), manifest_bytes)];
    let subject = about.map(|(name, bytes)| Subject { name, digest: Sha256Set { sha256: Sha256Digest::of(&bytes) } });
    let mut byproducts = Vec::new();
    if folder.has(METRICS) {
        let digest = Sha256Digest::of(&folder.read(METRICS, MAX_BYTES)?);
        byproducts.push(json!({ "name": METRICS, "digest": { "sha256": digest } }));
    }
    let predicate = Predicate {
        build_definition: BuildDefinition {
            build_type: BUILD_TYPE.into(),
            external_parameters: json!({ "hyperparameters": manifest.hyperparameters }),
            internal_parameters: json!({ "environment": manifest.environment }),
            resolved_dependencies: dependencies(manifest),
        },
        run_details: RunDetails {
            builder: json!({ "id": BUILDER }),
            metadata: json!({ "invocationId": format!("{}/{}", manifest.name, manifest.version) }),
            byproducts: byproducts.into(),
        },
    };
    Ok(Statement::new(subject.into(), PREDICATE_TYPE, predicate))
}

/// What the run read: data sets, the commit, and the training code's files.
fn dependencies(manifest: &Manifest) -> Value {
    let data = manifest.data_sets.iter().map(|set| {
        json!({
            "name": set.name,
            "digest": { "rfc9162-sha256": set.merkle_root },
            "annotations": { "count": set.count, "generator": set.generator },
        })
    });
    let commit =
        manifest.code.commit.iter().map(|commit| json!({ "name": "source", "digest": { "gitCommit": commit } }));
    let files =
        manifest.code.files.iter().map(|file| json!({ "name": file.name, "digest": { "sha256": file.sha256 } }));
    data.chain(commit).chain(files).collect()
}
