//! The git repository that a model's folder lies in.

use std::collections::HashSet;
use std::path::Path;

use verdigris_provenance::manifest::CodeFile;
use verdigris_provenance::{Commit, Name, Outcome, Sha256Digest, listed};

use super::git::Git;
use crate::error::CliError;

/// The commit that holds a folder's training code as it is; `None` if the folder lies in no repository.
///
/// # Errors
/// If the code is not committed as it is.
pub fn commit_of(folder: &Path, code: &[CodeFile]) -> Result<Option<Commit>, CliError> {
    let head = Git::at(folder).ask(&["rev-parse", "--verify", "HEAD"]).map_err(CliError::Argument)?;
    let head = head.and_then(|text| String::from_utf8_lossy(&text).trim().parse::<Commit>().ok());
    let Some(head) = head else { return Ok(None) };
    match holds(folder, &head, code) {
        Outcome::Fails(reason) => Err(CliError::Argument(format!("{reason}; commit the training code first"))),
        _ => Ok(Some(head)),
    }
}

/// Refuses files that git does not track, since whoever reads the commit would not have them. In no repository, nothing
/// is refused.
pub fn refuse_untracked<'a>(folder: &Path, names: impl IntoIterator<Item = &'a Name>) -> Result<(), CliError> {
    let tracked = Git::at(folder).ask(&["ls-files", "-z"]).map_err(CliError::Argument)?;
    let Some(tracked) = tracked else { return Ok(()) };
    let tracked: HashSet<_> = tracked.split(|byte| *byte == 0).collect();
    let untracked = names.into_iter().filter(|name| !tracked.contains(name.as_str().as_bytes()));
    let untracked: Vec<_> = untracked.collect();
    if untracked.is_empty() {
        return Ok(());
    }
    let files = listed(&untracked);
    Err(CliError::Argument(format!(
        "git does not track {files}: whoever reads the commit would not have what is signed; add to git or remove"
    )))
}

/// Whether a commit is in the repository of a folder, and holds its training code.
pub fn holds(folder: &Path, commit: &Commit, code: &[CodeFile]) -> Outcome {
    look(&Git::at(folder), commit, code).unwrap_or_else(Outcome::NotChecked)
}

fn look(git: &Git<'_>, commit: &Commit, code: &[CodeFile]) -> Result<Outcome, String> {
    if git.ask(&["rev-parse", "--git-dir"])?.is_none() {
        return Ok(Outcome::NotChecked("the folder lies in no git repository, or in one that git won't read".into()));
    }
    if git.ask(&["cat-file", "-e", &format!("{commit}^{{commit}}")])?.is_none() {
        let shallow = git.ask(&["rev-parse", "--is-shallow-repository"])?;
        return Ok(match shallow.is_some_and(|text| text.trim_ascii() == b"true") {
            true => Outcome::NotChecked(format!("this shallow clone has no commit {commit}: `git fetch --unshallow`")),
            false => Outcome::Fails(format!("the repository has no commit {commit}")),
        });
    }
    for file in code {
        if let Some(difference) = compare(git, commit, file)? {
            return Ok(Outcome::Fails(difference));
        }
    }
    Ok(Outcome::Holds(format!("commit {commit}, {} files", code.len())))
}

/// How a file in a commit is not the one that it should be.
fn compare(git: &Git<'_>, commit: &Commit, file: &CodeFile) -> Result<Option<String>, String> {
    let blob = git.ask(&["cat-file", "blob", &format!("{commit}:./{}", file.name)])?;
    Ok(match blob.map(|bytes| Sha256Digest::of(&bytes)) {
        Some(digest) if digest == file.sha256 => None,
        Some(digest) => Some(format!("commit {commit} has {} as {digest}, not {}", file.name, file.sha256)),
        None => Some(format!("commit {commit} has no {}", file.name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use verdigris_provenance::{Folder, code};

    /// A repository with one commit that holds `model/train.py`; gives the folder `model`.
    fn repository(place: &Path) -> Folder {
        let folder = place.join("model");
        std::fs::create_dir(&folder).expect("made");
        std::fs::write(folder.join("train.py"), "print('trained')\n").expect("written");
        let who = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        for step in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message=Training"]] {
            let status = Command::new("git").arg("-C").arg(place).args(who).args(step).status();
            assert!(status.expect("git runs").success(), "git {step:?}");
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

    #[test]
    fn what_git_does_not_track_is_named() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = repository(place.path());
        let names = ["train.py", "notes/new.md", "weights.bin"].map(|name| name.parse().expect("a name"));
        refuse_untracked(folder.path(), &names[..1]).expect("it is tracked");
        let error = refuse_untracked(folder.path(), &names).expect_err("two are not").to_string();
        assert!(error.starts_with("git does not track notes/new.md, weights.bin: "), "{error}");
        let elsewhere = tempfile::tempdir().expect("a folder");
        refuse_untracked(elsewhere.path(), &names).expect("there is no repository");
    }

    #[test]
    fn a_partial_clone_is_not_completed_by_its_own_command() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = repository(place.path());
        let ran = place.path().join("ran");
        let settings = format!(
            "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n\
             [remote \"origin\"]\n\turl = .\n\tpromisor = true\n\tuploadpack = \"touch {}; false\"\n",
            ran.display()
        );
        std::fs::write(place.path().join(".git/config"), settings).expect("written");
        let commit: Commit = "01".repeat(20).parse().expect("a commit");
        assert!(holds(folder.path(), &commit, &code(&folder).expect("code")).fails());
        assert!(!ran.exists(), "nothing was run");
    }
}
