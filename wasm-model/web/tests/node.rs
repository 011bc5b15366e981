//! The renderer in Node: `cargo test -p verdigris-renderer --target wasm32-unknown-unknown`.
#![cfg(target_arch = "wasm32")]

mod shared;
