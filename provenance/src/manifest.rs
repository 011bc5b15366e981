//! The manifest of a model version: what it is, and what it was made of. Canonical JSON; its CID is what a registry names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::{from_canonical, is_same, to_canonical, to_value};
use crate::digest::{Commit, Keccak, Sha256Digest};
use crate::error::{ProvenanceError, Result};
use crate::folder::Name;
use crate::key::PublicKey;
use crate::text::{cut, is_hidden};

/// The form that this crate writes and reads.
pub const FORMAT: &str = "verdigris/model-manifest/1";
/// Longest manifest, in bytes; so its CID is always that of one raw block.
pub const MAX_BYTES: usize = 1 << 18;
/// Most data sets, and most files of training code.
const MAX_ENTRIES: usize = 256;
/// Longest name, licence or generator, in bytes.
const MAX_TEXT: usize = 128;

/// What a model version is and what it was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The model's name.
    pub name: String,
    /// Its version, from 1 on.
    pub version: u32,
    /// What it does with its input.
    pub task: Task,
    /// The registered model that it was trained on from, if any.
    pub parent: Option<Keccak>,
    /// keccak256 of the canonical form, as it is registered.
    pub canonical_hash: Keccak,
    /// keccak256 of the ONNX file, as it is registered.
    pub onnx_hash: Keccak,
    /// What it was trained on and measured with.
    pub data_sets: Vec<DataSet>,
    /// What trained it.
    pub code: Code,
    /// Everything beside data and code that determined the result.
    pub hyperparameters: Map<String, Value>,
    /// Versions of the programs that trained it.
    pub environment: Map<String, Value>,
    /// What was measured.
    pub metrics: Map<String, Value>,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// The key that signs for this version.
    pub signing_key: PublicKey,
}

/// What a model does with its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Task {
    /// Numbers in, numbers out.
    Tensor,
    /// A blueprint in, a picture out.
    Picture,
}

impl Task {
    /// Its name, as the manifest has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tensor => "tensor",
            Self::Picture => "picture",
        }
    }
}

/// A set of data, named by what it is and not by where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSet {
    /// Its name; its file is called `<name>.npy`.
    pub name: Name,
    /// How many entries it has.
    pub count: u64,
    /// RFC 9162's Merkle tree hash over its entries.
    pub merkle_root: Sha256Digest,
    /// What made it: a file of the training code, or words.
    pub generator: String,
}

/// The training code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The git commit that holds it.
    pub commit: Option<Commit>,
    /// Its files, sorted by name.
    pub files: Vec<CodeFile>,
}

/// A file of the training code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeFile {
    /// Its name in the model's folder.
    pub name: Name,
    /// The digest of its content.
    pub sha256: Sha256Digest,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If it is too long, not canonical, of another form, or says something that can't be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let manifest: Self = from_canonical("manifest", bytes, MAX_BYTES)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Writes it as canonical JSON.
    ///
    /// # Errors
    /// As [`Self::from_bytes`], and if it holds a whole number that no double is, which canonical JSON can't write.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = to_canonical(self)?;
        let read = to_value(Self::from_bytes(&bytes)?)?;
        if is_same(&to_value(self)?, &read) {
            return Ok(bytes);
        }
        Err(ProvenanceError::malformed(
            "manifest",
            "it holds a number that is not exact as a double (RFC 8785, 3.2.2.3)",
        ))
    }

    /// Whether it says only what can be.
    ///
    /// # Errors
    /// Names the field that does not.
    pub(crate) fn check(&self) -> Result<()> {
        let malformed =
            |field: &str, reason: String| Err(ProvenanceError::malformed(format!("manifest's {field}"), reason));
        if self.format != FORMAT {
            return malformed("format", format!("it is not {FORMAT}"));
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > MAX_TEXT || !self.name.chars().all(plain) {
            return malformed("name", format!("1 to {MAX_TEXT} of a to z, 0 to 9 and - are taken"));
        }
        if self.version == 0 {
            return malformed("version", "versions are counted from 1".into());
        }
        let texts = self.data_sets.iter().map(|set| &set.generator).chain([&self.licence]);
        if let Some(long) = texts.map(String::len).find(|length| *length > MAX_TEXT) {
            return malformed("texts", format!("one has {long} bytes, at most {MAX_TEXT} are taken"));
        }
        let most = self.data_sets.len().max(self.code.files.len());
        if most > MAX_ENTRIES {
            return malformed("lists", format!("one has {most} entries, at most {MAX_ENTRIES} are taken"));
        }
        let maps = [&self.hyperparameters, &self.environment, &self.metrics];
        let hidden =
            self.data_sets.iter().map(|set| &set.generator).chain([&self.licence]).find_map(|text| hidden_in(text));
        match hidden.or_else(|| maps.into_iter().find_map(hidden_in_map)) {
            Some(text) => malformed("texts", format!("`{}` has characters that are not seen", cut(text))),
            None => Ok(()),
        }
    }
}

fn hidden_in(text: &str) -> Option<&str> {
    text.contains(is_hidden).then_some(text)
}

fn hidden_in_map(map: &Map<String, Value>) -> Option<&str> {
    map.iter().find_map(|(name, value)| hidden_in(name).or_else(|| hidden_in_value(value)))
}

/// A text in JSON, be it a name, that has characters which are not seen.
fn hidden_in_value(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => hidden_in(text),
        Value::Array(entries) => entries.iter().find_map(hidden_in_value),
        Value::Object(fields) => hidden_in_map(fields),
        _ => None,
    }
}
