//! The folder for a stack's state.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::error::CliError;

/// Marks a folder as one that a stack made, and may empty; locked as long as that stack runs, and holds its process id.
const MARK: &str = "made-by-verdigris-up";

/// Takes a folder for one stack's state, and empties it of what an earlier stack left there. The folder is the stack's until
/// the file is dropped.
///
/// # Errors
/// If another stack runs in it, or it holds something else than a stack's state.
pub fn take(folder: &Path) -> Result<File, CliError> {
    let mark = folder.join(MARK);
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !mark.exists() {
        return Err(refused(folder, "holds something else than a stack's state"));
    }
    fs::create_dir_all(folder).map_err(CliError::file(folder))?;
    let options = File::options().read(true).write(true).create(true).truncate(false).open(&mark);
    let mut lock = options.map_err(CliError::file(&mark))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            let _ = lock.read_to_string(&mut process);
            return Err(refused(
                folder,
                &format!("is in use by a stack that runs (process {process}): end that one first"),
            ));
        }
        Err(TryLockError::Error(error)) => return Err(CliError::file(&mark)(error)),
    }
    clear(folder)
        .and_then(|()| lock.set_len(0))
        .and_then(|()| lock.rewind())
        .and_then(|()| write!(lock, "{}", std::process::id()))
        .map_err(CliError::file(folder))?;
    Ok(lock)
}

/// Removes everything but the mark.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

fn refused(folder: &Path, why: &str) -> CliError {
    CliError::Argument(format!("{} {why}; or name another --state-dir", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this process for one test.
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("verdigris-folder-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_folder_in_use_is_left_as_it_is_and_one_left_behind_is_emptied() {
        let folder = folder("taken");
        let lock = take(&folder).expect("it is free");
        fs::create_dir_all(folder.join("content/deep")).expect("made");
        fs::write(folder.join("log"), "kept").expect("written");
        let error = take(&folder).expect_err("it is in use").to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        assert!(folder.join("content/deep").exists() && folder.join("log").exists());
        drop(lock);
        let _lock = take(&folder).expect("it is free again");
        assert_eq!(fs::read_dir(&folder).expect("listed").count(), 1, "only the mark is left");
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn a_folder_of_somebody_else_s_is_not_touched() {
        let folder = folder("foreign");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("thesis"), "years of work").expect("written");
        assert!(take(&folder).is_err());
        assert_eq!(fs::read_to_string(folder.join("thesis")).expect("it is there"), "years of work");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
