//! `verdigris verify-model`: says what holds of a model's papers and what does not.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};
use verdigris_provenance::{
    Check, Folder, Outcome, Papers, PublicKey, model_files, read_bounded, read_model, verify, verify_data,
};

use crate::error::CliError;
use crate::papers::registered::{Registered, URI_CLAIM};
use crate::papers::{certified, repository};
use crate::place::Site;

/// Longest key file, in bytes.
const MAX_KEY: usize = 4096;

/// Checks manifest, signatures, files, code and data of a model's folder, and whether the chain has the same model.
#[derive(clap::Args)]
pub struct VerifyModel {
    /// The model's folder, such as models/duel
    #[arg(long)]
    dir: PathBuf,
    /// The key that must have signed, PEM [default: the manifest's own, which the chain may vouch for]
    #[arg(long)]
    public_key: Option<PathBuf>,
    /// Folder of the training data, <name>.npy each
    #[arg(long)]
    data: Option<PathBuf>,
    /// The model's id, to compare with the chain
    #[arg(long)]
    model: Option<B256>,
    /// Address of the registry [default: the running local stack's]
    #[arg(long, requires = "model")]
    registry: Option<Address>,
    #[command(flatten)]
    site: Site,
    /// Print the outcomes as JSON
    #[arg(long)]
    json: bool,
}

