//! Checks a model's papers against its folder: one outcome for everything that is claimed.

use std::path::Path;

use serde_json::Value;

use crate::canonical::difference;
use crate::check::{Check, Outcome};
use crate::dsse::{Bundle, MAX_BUNDLE, Statement};
use crate::error::{ProvenanceError, Result};
use crate::folder::Folder;
use crate::key::PublicKey;
use crate::manifest::{self, Manifest};
use crate::model_signing::{self, SignedFiles};
use crate::papers::{self, DECLARATION, MANIFEST, METRICS, MODEL_BUNDLE, SIGNER, TRAINING_BUNDLE};
use crate::text::listed;
use crate::{npy, training};

/// A model's papers as they were found.
#[derive(Debug)]
pub struct Papers {
    /// The manifest's bytes, whose CID is what a registry names; empty if there are none.
    pub manifest_bytes: Vec<u8>,
    /// The manifest, if it can be read.
    pub manifest: Option<Manifest>,
    /// What was checked.
    pub checks: Vec<Check>,
}

impl Papers {
    fn check(&mut self, claim: impl Into<String>, outcome: Outcome) {
        self.checks.push(Check::new(claim, outcome));
    }
}

/// Checks manifest, signatures and files. Signatures are checked with `key`, or else with the manifest's own, which then
/// only shows that the papers belong together.
pub fn verify(folder: &Folder, key: Option<PublicKey>) -> Papers {
    let mut papers = Papers { manifest_bytes: Vec::new(), manifest: None, checks: Vec::new() };
    let read = folder.read(MANIFEST, manifest::MAX_BYTES).and_then(|bytes| {
        papers.manifest_bytes = bytes;
        Manifest::from_bytes(&papers.manifest_bytes)
    });
    let claim = "the manifest is canonical JSON of the known form";
    match read {
        Ok(manifest) => {
            papers.check(claim, Outcome::Holds(format!("{} version {}", manifest.name, manifest.version)));
            check_manifest(&mut papers, folder, &manifest);
            papers.manifest = Some(manifest);
        }
        Err(error) => papers.check(claim, Outcome::Fails(error.to_string())),
    }
    check_compiled(&mut papers, folder);
    let named = papers.manifest.as_ref().map(|manifest| manifest.signing_key);
    if let (Some(key), Some(named)) = (key, named) {
        papers.check("the manifest's signingKey is the key that signed", Outcome::equal(&key, &named));
    }
    let key = key.or(named);
    check_model_bundle(&mut papers, folder, key.as_ref());
    check_training_bundle(&mut papers, folder, key.as_ref());
    papers
}

/// Every field of the manifest against what the folder says.
fn check_manifest(papers: &mut Papers, folder: &Folder, manifest: &Manifest) {
    let made = papers::manifest(folder, manifest.code.commit.clone(), manifest.signing_key);
    let (expected, found) = match made.and_then(|made| Ok((as_json(&made)?, as_json(manifest)?))) {
        Ok(both) => both,
        Err(error) => return papers.check("the folder holds a whole model", Outcome::Fails(error.to_string())),
    };
    let Value::Object(fields) = expected else { return };
    for (name, expected) in fields.iter().filter(|(name, _)| !["format", "signingKey"].contains(&name.as_str())) {
        let outcome = same(&format!("/{name}"), expected, &found[name]);
        papers.check(format!("the manifest's field {name} is what the folder says"), outcome);
    }
    let pem = folder.read(SIGNER, 4096).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let key = pem.and_then(|pem| PublicKey::from_pem(&pem));
    let outcome =
        key.map_or_else(|error| Outcome::Fails(error.to_string()), |key| Outcome::equal(&manifest.signing_key, &key));
    papers.check(format!("{SIGNER} is the manifest's key"), outcome);
}

/// Compiled Python would run in the place of the code that people read, whoever signed for it.
fn check_compiled(papers: &mut Papers, folder: &Folder) {
    let outcome = match papers::compiled(folder) {
        Ok(found) if found.is_empty() => Outcome::Holds("no __pycache__ and no .pyc file".into()),
        Ok(found) => Outcome::Fails(format!("remove {}: Python may run it instead of its source", listed(&found))),
        Err(error) => Outcome::Fails(error.to_string()),
    };
    papers.check("the folder holds no compiled Python", outcome);
}

