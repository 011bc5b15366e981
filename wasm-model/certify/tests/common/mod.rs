//! What the tests share: random networks, a small writer of ONNX graphs, and tract as a second opinion.
#![allow(dead_code, reason = "each test program uses its part of this")]

pub mod graph;
pub mod random;
pub mod tract;
