//! ONNX in, a proved exact network out.
//!
//! An ONNX file is a neural network as training programs write it: a list of operators on 32-bit floats. This crate
//! reads one, recognises in it the layers of an exact network (`docs/protocol.md`, section 1), proves that no sum of
//! any layer can leave the range in which f32 is exact, and gives the canonical form that edge functions, browsers and
//! contracts run. What does not fit is refused with the node, the rule and the value. The profile, for people who
//! export models: `docs/onnx-profile.md`.
//!
//! ```
//! use verdigris_certify::{CertifyError, Options, certify};
//!
//! let error = certify(b"no model", &Options::default()).expect_err("this is no ONNX file");
//! assert!(matches!(error, CertifyError::NotOnnx(_)));
//! ```

mod activation;
mod attributes;
mod certificate;
mod compile;
mod constant;
mod error;
mod file;
mod guard;
mod linear;
mod options;
mod phase;
mod report;
mod shape;
mod sum;
mod tables;
mod value;
mod vectors;
mod view;
mod wire;
mod write;

pub use certificate::{Certificate, certify};
pub use error::{CertifyError, NodeName, Rule};
pub use guard::guard;
pub use options::{InputRange, Options};
pub use report::{InputReport, LayerReport, RangeSource, Report};
pub use vectors::vectors;
pub use wire::{MAX_FILE_BYTES, inspect};
pub use write::{Form, WriteError, WriteOptions, write_onnx};
