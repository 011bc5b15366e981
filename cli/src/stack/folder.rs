//! The folder for a stack's state.

use std::path::Path;

use crate::error::CliError;

/// Marks a folder as one that a stack made, and may empty.
const MARK: &str = "made-by-verdigris-up";

/// An empty folder for the stack's state. Nothing is removed but what an earlier stack left there.
pub fn empty(folder: &Path) -> Result<(), CliError> {
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !folder.join(MARK).exists() {
        let folder = folder.display();
        return Err(CliError::Argument(format!(
            "{folder} holds something else than a stack's state; name another --state-dir"
        )));
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(CliError::file(folder))?;
    }
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(MARK), "")).map_err(CliError::file(folder))
}
