//! The git repository that a model's folder lies in.

use std::path::Path;
use std::process::{Command, Output};

use verdigris_provenance::manifest::CodeFile;
use verdigris_provenance::{Commit, Outcome, Sha256Digest};

use crate::error::CliError;

/// The commit that holds a folder's training code as it is; `None` if the folder lies in no repository.
///
/// # Errors
/// If the code is not committed as it is.
pub fn commit_of(folder: &Path, code: &[CodeFile]) -> Result<Option<Commit>, CliError> {
    let head = git(folder, &["rev-parse", "--verify", "HEAD"]).and_then(|text| text.trim().parse::<Commit>().ok());
    let Some(head) = head else { return Ok(None) };
    match holds(folder, &head, code) {
        Outcome::Fails(reason) => Err(CliError::Argument(format!("{reason}; commit the training code first"))),
        _ => Ok(Some(head)),
    }
}

/// Whether a commit is in the repository of a folder, and holds its training code.
pub fn holds(folder: &Path, commit: &Commit, code: &[CodeFile]) -> Outcome {
    if git(folder, &["rev-parse", "--git-dir"]).is_none() {
        return Outcome::NotChecked("the folder lies in no git repository".into());
    }
    if git(folder, &["cat-file", "-e", &format!("{commit}^{{commit}}")]).is_none() {
        let shallow = git(folder, &["rev-parse", "--is-shallow-repository"]).is_some_and(|text| text.trim() == "true");
        return match shallow {
            true => Outcome::NotChecked(format!("this shallow clone has no commit {commit}: `git fetch --unshallow`")),
            false => Outcome::Fails(format!("the repository has no commit {commit}")),
        };
    }
    let differing = code.iter().find_map(|file| match blob(folder, commit, file) {
        Some(digest) if digest == file.sha256 => None,
        Some(digest) => Some(format!("commit {commit} has {} as {digest}, not {}", file.name, file.sha256)),
        None => Some(format!("commit {commit} has no {}", file.name)),
    });
    match differing {
        Some(reason) => Outcome::Fails(reason),
        None => Outcome::Holds(format!("commit {commit}, {} files", code.len())),
    }
}

/// The digest of a file as a commit has it.
fn blob(folder: &Path, commit: &Commit, file: &CodeFile) -> Option<Sha256Digest> {
    let Output { status, stdout, .. } = run(folder, &["cat-file", "blob", &format!("{commit}:./{}", file.name)])?;
    status.success().then(|| Sha256Digest::of(&stdout))
}

/// What git prints; `None` if it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let Output { status, stdout, .. } = run(folder, arguments)?;
    status.success().then(|| String::from_utf8_lossy(&stdout).into_owned())
}

fn run(folder: &Path, arguments: &[&str]) -> Option<Output> {
    Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdigris_provenance::{Folder, code};

    /// A repository with one commit that holds `model/train.py`; gives the folder `model`.
    fn repository(place: &Path) -> Folder {
        let folder = place.join("model");
        std::fs::create_dir(&folder).expect("made");
        std::fs::write(folder.join("train.py"), "print('trained')\n").expect("written");
        let who = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        for step in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message=Training"]] {
            assert!(git(place, &[&who[..], step].concat()).is_some(), "git {step:?}");
        }
        Folder::at(folder)
    }

    #[test]
    fn a_commit_must_hold_the_code_as_it_is() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = repository(place.path());
        let files = code(&folder).expect("code");
        let commit = commit_of(folder.path(), &files).expect("it is committed").expect("there is a repository");
        assert_eq!(holds(folder.path(), &commit, &files), Outcome::Holds(format!("commit {commit}, 1 files")));

        std::fs::write(folder.path_of("train.py"), "print('changed')\n").expect("written");
        let changed = code(&folder).expect("code");
        assert!(holds(folder.path(), &commit, &changed).detail().contains(" has train.py as "));
        let error = commit_of(folder.path(), &changed).expect_err("it is not committed").to_string();
        assert!(error.ends_with("commit the training code first"), "{error}");

        let other: Commit = "01".repeat(20).parse().expect("a commit");
        let reason = format!("the repository has no commit {other}");
        assert_eq!(holds(folder.path(), &other, &files), Outcome::Fails(reason));
    }

    #[test]
    fn a_folder_outside_of_a_repository_has_no_commit() {
        let place = tempfile::tempdir().expect("a folder");
        assert_eq!(commit_of(place.path(), &[]).expect("nothing to commit"), None);
        let commit = "01".repeat(20).parse().expect("a commit");
        assert!(matches!(holds(place.path(), &commit, &[]), Outcome::NotChecked(_)));
    }
}
