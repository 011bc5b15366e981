//! Runs what a `spin.toml` says: components behind HTTP routes, with variables, key-value stores
//! and calls between them. For development and tests; the engine underneath is
//! `verdigris_engine`.

pub mod app;
pub mod bench;
pub mod components;
pub mod headers;
pub mod key_value;
pub mod manifest;
pub mod metrics;
pub mod options;
pub mod outbound;
pub mod problem;
pub mod routes;
pub mod server;
pub mod upload;
