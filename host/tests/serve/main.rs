//! The host as its users meet it: the real command, a real component, real sockets.

#![allow(clippy::unwrap_used, reason = "a panic in a test's own code is a failed test")]

mod support;

mod lifecycle;
mod limits;
mod older;
mod outbound;
mod routing;
mod storage;
mod upstream;
