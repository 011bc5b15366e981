//! `verdigris verify-model`: says what holds of a model's papers and what does not.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, B256};
use serde_json::json;
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
        let fails = checks.iter().any(|check| check.outcome.fails());
        if self.json {
            println!("{:#}", json!({ "verified": !fails, "checks": checks }));
        } else {
            for Check { claim, outcome } in &checks {
                println!("{} {claim}\n    {}", outcome.sign(), outcome.detail());
            }
        }
        Ok(if fails { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }

    async fn checks(&self) -> Result<Vec<Check>, CliError> {
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
        let vouched = Check::new("somebody vouches for the signing key", vouch(given, &more));
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

/// Who says that the signing key is the author's.
fn vouch(given: Option<PublicKey>, checks: &[Check]) -> Outcome {
    let registered = checks.iter().any(|check| check.claim == URI_CLAIM && matches!(check.outcome, Outcome::Holds(_)));
    match (given, registered) {
        (Some(_), _) => Outcome::Holds("the caller: it was given".into()),
        (None, true) => Outcome::Holds("the model's publisher: the registered manifest names it".into()),
        (None, false) => {
            let why = "self-asserted: only the folder's own manifest names it; give --public-key, or --model";
            Outcome::NotChecked(why.into())
        }
    }
}
