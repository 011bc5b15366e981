//! A model's papers, as the command sees them: beside its files, its repository and the chain.

pub mod certified;
mod git;
pub mod registered;
pub mod repository;

use std::path::Path;

use alloy_primitives::B256;
use verdigris_core::abi::IModelRegistry::{self, Model};
use verdigris_core::cid;
use verdigris_provenance::{Folder, MANIFEST, Manifest, ProvenanceError, Task, manifest};

use crate::error::CliError;

impl From<ProvenanceError> for CliError {
    fn from(error: ProvenanceError) -> Self {
        match error {
            ProvenanceError::File { path, source } => Self::File { path, source },
            other => Self::Argument(other.to_string()),
        }
    }
}

/// `ipfs://` and the CID of a manifest: what a registry is given as `manifestURI`.
pub fn uri_of(manifest: &[u8]) -> String {
    format!("ipfs://{}", cid::of(manifest))
}

/// What a registered model does with its input, as manifests say it.
pub fn task_of(model: &Model) -> Task {
    if matches!(model.task, IModelRegistry::Task::Picture) { Task::Picture } else { Task::Tensor }
}

/// The URI of a model's manifest: the one that is given, or else that of the manifest beside the model's file, which is
/// empty if there is none.
///
/// # Errors
/// If the manifest beside the file has this URI, but is not of this model.
pub fn manifest_uri(file: &Path, model: &Model, given: Option<String>) -> Result<String, CliError> {
    let folder = Folder::at(file.parent().unwrap_or(Path::new("")));
    if !folder.has(MANIFEST) {
        return Ok(given.unwrap_or_default());
    }
    let bytes = folder.read(MANIFEST, manifest::MAX_BYTES)?;
    let uri = uri_of(&bytes);
    match given {
        Some(given) if given != uri => Ok(given),
        _ => Manifest::from_bytes(&bytes).map_err(CliError::from).and_then(|manifest| {
            let what = || folder.path_of(MANIFEST).display().to_string();
            is_of(&manifest, model).map_err(|reason| CliError::malformed(what(), reason)).map(|()| uri)
        }),
    }
}

/// Whether a manifest is of a model, as it is to be registered; or why not.
fn is_of(manifest: &Manifest, model: &Model) -> Result<(), String> {
    let says = (B256::from(manifest.canonical_hash.0), B256::from(manifest.onnx_hash.0));
    if says != (model.canonicalHash, model.onnxHash) {
        return Err(format!(
            "it is of the model {} with ONNX file {}, not of {} with {}: sign the model again",
            says.0, says.1, model.canonicalHash, model.onnxHash
        ));
    }
    let (says, task) = (manifest.task.name(), task_of(model).name());
    if says == task { Ok(()) } else { Err(format!("it says that the task is {says}, not {task}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;
    use std::path::PathBuf;
    use verdigris_provenance::Keccak;

    fn duel() -> (PathBuf, Model) {
        let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/duel/duel.vdgn"));
        let hash = |path: &Path| B256::from(Keccak::of(&std::fs::read(path).expect("a file")).0);
        let model = Model {
            task: IModelRegistry::Task::Tensor,
            canonicalHash: hash(&file),
            onnxHash: hash(&file.with_extension("onnx")),
            attestationKey: Address::ZERO,
            manifestURI: String::new(),
        };
        (file, model)
    }

    #[test]
    fn a_manifest_is_registered_with_its_own_model_only() {
        let (file, model) = duel();
        assert!(manifest_uri(&file, &model, None).expect("its own").starts_with("ipfs://bafkrei"));
        assert_eq!(manifest_uri(&file, &model, Some("https://x".into())).expect("given"), "https://x");
        let other = Model { canonicalHash: B256::ZERO, ..model.clone() };
        assert!(manifest_uri(&file, &other, None).expect_err("another").to_string().contains("sign the model again"));
        let uri = manifest_uri(&file, &model, None).expect("its own");
        let other = Model { task: IModelRegistry::Task::Picture, ..model };
        for given in [None, Some(uri)] {
            let error = manifest_uri(&file, &other, given).expect_err("another task").to_string();
            assert!(error.ends_with("manifest.json: it says that the task is tensor, not picture"), "{error}");
        }
    }

    #[test]
    fn a_model_without_a_manifest_has_no_uri() {
        let place = tempfile::tempdir().expect("a folder");
        assert_eq!(manifest_uri(&place.path().join("x.vdgn"), &duel().1, None).expect("none"), "");
    }
}
