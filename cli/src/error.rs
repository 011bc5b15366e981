//! What can go wrong in the `verdigris` command.

use std::path::PathBuf;

/// Every error of the command, each saying what was wrong with what.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A server could not be reached.
    #[error("{url} could not be reached: {reason}")]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A server answered with an error.
    #[error("{url} answered {status}: {body}")]
    Refused {
        /// Whom we asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// The chain's node refused a call.
    #[error("{method}: {message}")]
    Rpc {
        /// The JSON-RPC method.
        method: String,
        /// What the node said, or the contract's error by its name.
        message: String,
        /// What the contract's call ended with; empty if there was none.
        data: alloy_primitives::Bytes,
    },
    /// An answer was not what the protocol says it is.
    #[error("{what}: {reason}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A transaction was mined but failed.
    #[error("transaction {0} failed on chain")]
    Reverted(alloy_primitives::B256),
    /// Something took longer than it may.
    #[error("{what} did not happen within {seconds} s")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// A part of the local stack did not start, or ended.
    #[error("{0}")]
    Stack(String),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// An argument makes no sense.
    #[error("{0}")]
    Argument(String),
}

impl CliError {
    /// Whether a contract's call ended with this error.
    pub fn is<E: alloy_sol_types::SolError>(&self) -> bool {
        matches!(self, Self::Rpc { data, .. } if data.starts_with(&E::SELECTOR))
    }

    /// An error about a file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// An error about something read.
    pub fn malformed(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Malformed { what: what.into(), reason: reason.to_string() }
    }
}