/// The signature over the folder.
fn check_model_bundle(papers: &mut Papers, folder: &Folder, key: Option<&PublicKey>) {
    let Some(bundle) = open(papers, folder, MODEL_BUNDLE, key) else { return };
    let signed = bundle.statement(MODEL_BUNDLE, model_signing::PREDICATE_TYPE).and_then(SignedFiles::of);
    let claim = "the signed list of files is whole";
    let signed = match signed {
        Ok(signed) => signed,
        Err(error) => return papers.check(claim, Outcome::Fails(error.to_string())),
    };
    let covered = signed.cover(&must_be_signed(papers, folder)).map(|()| "model, manifest, code and figures are on it");
    papers.check(claim, Outcome::of(covered));
    let compared = signed.compare(folder).map(|count| format!("{count} files"));
    papers.check("every file is the one that was signed", Outcome::of(compared));
}

/// What a signature that leaves it out would not be worth much without.
fn must_be_signed(papers: &Papers, folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> = [MANIFEST, SIGNER, DECLARATION].map(str::to_owned).into();
    names.extend(papers::model_files(folder).into_iter().flatten().map(|name| name.to_string()));
    names.extend(folder.has(METRICS).then(|| METRICS.to_owned()));
    names.extend(papers.manifest.iter().flat_map(|manifest| &manifest.code.files).map(|file| file.name.to_string()));
    names
}

/// The signed statement on the training run.
fn check_training_bundle(papers: &mut Papers, folder: &Folder, key: Option<&PublicKey>) {
    let Some(bundle) = open(papers, folder, TRAINING_BUNDLE, key) else { return };
    let Some(manifest) = &papers.manifest else { return };
    let statements = bundle
        .statement::<training::Predicate>(TRAINING_BUNDLE, training::PREDICATE_TYPE)
        .and_then(|found| Ok((parts(&training::statement(folder, manifest)?)?, parts(&found)?)));
    let (expected, found) = match statements {
        Ok(both) => both,
        Err(error) => return papers.check("the training statement can be read", Outcome::Fails(error.to_string())),
    };
    for ((name, expected), (_, found)) in expected.iter().zip(&found) {
        papers.check(
            format!("the training statement's part {name} is what the manifest says"),
            same(&format!("/{name}"), expected, found),
        );
    }
}

/// A training statement's parts, each by its name.
fn parts(statement: &Statement<training::Predicate>) -> Result<Vec<(&'static str, Value)>> {
    let whole = as_json(statement)?;
    let predicate = &whole["predicate"];
    let (definition, run) = (&predicate["buildDefinition"], &predicate["runDetails"]);
    let of = |parent: &Value, name: &'static str| (name, parent[name].clone());
    Ok(vec![
        of(&whole, "subject"),
        of(definition, "buildType"),
        of(definition, "externalParameters"),
        of(definition, "internalParameters"),
        of(definition, "resolvedDependencies"),
        of(run, "builder"),
        of(run, "metadata"),
        of(run, "byproducts"),
    ])
}

/// Reads a bundle and checks its signature; `None` if there is none to read.
fn open(papers: &mut Papers, folder: &Folder, name: &'static str, key: Option<&PublicKey>) -> Option<Bundle> {
    let claim = format!("{name} is signed");
    let bundle = folder.read(name, MAX_BUNDLE).and_then(|bytes| Bundle::from_bytes(name, &bytes));
    let (outcome, bundle) = match (bundle, key) {
        (Err(error), _) => (Outcome::Fails(error.to_string()), None),
        (Ok(bundle), None) => {
            (Outcome::NotChecked("there is no manifest to name a key, and none was given".into()), Some(bundle))
        }
        (Ok(bundle), Some(key)) => {
            (Outcome::of(bundle.check_signature(key).map(|()| format!("by {key}"))), Some(bundle))
        }
    };
    papers.check(claim, outcome);
    bundle
}

/// Data sets against the files `<name>.npy` in a folder.
pub fn verify_data(manifest: &Manifest, data: &Path) -> Vec<Check> {
    let check = |set: &manifest::DataSet| {
        let found = npy::root_of(&data.join(format!("{}.npy", set.name)));
        let said = |count: u64, root| format!("{count} entries, root {root}");
        let outcome = match found {
            Ok(found) => Outcome::equal(&said(set.count, set.merkle_root), &said(found.count, found.root)),
            Err(error) => Outcome::Fails(error.to_string()),
        };
        Check::new(format!("the data set {} is the one that was trained on", set.name), outcome)
    };
    manifest.data_sets.iter().map(check).collect()
}

fn same(at: &str, expected: &Value, found: &Value) -> Outcome {
    match difference(at, expected, found) {
        Some(difference) => Outcome::Fails(difference),
        None => Outcome::Holds(summary(found)),
    }
}

/// What a part is, in a few words.
fn summary(value: &Value) -> String {
    match value {
        Value::Array(entries) => format!("{} entries", entries.len()),
        Value::Object(fields) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn as_json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| ProvenanceError::malformed("papers", error))
}
