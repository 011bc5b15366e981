//! A model's folder: its files, their names and digests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::digest::{Sha256Digest, as_text};
use crate::error::{ProvenanceError, Result};
use crate::text::{cut, is_hidden};

/// Most files of a folder, with the folders in it.
pub const MAX_FILES: usize = 4096;
/// Longest file of a folder, in bytes.
const MAX_FILE: u64 = 4 << 30;
/// Most bytes of a folder's files together.
const MAX_FOLDER: u64 = 16 << 30;
/// Deepest folder below the model's.
const MAX_DEPTH: usize = 16;
/// Longest name of a file, in bytes.
const MAX_NAME: usize = 512;

/// A file's name below its folder, with slashes: no way leads out of the folder, and every character can be seen.
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
    pub(crate) fn is_within(&self, other: &Self) -> bool {
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
        let part_fits = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(|c| c == '\\' || is_hidden(c));
        if text.len() <= MAX_NAME && text.split('/').all(part_fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("`{}` is not the name of a file inside the folder", cut(text)))
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

    /// Whether there is something of a name in it, be it a link that leads nowhere.
    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path_of(name)).is_ok()
    }

    /// A file's content.
    ///
    /// # Errors
    /// If it can't be read, has more than `limit` bytes, or a symbolic link leads to it.
    pub fn read(&self, name: &str, limit: usize) -> Result<Vec<u8>> {
        read_bounded(&self.without_links(name)?, limit)
    }

    /// Writes a file, and the folders on the way to it.
    ///
    /// # Errors
    /// If it can't be written, or a symbolic link leads to it.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.without_links(name)?;
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes)).map_err(ProvenanceError::file(&path))
    }

    /// The digest of a file's content.
    ///
    /// # Errors
    /// If it can't be read, or a symbolic link leads to it.
    pub fn digest(&self, name: &Name) -> Result<Sha256Digest> {
        let path = self.without_links(name.as_str())?;
        Sha256Digest::of_reader(open_file(&path)?.take(MAX_FILE)).map_err(ProvenanceError::file(&path))
    }

    /// Digests of all files but those that are ignored or lie in an ignored folder.
    ///
    /// # Errors
    /// As [`Self::files`].
    pub fn digests(&self, ignored: &[Name]) -> Result<BTreeMap<Name, Sha256Digest>> {
        let files = self.files(ignored)?.into_iter();
        files.map(|name| self.digest(&name).map(|digest| (name, digest))).collect()
    }

    /// The names of all files but those that are ignored or lie in an ignored folder. No content is read for it.
    ///
    /// # Errors
    /// If there is something that is neither file nor folder, such as a symbolic link, though it be ignored; or too much.
    pub fn files(&self, ignored: &[Name]) -> Result<BTreeSet<Name>> {
        let mut walk = Walk { folder: self, ignored, entries: 0, bytes: 0, files: BTreeSet::new() };
        walk.enter(&self.root, 0)?;
        Ok(walk.files)
    }

    /// Where a file lies, if nothing on the way to it is a symbolic link.
    fn without_links(&self, name: &str) -> Result<PathBuf> {
        let mut path = self.root.clone();
        for part in name.split('/') {
            path.push(part);
            if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
                return Err(ProvenanceError::malformed(path.display().to_string(), "it is a symbolic link"));
            }
        }
        Ok(path)
    }

    fn name_of(&self, path: &Path) -> Result<Name> {
        let below = path.strip_prefix(&self.root).ok().and_then(Path::to_str).unwrap_or_default();
        below.parse().map_err(|reason| ProvenanceError::malformed(path.display().to_string(), reason))
    }
}

/// A way through a folder, and what was found on it.
struct Walk<'a> {
    folder: &'a Folder,
    ignored: &'a [Name],
    entries: usize,
    bytes: u64,
    files: BTreeSet<Name>,
}

impl Walk<'_> {
    fn enter(&mut self, place: &Path, depth: usize) -> Result<()> {
        for entry in fs::read_dir(place).map_err(ProvenanceError::file(place))? {
            let entry = entry.map_err(ProvenanceError::file(place))?;
            self.take(&entry, depth)?;
        }
        Ok(())
    }

    fn take(&mut self, entry: &DirEntry, depth: usize) -> Result<()> {
        let path = entry.path();
        let malformed = |reason: String| Err(ProvenanceError::malformed(path.display().to_string(), reason));
        let found = entry.metadata().map_err(ProvenanceError::file(&path))?;
        if !found.is_dir() && !found.is_file() {
            return malformed("it is neither file nor folder; only these are taken, and no symbolic links".into());
        }
        let name = self.folder.name_of(&path)?;
        if self.ignored.iter().any(|other| name.is_within(other)) {
            return Ok(());
        }
        self.entries += 1;
        if self.entries > MAX_FILES {
            return malformed(format!("at most {MAX_FILES} files and folders are taken"));
        }
        if found.is_file() {
            self.weigh(&path, found.len())?;
            self.files.insert(name);
            return Ok(());
        }
        if depth < MAX_DEPTH {
            self.enter(&path, depth + 1)
        } else {
            malformed(format!("it lies below {MAX_DEPTH} folders"))
        }
    }

    /// Nothing is hashed before all is known to be of a size that can be.
    fn weigh(&mut self, path: &Path, length: u64) -> Result<()> {
        if length > MAX_FILE {
            return Err(ProvenanceError::too_long(path.display().to_string(), length, MAX_FILE));
        }
        self.bytes += length;
        if self.bytes > MAX_FOLDER {
            return Err(ProvenanceError::too_long(self.folder.root.display().to_string(), self.bytes, MAX_FOLDER));
        }
        Ok(())
    }
}

