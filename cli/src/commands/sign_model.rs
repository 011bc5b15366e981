//! `verdigris sign-model`: a trained model's papers.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use verdigris_provenance::{
    Folder, MANIFEST, MODEL_BUNDLE, Outcome, PrivateKey, SIGNER, TRAINING_BUNDLE, code, manifest, model_files,
    read_bounded, read_model, refuse_compiled, sign, signed_files,
};

use crate::error::CliError;
use crate::papers::{certified, repository, uri_of};

/// Longest key file, in bytes.
const MAX_KEY: usize = 4096;

/// Makes manifest, signature and training statement of a model's folder, and prints their digests as JSON.
#[derive(clap::Args)]
pub struct SignModel {
    /// The model's folder, such as models/duel
    #[arg(long)]
    dir: PathBuf,
    /// P-256 private key, PKCS #8 PEM (`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`)
    #[arg(long)]
    key: PathBuf,
    /// Make the key first; its file must not be there yet
    #[arg(long)]
    new_key: bool,
}

impl SignModel {
    /// Signs.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let folder = Folder::at(&self.dir);
        if self.new_key {
            make_key(&self.key)?;
        }
        let pem = read_bounded(&self.key, MAX_KEY)?;
        let key = PrivateKey::from_pem(&String::from_utf8_lossy(&pem))?;
        refuse_compiled(&folder)?;
        check_form(&folder)?;
        check_tracked(&folder)?;
        let commit = repository::commit_of(folder.path(), &code(&folder)?)?;
        let signed = sign(&folder, commit.clone(), &key)?;
        let manifest = folder.read(MANIFEST, manifest::MAX_BYTES)?;
        let report = json!({
            "signed": signed,
            "manifestUri": uri_of(&manifest),
            "publicKey": key.public_key(),
            "commit": commit,
        });
        println!("{report:#}");
        Ok(ExitCode::SUCCESS)
    }
}

/// Whoever has the commit must have what is signed, but for what signing itself writes.
fn check_tracked(folder: &Folder) -> Result<(), CliError> {
    let written = [MANIFEST, SIGNER, MODEL_BUNDLE, TRAINING_BUNDLE];
    let files = signed_files(folder)?;
    repository::refuse_untracked(folder.path(), files.iter().filter(|name| !written.contains(&name.as_str())))
}

/// What is signed must be what its own ONNX file certifies to.
fn check_form(folder: &Folder) -> Result<(), CliError> {
    let [onnx, form] = model_files(folder)?.map(|name| folder.path_of(name.as_str()));
    let [_, bytes] = read_model(folder)?;
    match certified::check(&onnx, &bytes)? {
        Outcome::Fails(reason) => {
            let reason = format!("{} does not certify to it ({reason})", onnx.display());
            Err(CliError::malformed(form.display().to_string(), reason))
        }
        _ => Ok(()),
    }
}

/// Makes a key that only its owner can read.
fn make_key(path: &Path) -> Result<(), CliError> {
    let key = loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| CliError::Stack(format!("no random numbers: {error}")))?;
        if let Some(key) = PrivateKey::from_random(&bytes) {
            break key;
        }
    };
    let pem = key.to_pem()?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(pem.as_bytes())).map_err(CliError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    #[test]
    fn what_is_signed_must_be_tracked_but_for_what_signing_writes() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(place.path());
        let write = |name: &str| {
            let path = folder.path_of(name);
            let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, "x"));
            made.expect("written");
        };
        let git = |arguments: &[&str]| {
            let status = Command::new("git").arg("-C").arg(place.path()).args(arguments).status();
            assert!(status.expect("git runs").success(), "git {arguments:?}");
        };
        ["train.py", "sub/README.md", ".gitignore"].into_iter().for_each(write);
        check_tracked(&folder).expect("there is no repository");
        git(&["init", "--quiet"]);
        let error = check_tracked(&folder).expect_err("nothing is tracked").to_string();
        assert!(error.starts_with("git does not track sub/README.md, train.py: "), "{error}");
        git(&["add", "."]);
        write(".gitignore");
        [MANIFEST, SIGNER, MODEL_BUNDLE, TRAINING_BUNDLE].into_iter().for_each(write);
        check_tracked(&folder).expect("the papers are yet to come");
        fs::write(folder.path_of(".gitignore"), "secret.txt\n").expect("written");
        write("secret.txt");
        let error = check_tracked(&folder).expect_err("what git ignores is not tracked").to_string();
        assert!(error.starts_with("git does not track secret.txt: "), "{error}");
    }
}