impl VerifyModel {
    /// Exits 0 if nothing fails, 2 if something does.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let checks = self.checks().await?;
        let failed = checks.iter().any(|check| check.outcome.fails());
        if self.json {
            println!("{:#}", as_json(failed, &checks));
        } else {
            for Check { claim, outcome } in &checks {
                println!("{} {claim}\n    {}", outcome.sign(), outcome.detail());
            }
        }
        Ok(if failed { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }

    async fn checks(&self) -> Result<Vec<Check>, CliError> {
        if !fs::metadata(&self.dir).map_err(CliError::file(&self.dir))?.is_dir() {
            return Err(CliError::Argument(format!("{} is no folder", self.dir.display())));
        }
        let folder = Folder::at(&self.dir);
        let given = self.given_key()?;
        let mut papers = verify(&folder, given);
        let mut more = self.check_sources(&folder, &papers);
        let model = read_model(&folder);
        if let Ok([_, form]) = &model {
            let [onnx, _] = model_files(&folder)?;
            let certified = certified::check(&folder.path_of(onnx.as_str()), form)?;
            more.push(Check::new("the ONNX file certifies to the canonical form, byte for byte", certified));
        }
        if let (Some(id), Ok([_, form])) = (self.model, &model) {
            let registry = self.site.or_stack("--registry", self.registry, |stack| stack.registry)?;
            let chain = self.site.chain()?;
            more.extend(Registered { chain: &chain, registry, id }.check(form, &papers).await?);
        } else {
            let why = "no model id was given (--model)".to_owned();
            more.push(Check::new("the chain has this model", Outcome::NotChecked(why)));
        }
        let vouched = Check::new(VOUCHED_CLAIM, vouch(given, &papers, &more));
        papers.checks.append(&mut more);
        papers.checks.push(vouched);
        Ok(papers.checks)
    }

    fn given_key(&self) -> Result<Option<PublicKey>, CliError> {
        let Some(path) = &self.public_key else { return Ok(None) };
        let pem = read_bounded(path, MAX_KEY)?;
        Ok(Some(PublicKey::from_pem(&String::from_utf8_lossy(&pem))?))
    }

    /// The training code in its repository, and the data sets.
    fn check_sources(&self, folder: &Folder, papers: &Papers) -> Vec<Check> {
        let Some(manifest) = &papers.manifest else { return Vec::new() };
        let code = match &manifest.code.commit {
            Some(commit) => repository::holds(folder.path(), commit, &manifest.code.files),
            None => Outcome::NotChecked("the manifest names no commit".into()),
        };
        let mut checks = vec![Check::new("the repository has the training code at the manifest's commit", code)];
        match &self.data {
            Some(data) => checks.extend(verify_data(manifest, data)),
            None => {
                let why = "no folder of data was given (--data)".to_owned();
                checks.push(Check::new("the data sets are those that were trained on", Outcome::NotChecked(why)));
            }
        }
        checks
    }
}

/// The claim that makes the others worth something.
const VOUCHED_CLAIM: &str = "somebody vouches for the signing key";

/// The outcomes for programs. `verified` is what a program may rely on: papers that nobody vouches for only belong
/// together, and anybody can make such.
fn as_json(failed: bool, checks: &[Check]) -> Value {
    let holds = |check: &Check| check.claim == VOUCHED_CLAIM && matches!(check.outcome, Outcome::Holds(_));
    let vouched = checks.iter().any(holds);
    json!({ "verified": !failed && vouched, "failed": failed, "vouched": vouched, "checks": checks })
}

/// Who says that the signing key is the author's.
fn vouch(given: Option<PublicKey>, papers: &Papers, checks: &[Check]) -> Outcome {
    let named = papers.manifest.as_ref().map(|manifest| manifest.signing_key);
    let registered = checks.iter().any(|check| check.claim == URI_CLAIM && matches!(check.outcome, Outcome::Holds(_)));
    match (given, registered) {
        (Some(_), _) if given == named => Outcome::Holds("the caller: it was given".into()),
        (Some(_), _) => Outcome::NotChecked("the key that was given is not the manifest's".into()),
        (None, _) if named.is_none() => Outcome::NotChecked("there is no manifest to name a key".into()),
        (None, true) => Outcome::Holds("the model's publisher: the registered manifest names it".into()),
        (None, false) => {
            let why = "self-asserted: only the folder's own manifest names it; give --public-key, or --model";
            Outcome::NotChecked(why.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use verdigris_provenance::PrivateKey;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        verify: VerifyModel,
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_an_error_and_no_verdict() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("file");
        fs::write(&file, "").expect("written");
        for (path, why) in [(place.path().join("missing"), "missing: No such file"), (file, "file is no folder")] {
            let flags = ["verify-model", "--dir", path.to_str().expect("text")];
            let error = Arguments::try_parse_from(flags).expect("flags").verify.run().await.expect_err("none");
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn only_papers_that_somebody_vouches_for_are_verified() {
        let holds = |claim| Check::new(claim, Outcome::Holds("yes".into()));
        let said = |failed, checks: &[Check]| {
            let verdict = as_json(failed, checks);
            ["failed", "vouched", "verified"].map(|field| verdict[field].as_bool().expect("yes or no"))
        };
        let nobody = Check::new(VOUCHED_CLAIM, Outcome::NotChecked("self-asserted".into()));
        assert_eq!(said(false, &[holds("another"), nobody]), [false, false, false]);
        assert_eq!(said(false, &[holds(VOUCHED_CLAIM)]), [false, true, true]);
        assert_eq!(said(true, &[holds(VOUCHED_CLAIM)]), [true, true, false]);
    }

    #[test]
    fn a_given_key_vouches_for_papers_that_name_it() {
        let manifest = include_bytes!("../../../models/duel/provenance/manifest.json").to_vec();
        let manifest = verdigris_provenance::Manifest::from_bytes(&manifest).expect("a manifest");
        let (own, other) = (manifest.signing_key, PrivateKey::from_random(&[7; 32]).expect("a key").public_key());
        let none = Papers { manifest_bytes: Vec::new(), manifest: None, checks: Vec::new() };
        assert_eq!(vouch(None, &none, &[]).detail(), "there is no manifest to name a key");
        let papers = Papers { manifest: Some(manifest), ..none };
        assert!(matches!(vouch(Some(own), &papers, &[]), Outcome::Holds(_)));
        assert!(matches!(vouch(Some(other), &papers, &[]), Outcome::NotChecked(_)));
        assert!(vouch(None, &papers, &[]).detail().starts_with("self-asserted"));
        let registered = [Check::new(URI_CLAIM, Outcome::Holds("ipfs://".into()))];
        assert!(matches!(vouch(None, &papers, &registered), Outcome::Holds(_)));
    }
}
