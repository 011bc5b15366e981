//! Runs HTTP functions compiled to WebAssembly components, each request inside limits of time and memory.
//!
//! The crate holds everything that is generic over wasmtime's store, and so is slow to compile;
//! its own interface has no type parameters. What a component can reach (key-value stores,
//! variables, other servers) is handed in as a [`Reach`], so that routing, manifests, databases
//! and metrics live elsewhere and change without a rebuild of this crate.

mod bindings;
mod cache;
mod component;
mod engine;
mod error;
mod key_value;
mod limits;
pub mod memory;
mod outgoing;
mod reach;
mod state;
mod stdio;
mod variables;
mod worker;

pub use cache::CompileCache;
pub use component::{Call, Component};
pub use engine::{Engine, Loaded};
pub use error::{Failure, LoadError};
pub use limits::Limits;
pub use reach::{KeyValue, KeyValueResult, Outbound, Reach, Revision, Snapshot};

/// A request's or a response's body, streamed.
pub type Body = wasmtime_wasi_http::WasiBody;
/// What can go wrong with an outgoing request; the guest sees it as a `wasi:http` error code.
pub use wasmtime_wasi_http::{Error as HttpError, RequestOptions};
