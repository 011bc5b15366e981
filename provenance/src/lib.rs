//! Where a model comes from: what its author signs for, and how anyone checks it.
//!
//! A model's folder gets three papers: a [`Manifest`] in canonical JSON (RFC 8785), which a registry names by its CID; a
//! signature over every file, as OpenSSF Model Signing 1.0 has it; and a signed statement on the training run, as SLSA
//! provenance v1 has it. Both signatures are DSSE envelopes in Sigstore bundles, made with a P-256 key. What they mean,
//! and what they don't: `docs/provenance.md`.
//!
//! Everything that is read here may come from a stranger: sizes are bounded before anything is parsed, names can't lead
//! out of a folder, and what is wrong is a [`Check`] that fails.

mod canonical;
mod check;
mod digest;
mod dsse;
mod error;
mod folder;
mod key;
pub mod manifest;
mod merkle;
mod model_signing;
mod npy;
mod papers;
mod sign;
mod text;
mod training;
mod unique;
mod verify;

pub use canonical::{difference, to_canonical};
pub use check::{Check, Outcome};
pub use digest::{Commit, Keccak, Sha256Digest};
pub use dsse::{Bundle, Statement};
pub use error::{ProvenanceError, Result};
pub use folder::{Folder, Name, read_bounded};
pub use key::{PrivateKey, PublicKey};
pub use manifest::{Manifest, Task};
pub use merkle::Tree;
pub use npy::{DataRoot, root_of};
pub use papers::{
    MANIFEST, MAX_MODEL, METRICS, MODEL_BUNDLE, SIGNER, TRAINING_BUNDLE, code, model_files, read_model,
    refuse_compiled, signed_files,
};
pub use sign::{Signed, sign};
pub use text::{escaped, listed};
pub use verify::{Papers, verify, verify_data};
