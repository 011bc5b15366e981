//! A model's folder: its files, their names and digests.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::digest::{Sha256Digest, as_text};
use crate::error::{ProvenanceError, Result};

/// Most files of a folder.
pub const MAX_FILES: usize = 4096;
/// Deepest folder below the model's.
const MAX_DEPTH: usize = 16;
/// Longest name of a file, in bytes.
const MAX_NAME: usize = 512;

/// A file's name below its folder, with slashes: no way leads out of the folder.
///
/// Names are ordered part by part, as `model_signing` orders them: `a/b` comes before `a.b`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a file's name and the file is `other` or lies in it.
    fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.split('/').cmp(other.0.split('/'))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part_fits = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
        if text.len() <= MAX_NAME && text.split('/').all(part_fits) {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
        Err(format!("`{shown}` is not the name of a file inside the folder"))
    }
}

as_text!(Name);

/// A folder on this machine.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Its own name.
    ///
    /// # Errors
    /// If it has none, or does not exist.
    pub fn name(&self) -> Result<String> {
        let path = self.root.canonicalize().map_err(ProvenanceError::file(&self.root))?;
        let name = path.file_name().and_then(|name| name.to_str());
        name.map(str::to_owned).ok_or_else(|| ProvenanceError::malformed(path.display().to_string(), "it has no name"))
    }

    /// Where a file of it lies.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A file's content.
    ///
    /// # Errors
    /// If it can't be read, or has more than `limit` bytes.
    pub fn read(&self, name: &str, limit: usize) -> Result<Vec<u8>> {
        read_bounded(&self.path_of(name), limit)
    }

    /// Digests of all files but those that are ignored or lie in an ignored folder.
    ///
    /// # Errors
    /// If there is something that is neither file nor folder, such as a symbolic link; or too much.
    pub fn digests(&self, ignored: &[Name]) -> Result<BTreeMap<Name, Sha256Digest>> {
        let mut found = BTreeMap::new();
        self.walk(&self.root, 0, ignored, &mut found)?;
        Ok(found)
    }

    fn walk(
        &self,
        folder: &Path,
        depth: usize,
        ignored: &[Name],
        found: &mut BTreeMap<Name, Sha256Digest>,
    ) -> Result<()> {
        for entry in fs::read_dir(folder).map_err(ProvenanceError::file(folder))? {
            let entry = entry.map_err(ProvenanceError::file(folder))?;
            let path = entry.path();
            let name = self.name_of(&path)?;
            if ignored.iter().any(|other| name.is_within(other)) {
                continue;
            }
            let kind = entry.file_type().map_err(ProvenanceError::file(&path))?;
            if kind.is_dir() && depth < MAX_DEPTH {
                self.walk(&path, depth + 1, ignored, found)?;
            } else if kind.is_file() && found.len() < MAX_FILES {
                let digest = Sha256Digest::of_reader(open_file(&path)?).map_err(ProvenanceError::file(&path))?;
                found.insert(name, digest);
            } else {
                let reason = format!("only files and folders, {MAX_FILES} files and {MAX_DEPTH} levels are taken");
                return Err(ProvenanceError::malformed(path.display().to_string(), reason));
            }
        }
        Ok(())
    }

    fn name_of(&self, path: &Path) -> Result<Name> {
        let below = path.strip_prefix(&self.root).ok().and_then(Path::to_str).unwrap_or_default();
        below.parse().map_err(|reason| ProvenanceError::malformed(path.display().to_string(), reason))
    }
}

/// Opens a file, and nothing else: reading from a pipe might never end.
///
/// # Errors
/// If it is none, or can't be opened.
pub(crate) fn open_file(path: &Path) -> Result<File> {
    if fs::metadata(path).map_err(ProvenanceError::file(path))?.is_file() {
        return File::open(path).map_err(ProvenanceError::file(path));
    }
    Err(ProvenanceError::malformed(path.display().to_string(), "it is no file"))
}

/// A file's content, at most `limit` bytes of it.
///
/// # Errors
/// If it can't be read, or is longer.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let mut file = open_file(path)?;
    let length = file.metadata().map_err(ProvenanceError::file(path))?.len();
    if length > limit as u64 {
        return Err(ProvenanceError::too_long(path.display().to_string(), length, limit as u64));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(limit as u64).read_to_end(&mut bytes).map_err(ProvenanceError::file(path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for text in ["", "/etc/passwd", "..", "a/../../b", "a//b", "./a", "a\\b", "a/", "a\0", &"a".repeat(513)] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
        assert!("a..b/.c".parse::<Name>().is_ok());
    }

    #[test]
    fn names_are_ordered_part_by_part() {
        assert!(name("a/b") < name("a.b") && name("a") < name("a/b"));
    }

    #[test]
    fn ignored_files_and_folders_are_left_out_and_links_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Folder::at(folder.path());
        for (path, content) in [("a", "1"), ("b/c", "2"), ("bc", "3"), ("d", "4")] {
            let path = place.path_of(path);
            fs::create_dir_all(path.parent().expect("a parent")).and_then(|()| fs::write(path, content)).expect("made");
        }
        let digests = place.digests(&[name("b"), name("d")]).expect("files");
        assert_eq!(digests.keys().map(Name::as_str).collect::<Vec<_>>(), ["a", "bc"]);
        assert_eq!(digests[&name("a")], Sha256Digest::of(b"1"));

        assert!(place.read("a", 0).expect_err("too long").to_string().contains("has 1 bytes, at most 0"));
        assert!(place.read("b", 9).expect_err("a folder").to_string().contains("it is no file"));
        std::os::unix::fs::symlink("/etc", place.path_of("link")).expect("made");
        assert!(place.digests(&[]).expect_err("a link").to_string().contains("only files and folders"));
    }
}
