//! The host as its users meet it: the real command, a real component, real sockets.

mod support;

mod lifecycle;
mod limits;
mod outbound;
mod routing;
mod storage;
mod upstream;
