//! Makes a model's papers: manifest, training statement, and the signature over the folder.

use std::fs;

use serde::Serialize;

use crate::digest::{Commit, Keccak, Sha256Digest};
use crate::dsse::Bundle;
use crate::error::{ProvenanceError, Result};
use crate::folder::Folder;
use crate::key::PrivateKey;
use crate::papers::{self, MANIFEST, MODEL_BUNDLE, SIGNER, TRAINING_BUNDLE};
use crate::{model_signing, training};

/// What was signed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    /// keccak256 of the canonical form.
    pub canonical_hash: Keccak,
    /// keccak256 of the ONNX file.
    pub onnx_hash: Keccak,
    /// SHA-256 of the manifest.
    pub manifest_digest: Sha256Digest,
    /// The signed folder's digest: SHA-256 over the digests of its files.
    pub model_digest: Sha256Digest,
    /// SHA-256 of the key's PEM, by which bundles name it.
    pub key_hint: Sha256Digest,
}

/// Makes the manifest of a folder's model and signs for it; what was there before is replaced.
///
/// # Errors
/// If the folder does not hold a whole model, or can't be written.
pub fn sign(folder: &Folder, commit: Option<Commit>, key: &PrivateKey) -> Result<Signed> {
    let public = key.public_key();
    let manifest = papers::manifest(folder, commit, public)?;
    let manifest_bytes = manifest.to_bytes()?;
    write(folder, MANIFEST, &manifest_bytes)?;
    write(folder, SIGNER, public.to_pem()?.as_bytes())?;
    let training = training::statement(folder, &manifest)?;
    write(folder, TRAINING_BUNDLE, &Bundle::sign(&training, key)?.to_bytes()?)?;
    let model = model_signing::statement(folder, papers::always_ignored())?;
    write(folder, MODEL_BUNDLE, &Bundle::sign(&model, key)?.to_bytes()?)?;
    Ok(Signed {
        canonical_hash: manifest.canonical_hash,
        onnx_hash: manifest.onnx_hash,
        manifest_digest: Sha256Digest::of(&manifest_bytes),
        model_digest: model.subject[0].digest.sha256,
        key_hint: public.hint()?,
    })
}

fn write(folder: &Folder, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.path_of(name);
    let parent = path.parent().unwrap_or(folder.path());
    fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes)).map_err(ProvenanceError::file(&path))
}
