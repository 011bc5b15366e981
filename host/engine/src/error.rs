//! What can go wrong when a component is loaded, and when it serves a request.

use std::path::PathBuf;

use thiserror::Error;

/// A component that could not be made ready to serve.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The engine itself could not be set up on this machine.
    #[error("wasmtime could not be configured: {0}")]
    Engine(String),
    /// The file could not be read.
    #[error("{path}: {reason}; build the component first, or correct its `source`")]
    Read {
        /// The component's file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The file is larger than any component is.
    #[error("{path} has {bytes} bytes, more than the {limit} that a component may have")]
    TooLarge {
        /// The component's file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// The file is not a component, or not one that wasmtime accepts.
    #[error("{path} is not a WebAssembly component that can run here: {reason}")]
    Compile {
        /// The component's file.
        path: PathBuf,
        /// What wasmtime said.
        reason: String,
    },
    /// The component asks for an interface that the engine does not offer, or serves none it knows.
    #[error("{path} does not fit this host: {reason}")]
    Link {
        /// The component's file.
        path: PathBuf,
        /// The import or export in question.
        reason: String,
    },
}

/// Why a request got no response from its component.
#[derive(Debug, Error)]
pub enum Failure {
    /// All places were taken for as long as the caller was ready to wait.
    #[error("the component is busy")]
    Busy,
    /// No response within the time limit; the instance was ended.
    #[error("no response within the time limit")]
    TimedOut,
    /// The guest trapped (a panic, a memory limit, an illegal instruction).
    #[error("the component trapped: {0}")]
    Trapped(String),
    /// The guest's handler returned an error instead of a response.
    #[error("the component returned an error: {0}")]
    Refused(String),
}
