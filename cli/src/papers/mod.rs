//! A model's papers, as the command sees them: beside its files, its repository and the chain.

pub mod certified;
pub mod registered;
pub mod repository;

use std::path::Path;

use alloy_primitives::B256;
use verdigris_core::cid;
use verdigris_provenance::{Folder, MANIFEST, Manifest, ProvenanceError, manifest};

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

/// The URI of the manifest beside a model's file; empty if there is none.
///
/// # Errors
/// If the manifest is not of this model.
pub fn manifest_uri(model: &Path, canonical_hash: B256, onnx_hash: B256) -> Result<String, CliError> {
    let folder = Folder::at(model.parent().unwrap_or(Path::new("")));
    if !folder.path_of(MANIFEST).exists() {
        return Ok(String::new());
    }
    let bytes = folder.read(MANIFEST, manifest::MAX_BYTES)?;
    let manifest = Manifest::from_bytes(&bytes)?;
    let says = (B256::from(manifest.canonical_hash.0), B256::from(manifest.onnx_hash.0));
    if says != (canonical_hash, onnx_hash) {
        let path = folder.path_of(MANIFEST).display().to_string();
        let reason = format!(
            "it is of the model {} with ONNX file {}, not of {canonical_hash} with {onnx_hash}: sign the model again",
            says.0, says.1
        );
        return Err(CliError::malformed(path, reason));
    }
    Ok(uri_of(&bytes))
}
