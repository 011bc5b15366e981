//! What the end-to-end tests share: a stack of their own, and questions to ask it.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

pub mod chain;
pub mod chaos;
pub mod cheat;
pub mod files;
pub mod functions;
pub mod gpu;
pub mod http;
pub mod load;
pub mod peer;
pub mod process;
pub mod relay;
pub mod simulator;
pub mod stack;
pub mod supply;
pub mod tensor;
pub mod webhook;
