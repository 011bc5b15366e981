//! Where a model's papers lie in its folder, and the manifest that follows from the rest of it.
//!
//! A folder holds `model.toml` (what only the author knows, such as the model's name), `<name>.onnx`, `<name>.vdgn`,
//! `metrics.json` (what the training program wrote, if one did) and the training code: `*.py` and `requirements*.txt`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::canonical::from_bounded;
use crate::digest::{Commit, Keccak, Sha256Digest};
use crate::error::{ProvenanceError, Result};
use crate::folder::{Folder, Name};
use crate::key::PublicKey;
use crate::manifest::{self, Code, CodeFile, DataSet, Manifest, Task};
use crate::text::listed;

/// The manifest.
pub const MANIFEST: &str = "provenance/manifest.json";
/// The key that signed, as PEM.
pub const SIGNER: &str = "provenance/signer.pem";
/// The signature over the folder (OpenSSF Model Signing).
pub const MODEL_BUNDLE: &str = "provenance/model.sigstore.json";
/// The signed statement on the training run (SLSA).
pub const TRAINING_BUNDLE: &str = "provenance/training.sigstore.json";
/// What the author declares.
pub const DECLARATION: &str = "model.toml";
/// What the training program wrote.
pub const METRICS: &str = "metrics.json";

/// Longest ONNX file and canonical form, in bytes (docs/protocol.md, section 1).
pub const MAX_MODEL: usize = 64 << 20;

/// What only the author of a model can say: the content of `model.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    name: String,
    version: u32,
    task: Task,
    licence: String,
    parent: Option<Keccak>,
    #[serde(default)]
    data: Vec<DeclaredData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredData {
    name: Name,
    count: u64,
    root: Sha256Digest,
    generator: String,
}

/// What the training program wrote: `recipe` and `environment`, and beside them what it measured.
#[derive(Debug, Default, Deserialize)]
struct Run {
    #[serde(default)]
    recipe: Map<String, Value>,
    #[serde(default)]
    environment: Map<String, Value>,
    #[serde(flatten)]
    metrics: Map<String, Value>,
}

/// The names of the model's ONNX file and canonical form.
///
/// # Errors
/// If there is no declaration, or its name would lead out of the folder.
pub fn model_files(folder: &Folder) -> Result<[Name; 2]> {
    let name = declaration(folder)?.name;
    let file = |kind| {
        let file: Result<Name, String> = format!("{name}.{kind}").parse();
        file.map_err(|reason| ProvenanceError::malformed(DECLARATION, reason))
    };
    Ok([file("onnx")?, file("vdgn")?])
}

fn declaration(folder: &Folder) -> Result<Declaration> {
    let text = folder.read(DECLARATION, manifest::MAX_BYTES)?;
    let text = String::from_utf8(text).map_err(|error| ProvenanceError::malformed(DECLARATION, error))?;
    toml::from_str(&text).map_err(|error| ProvenanceError::malformed(DECLARATION, error.message()))
}

/// The ONNX file's bytes and the canonical form's.
///
/// # Errors
/// If one can't be read, or is longer than networks are.
pub fn read_model(folder: &Folder) -> Result<[Vec<u8>; 2]> {
    let [onnx, form] = model_files(folder)?;
    Ok([folder.read(onnx.as_str(), MAX_MODEL)?, folder.read(form.as_str(), MAX_MODEL)?])
}

/// The manifest that follows from a folder's files; only commit and key are not among them.
///
/// # Errors
/// If a file is missing or is not what it must be.
pub fn manifest(folder: &Folder, commit: Option<Commit>, signing_key: PublicKey) -> Result<Manifest> {
    let declared = declaration(folder)?;
    let run = read_run(folder)?;
    let [onnx, form] = read_model(folder)?;
    verdigris_model::Network::from_bytes(&form)
        .map_err(|error| ProvenanceError::malformed("the canonical form", error))?;
    let data_sets = declared.data.into_iter().map(|set| DataSet {
        name: set.name,
        count: set.count,
        merkle_root: set.root,
        generator: set.generator,
    });
    let manifest = Manifest {
        format: manifest::FORMAT.into(),
        name: declared.name,
        version: declared.version,
        task: declared.task,
        parent: declared.parent,
        canonical_hash: Keccak::of(&form),
        onnx_hash: Keccak::of(&onnx),
        data_sets: data_sets.collect(),
        code: Code { commit, files: code(folder)? },
        hyperparameters: run.recipe,
        environment: run.environment,
        metrics: run.metrics,
        licence: declared.licence,
        signing_key,
    };
    manifest.check()?;
    Ok(manifest)
}

/// What a signature over the folder leaves out: git's own files, as the reference implementation does, and the signatures
/// themselves.
pub fn always_ignored() -> Vec<Name> {
    let names = [".git", ".gitattributes", ".github", ".gitignore", MODEL_BUNDLE, TRAINING_BUNDLE];
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

fn read_run(folder: &Folder) -> Result<Run> {
    if !folder.has(METRICS) {
        return Ok(Run::default());
    }
    from_bounded(METRICS, &folder.read(METRICS, manifest::MAX_BYTES)?, manifest::MAX_BYTES)
}

/// The training code of a folder: `*.py` and `requirements*.txt`, wherever they lie in it, sorted by name.
///
/// # Errors
/// If the folder can't be read.
pub fn code(folder: &Folder) -> Result<Vec<CodeFile>> {
    let is_code = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.ends_with(".py") || (file.starts_with("requirements") && file.ends_with(".txt"))
    };
    let files = signed_files(folder)?.into_iter().filter(|name| is_code(name.as_str()));
    files.map(|name| folder.digest(&name).map(|sha256| CodeFile { name, sha256 })).collect()
}

/// The names of all files that a signature over the folder is about.
///
/// # Errors
/// If the folder can't be read.
pub fn signed_files(folder: &Folder) -> Result<BTreeSet<Name>> {
    folder.files(&always_ignored())
}

/// Python's compiled code in a folder. Python runs it in the place of the code beside it, which is what people read.
pub(crate) fn compiled(folder: &Folder) -> Result<Vec<Name>> {
    let is_compiled = |name: &Name| {
        let name = name.as_str().to_ascii_lowercase();
        name.split('/').any(|part| part == "__pycache__") || name.ends_with(".pyc") || name.ends_with(".pyo")
    };
    Ok(signed_files(folder)?.into_iter().filter(is_compiled).collect())
}

/// Compiled code is not signed, since nobody can read what is signed for.
///
/// # Errors
/// Names what there is, or says why the folder can't be read.
pub fn refuse_compiled(folder: &Folder) -> Result<()> {
    let found = compiled(folder)?;
    if found.is_empty() {
        return Ok(());
    }
    let reason = "compiled Python is not signed; remove it, and keep Python from writing it with `python -B` or \
                  PYTHONDONTWRITEBYTECODE=1";
    Err(ProvenanceError::malformed(listed(&found), reason))
}
