//! Heavy inference, as a native server that functions at the edge hand work to.

pub mod batch;
pub mod diffusion;
pub mod engine;
pub mod exact;
pub mod inference;
pub mod jobs;
pub mod metrics;
pub mod protocol;
pub mod repository;
pub mod server;
pub mod serving;
pub mod telemetry;
pub mod tensor;
