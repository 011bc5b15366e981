//! The pipeline's platform on Spin: its HTTP, key-value store, variables and clock, and the way in and out of a
//! component.
//!
//! Counters go through `wasi:keyvalue/atomics` (0.2.0-draft2), everything else through Spin's own interfaces; both see
//! the store named `default`.

mod body;
mod platform;
mod serve;

pub use platform::SpinPlatform;
pub use serve::serve;
