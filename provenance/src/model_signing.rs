//! OpenSSF Model Signing 1.0: a statement on every file of a model's folder.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::Sha256Digest;
use crate::dsse::{Sha256Set, Statement, Subject};
use crate::error::{ProvenanceError, Result};
use crate::folder::{Folder, MAX_FILES, Name};
use crate::papers::always_ignored;

/// The predicate's type.
pub const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// The predicate: which files there are, and how they were hashed. Fields beside these two are left unread, as the
/// specification asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    resources: Vec<Resource>,
    serialization: Serialization,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    name: Name,
    algorithm: Algorithm,
    digest: Sha256Digest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Serialization {
    method: Method,
    hash_type: Algorithm,
    allow_symlinks: bool,
    #[serde(default)]
    ignore_paths: Vec<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    Files,
}

/// The statement on a folder as it is now.
///
/// # Errors
/// If the folder can't be read.
pub fn statement(folder: &Folder, ignored: Vec<Name>) -> Result<Statement<Predicate>> {
    let files = folder.digests(&ignored)?;
    let resources: Vec<_> =
        files.into_iter().map(|(name, digest)| Resource { name, algorithm: Algorithm::Sha256, digest }).collect();
    let subject = Subject { name: folder.name()?, digest: Sha256Set { sha256: root(&resources) } };
    let serialization = Serialization {
        method: Method::Files,
        hash_type: Algorithm::Sha256,
        allow_symlinks: false,
        ignore_paths: ignored,
    };
    Ok(Statement::new(vec![subject], PREDICATE_TYPE, Predicate { resources, serialization }))
}

/// The files of a signed statement whose parts fit together.
#[derive(Debug)]
pub struct SignedFiles {
    files: BTreeMap<Name, Sha256Digest>,
    ignored: Vec<Name>,
}

impl SignedFiles {
    /// Takes a statement apart.
    ///
    /// # Errors
    /// If it is not about one thing, names a file twice, has too many, or its digest is not that of its files.
    pub fn of(statement: Statement<Predicate>) -> Result<Self> {
        let malformed = |reason: String| Err(ProvenanceError::malformed("the signed list of files", reason));
        let Predicate { resources, serialization } = statement.predicate;
        let [Subject { digest, .. }] = statement.subject.as_slice() else {
            return malformed(format!("it is about {} things, not one", statement.subject.len()));
        };
        if resources.len() > MAX_FILES {
            return malformed(format!("it names {} files, at most {MAX_FILES} are taken", resources.len()));
        }
        let found = root(&resources);
        if found != digest.sha256 {
            return malformed(format!("its files hash to {found}, its subject says {}", digest.sha256));
        }
        let mut files = BTreeMap::new();
        for Resource { name, digest, .. } in resources {
            if files.insert(name.clone(), digest).is_some() {
                return malformed(format!("it names `{name}` twice"));
            }
        }
        Ok(Self { files, ignored: serialization.ignore_paths })
    }

    /// What need not be signed: what the statement leaves out, as far as anyone may. A signer's wider list counts for
    /// nothing, so that nobody else can put a file where it would not be looked at.
    fn left_out(&self) -> Vec<Name> {
        let may_be = always_ignored();
        self.ignored.iter().filter(|name| may_be.iter().any(|other| name.is_within(other))).cloned().collect()
    }

    /// Compares with the folder; gives how many files are the same.
    ///
    /// # Errors
    /// Says which files are missing, changed or not signed, or why the folder can't be read.
    pub fn compare(&self, folder: &Folder) -> Result<usize, String> {
        let found = folder.digests(&self.left_out()).map_err(|error| error.to_string())?;
        let names: BTreeSet<_> = self.files.keys().chain(found.keys()).collect();
        let differing = names.into_iter().filter_map(|name| match (self.files.get(name), found.get(name)) {
            (Some(signed), Some(here)) if signed == here => None,
            (Some(signed), Some(here)) => Some(format!("{name} is {here}, signed is {signed}")),
            (Some(_), None) => Some(format!("{name} is missing")),
            (None, _) => Some(format!("{name} is not signed")),
        });
        let differing: Vec<_> = differing.collect();
        if differing.is_empty() { Ok(self.files.len()) } else { Err(differing.join("; ")) }
    }

    /// Whether files are among those that are signed, and so not ignored.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn cover(&self, names: &[String]) -> Result<(), String> {
        let signed = |name: &str| name.parse().is_ok_and(|name: Name| self.files.contains_key(&name));
        match names.iter().find(|name| !signed(name)) {
            Some(name) => Err(format!("{name} is not signed")),
            None => Ok(()),
        }
    }
}

/// SHA-256 over the files' digests, one after the other: the subject's digest.
fn root(resources: &[Resource]) -> Sha256Digest {
    let digests = resources.iter().fold(Sha256::new(), |hasher, resource| hasher.chain_update(resource.digest.0));
    Sha256Digest(digests.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsse::Bundle;
    use crate::key::PublicKey;

    fn golden() -> Folder {
        Folder::at(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/model_signing"))
    }

    /// Made with version 1.1.1 of the `model_signing` package of PyPI: `tests/golden/README.md`.
    #[test]
    fn a_signature_of_the_reference_implementation_holds() {
        let bytes = include_bytes!("../tests/golden/model_signing.sigstore.json");
        let key = PublicKey::from_pem(include_str!("../tests/golden/model_signing.pem")).expect("a key");
        let bundle = Bundle::from_bytes("golden", bytes).expect("a bundle");
        assert_eq!(bundle.check_signature(&key), Ok(()));
        let statement: Statement<Predicate> = bundle.statement("golden", PREDICATE_TYPE).expect("a statement");
        assert_eq!(statement.subject, super::statement(&golden(), Vec::new()).expect("a folder").subject);
        assert_eq!(SignedFiles::of(statement).expect("whole").compare(&golden()), Ok(3));
    }
}
