//! Makes a model's papers: manifest, training statement, and the signature over the folder.

use serde::Serialize;

use crate::digest::{Commit, Keccak, Sha256Digest};
use crate::dsse::Bundle;
use crate::error::Result;
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
/// If the folder does not hold a whole model, holds compiled Python, or can't be written.
pub fn sign(folder: &Folder, commit: Option<Commit>, key: &PrivateKey) -> Result<Signed> {
    papers::refuse_compiled(folder)?;
    let public = key.public_key();
    let manifest = papers::manifest(folder, commit, public)?;
    let manifest_bytes = manifest.to_bytes()?;
    folder.write(MANIFEST, &manifest_bytes)?;
    folder.write(SIGNER, public.to_pem()?.as_bytes())?;
    let training = training::statement(folder, &manifest)?;
    folder.write(TRAINING_BUNDLE, &Bundle::sign(&training, key)?.to_bytes()?)?;
    let model = model_signing::statement(folder, papers::always_ignored())?;
    folder.write(MODEL_BUNDLE, &Bundle::sign(&model, key)?.to_bytes()?)?;
    Ok(Signed {
        canonical_hash: manifest.canonical_hash,
        onnx_hash: manifest.onnx_hash,
        manifest_digest: Sha256Digest::of(&manifest_bytes),
        model_digest: model.subject[0].digest.sha256,
        key_hint: public.hint()?,
    })
}