/// Opens a file, and nothing else: reading from a pipe might never end. Links are followed; inside of a model's folder,
/// [`Folder`] refuses them.
///
/// # Errors
/// If it is none, or can't be opened.
pub(crate) fn open_file(path: &Path) -> Result<File> {
    if fs::metadata(path).map_err(ProvenanceError::file(path))?.is_file() {
        return File::open(path).map_err(ProvenanceError::file(path));
    }
    Err(ProvenanceError::malformed(path.display().to_string(), "it is no file"))
}

/// The content of a file that the caller named, at most `limit` bytes of it. Links are followed.
///
/// # Errors
/// If it can't be read, or is longer.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let mut file = open_file(path)?;
    let length = file.metadata().map_err(ProvenanceError::file(path))?.len();
    let limit = limit as u64;
    let mut bytes = Vec::new();
    if length <= limit {
        file.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(ProvenanceError::file(path))?;
    }
    match length.max(bytes.len() as u64) {
        found if found > limit => Err(ProvenanceError::too_long(path.display().to_string(), found, limit)),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    /// A folder with some files, each of which holds its own name.
    fn folder(files: &[&str]) -> (tempfile::TempDir, Folder) {
        let keep = tempfile::tempdir().expect("a folder");
        let place = Folder::at(keep.path());
        for name in files {
            place.write(name, name.as_bytes()).expect("made");
        }
        (keep, place)
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for text in [
            "",
            "/etc/passwd",
            "..",
            "a/../../b",
            "a//b",
            "./a",
            "a\\b",
            "a/",
            "a\0",
            "a\u{1b}[0m",
            "a\n",
            "a\u{202e}",
            "a\u{200b}",
            &"a".repeat(513),
        ] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
        assert!("a..b/.c".parse::<Name>().is_ok());
    }

    #[test]
    fn names_are_ordered_part_by_part() {
        assert!(name("a/b") < name("a.b") && name("a") < name("a/b"));
    }

    #[test]
    fn ignored_files_and_folders_are_left_out() {
        let (_keep, place) = folder(&["a", "b/c", "bc", "d"]);
        let digests = place.digests(&[name("b"), name("d")]).expect("files");
        assert_eq!(digests.keys().map(Name::as_str).collect::<Vec<_>>(), ["a", "bc"]);
        assert_eq!(digests[&name("a")], Sha256Digest::of(b"a"));

        assert!(place.read("a", 0).expect_err("too long").to_string().contains("has 1 bytes, at most 0"));
        assert!(place.read("b", 9).expect_err("a folder").to_string().contains("it is no file"));
    }

    #[test]
    fn links_are_refused_wherever_they_are() {
        let (_keep, place) = folder(&["a", "b/c"]);
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, place.path_of(name)).expect("made");
        link("b", "b-2");
        link("a", "a-2");
        link("nowhere", "lost");
        assert!(place.has("lost") && !place.has("missing"));
        for name in ["b-2/c", "a-2", "lost"] {
            let error = place.read(name, 9).expect_err("a link").to_string();
            assert!(error.ends_with("it is a symbolic link"), "{error}");
            assert!(place.write(name, b"x").is_err() && place.digest(&self::name(name)).is_err());
        }
        assert_eq!(read_bounded(&place.path_of("a-2"), 9).expect("the caller's own path"), b"a");
        let error = place.digests(&["a-2", "b-2", "lost"].map(name)).expect_err("links").to_string();
        assert!(error.contains("no symbolic links"), "though they are ignored: {error}");
    }

    #[test]
    fn a_folder_of_too_much_is_refused_before_it_is_hashed() {
        let (_keep, place) = folder(&[]);
        let make = |name: &str, length| {
            File::create(place.path_of(name)).and_then(|file| file.set_len(length)).expect("a file of holes");
        };
        make("a", MAX_FILE + 1);
        let error = place.digests(&[]).expect_err("long").to_string();
        assert!(error.ends_with("/a has 4294967297 bytes, at most 4294967296 are taken"), "{error}");
        for name in ["a", "b", "c", "d", "e"] {
            make(name, MAX_FILE);
        }
        let error = place.digests(&[]).expect_err("too much").to_string();
        assert!(error.ends_with("has 21474836480 bytes, at most 17179869184 are taken"), "{error}");
    }

    #[test]
    fn deep_and_crowded_folders_are_refused() {
        let (_keep, place) = folder(&[]);
        fs::create_dir_all(place.path_of(&["d"; MAX_DEPTH + 1].join("/"))).expect("made");
        assert!(place.files(&[]).expect_err("deep").to_string().contains("below 16 folders"));
        // The same file by many names, which is quick to make.
        let (_keep, place) = folder(&["sub/a"]);
        for number in 0..MAX_FILES - 1 {
            fs::hard_link(place.path_of("sub/a"), place.path_of(&number.to_string())).expect("made");
        }
        assert!(place.files(&[]).expect_err("crowded").to_string().contains("at most 4096 files and folders"));
    }
}
