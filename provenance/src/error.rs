//! What can be wrong with a model's papers, each error naming what and why.

use std::path::PathBuf;

/// Why papers could not be made, or not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvenanceError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// There is more of something than is read.
    #[error("{what} has {found} {unit}, at most {limit} are taken")]
    TooLarge {
        /// What there is too much of.
        what: String,
        /// How much there is.
        found: u64,
        /// How much is allowed.
        limit: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// Something does not have the form that it must have.
    #[error("{what}: {reason}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ProvenanceError {
    /// An error about a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// An error about the form of something.
    pub(crate) fn malformed(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Malformed { what: what.into(), reason: reason.to_string() }
    }

    /// An error about more bytes than are taken.
    pub(crate) fn too_long(what: impl Into<String>, found: u64, limit: u64) -> Self {
        Self::TooLarge { what: what.into(), found, limit, unit: "bytes" }
    }
}

/// A result, with this crate's error if no other is named.
pub type Result<T, E = ProvenanceError> = std::result::Result<T, E>;
