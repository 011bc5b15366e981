//! The pipeline from event to settled answer, with no platform in it.
//!
//! An event on a chain asks for an inference. [`intake`] checks who sent the event and takes it as a [`job`];
//! [`dispatch`] runs the model; [`pin`] stores the result where anyone finds it; [`callback`] signs a [`receipt`]
//! and answers on the chain through the [`outbox`]; [`sweep`] finds on the chain what was missed. All that they
//! ask of the place they run in is the trait [`platform::Platform`].

pub mod abi;
pub mod ans104;
pub mod callback;
pub mod car;
pub mod chain;
pub mod cid;
pub mod config;
pub mod dispatch;
pub mod error;
pub mod event;
mod executor;
mod frame;
pub mod gate;
pub mod handoff;
pub mod http;
pub mod infer;
pub mod intake;
pub mod job;
mod json;
pub mod metadata;
pub mod model;
mod node;
pub mod onnx;
mod oracle;
pub mod outbox;
pub mod pin;
pub mod platform;
mod problem;
#[cfg(test)]
mod promises;
pub mod receipt;
pub mod remote;
pub mod rpc;
pub mod secrecy;
pub mod senders;
mod store;
pub mod sweep;
#[cfg(test)]
pub(crate) mod testing;
pub mod together;
pub mod webhook;
mod words;

pub use error::{Error, Result};
