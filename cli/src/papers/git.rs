//! git, asked about a repository that a stranger may have made.
//!
//! A repository's own settings can name programs: to fetch with, to watch files with, to show pages with. So nothing is
//! asked for that needs one, nothing is fetched, and what git would run nevertheless is taken away from it. Nor may it
//! take long, or say much.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use verdigris_provenance::MAX_MODEL;

/// How long all questions about one folder may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings that stand above the repository's own.
const SETTINGS: [&str; 8] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "credential.helper=",
    "protocol.allow=never",
    // A folder of a model's must not be taken for a repository itself, only because it holds such files.
    "safe.bareRepository=explicit",
    // A short file may hold a long object: this way git hands it on as it comes, and does not keep it in memory.
    "core.bigFileThreshold=16m",
];

/// Variables that no setting stands for. `GIT_ALLOW_PROTOCOL` takes away what versions before 2.44, which don't know of
/// `GIT_NO_LAZY_FETCH`, would fetch by.
const VARIABLES: [(&str, &str); 7] = [
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Asks git about the repository that a folder lies in.
pub struct Git<'a> {
    folder: &'a Path,
    until: Instant,
    most: usize,
}

impl<'a> Git<'a> {
    /// Asks about a folder's repository; the time that it may take begins now.
    pub fn at(folder: &'a Path) -> Self {
        Self { folder, until: Instant::now() + PATIENCE, most: MAX_MODEL }
    }

    /// What git says; `None` if it says no.
    ///
    /// # Errors
    /// If git can't be run, takes too long, or says too much.
    pub fn ask(&self, arguments: &[&str]) -> Result<Option<Vec<u8>>, String> {
        let mut child = self.command(arguments).spawn().map_err(|error| format!("git can't be run: {error}"))?;
        let said = self.listen(&mut child);
        if said.is_err() {
            // It may have ended by itself since.
            let _ = child.kill();
        }
        let ended = child.wait().map_err(|error| format!("git: {error}"));
        let said = said?;
        Ok(ended?.success().then_some(said))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command.envs(VARIABLES).arg("--no-pager").arg("-C").arg(self.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    /// Everything that a child says until it ends.
    fn listen(&self, child: &mut Child) -> Result<Vec<u8>, String> {
        let late = || format!("git gave no answer within {} s", PATIENCE.as_secs());
        let left = || self.until.saturating_duration_since(Instant::now());
        let said = self.read(child).recv_timeout(left()).map_err(|_| late())?;
        let said = said.map_err(|error| format!("git: {error}"))?;
        if said.len() > self.most {
            return Err(format!("git said more than {} bytes", self.most));
        }
        while child.try_wait().map_err(|error| format!("git: {error}"))?.is_none() {
            if left().is_zero() {
                return Err(late());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(said)
    }

    /// Reads on a thread of its own, since nothing else ends a read.
    fn read(&self, child: &mut Child) -> Receiver<std::io::Result<Vec<u8>>> {
        let (sender, receiver) = channel();
        let most = self.most as u64 + 1;
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                let read = stdout.take(most).read_to_end(&mut said);
                // Nobody listens any more if it took too long.
                let _ = sender.send(read.map(|_| said));
            });
        }
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// git as it is, in a folder.
    fn plain(folder: &Path, arguments: &[&str]) -> bool {
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet(Command::new("git").arg("-C").arg(folder).args(arguments)).expect("git runs").success()
    }

    fn repository() -> tempfile::TempDir {
        let place = tempfile::tempdir().expect("a folder");
        assert!(plain(place.path(), &["init", "--quiet"]));
        place
    }

    /// Appends to the repository's own settings.
    fn configure(place: &Path, lines: &str) {
        let path = place.join(".git/config");
        let before = fs::read_to_string(&path).expect("settings");
        fs::write(path, before + lines).expect("written");
    }

    #[test]
    fn a_repository_s_own_settings_run_nothing() {
        let place = repository();
        let (path, ran) = (place.path(), place.path().join("ran"));
        let spell = format!("touch {}; false", ran.display());
        configure(
            path,
            &format!(
                "[core]\n\trepositoryformatversion = 1\n\tfsmonitor = \"{spell}\"\n\tpager = \"{spell}\"\n\tsshCommand = \"{spell}\"\n\
                 [extensions]\n\tpartialClone = origin\n\
                 [remote \"origin\"]\n\turl = .\n\tpromisor = true\n\tuploadpack = \"{spell}\"\n"
            ),
        );
        let missing = format!("{}^{{commit}}", "01".repeat(20));
        assert!(!plain(path, &["cat-file", "-e", &missing]) && ran.exists(), "such a repository does run it");
        fs::remove_file(&ran).expect("removed");
        fs::write(path.join("a.py"), "").expect("written");
        assert!(plain(path, &["add", "a.py"]));
        let _ = fs::remove_file(&ran);

        let git = Git::at(path);
        assert_eq!(git.ask(&["cat-file", "-e", &missing]), Ok(None));
        assert_eq!(git.ask(&["cat-file", "blob", &format!("{}:./a.py", "01".repeat(20))]), Ok(None));
        assert_eq!(git.ask(&["ls-files", "-z"]), Ok(Some(b"a.py\0".to_vec())));
        assert!(git.ask(&["rev-parse", "--git-dir"]).is_ok_and(|said| said.is_some()));
        assert!(!ran.exists(), "nothing was run");
    }

    #[test]
    fn an_object_is_not_replaced_by_another() {
        let place = repository();
        let path = place.path();
        let write = |content: &str| {
            fs::write(path.join("x"), content).expect("written");
            let said = Git::at(path).ask(&["hash-object", "-w", "x"]).expect("git runs").expect("an object");
            String::from_utf8_lossy(&said).trim().to_owned()
        };
        let (one, other) = (write("one"), write("other"));
        assert!(plain(path, &["replace", &one, &other]));
        assert_eq!(Git::at(path).ask(&["cat-file", "blob", &one]), Ok(Some(b"one".to_vec())));
    }

    #[test]
    fn a_folder_that_looks_like_a_repository_is_none() {
        let place = tempfile::tempdir().expect("a folder");
        assert!(plain(place.path(), &["init", "--quiet", "--bare"]));
        assert_eq!(Git::at(place.path()).ask(&["rev-parse", "--git-dir"]), Ok(None));
    }

    #[test]
    fn git_may_neither_take_long_nor_say_much() {
        let place = repository();
        let path = place.path();
        fs::write(path.join("x"), "0123456789").expect("written");
        let git = Git { most: 9, ..Git::at(path) };
        let object = Git::at(path).ask(&["hash-object", "-w", "x"]).expect("git runs").expect("an object");
        let object = String::from_utf8_lossy(&object).trim().to_owned();
        assert_eq!(git.ask(&["cat-file", "blob", &object]), Err("git said more than 9 bytes".into()));

        let pipe = path.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        configure(path, &format!("[include]\n\tpath = {}\n", pipe.display()));
        let git = Git { until: Instant::now() + Duration::from_millis(200), ..Git::at(path) };
        let start = Instant::now();
        assert_eq!(git.ask(&["rev-parse", "HEAD"]), Err("git gave no answer within 60 s".into()));
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
