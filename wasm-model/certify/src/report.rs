//! What `certify` found out about a file, for people to read.

use crate::error::NodeName;
use crate::options::InputRange;
use std::fmt;
use verdigris_model::Activation;

/// How an input's range came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeSource {
    /// The caller declared it.
    Caller,
    /// The file's metadata declares it (`verdigris.range.<input>`).
    Metadata,
    /// The input's type is uint8 or int8.
    Type,
    /// Nothing declares it: taken as u8.
    Assumed,
}

/// One input of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputReport {
    /// Its name in the file.
    pub name: String,
    /// Channels, height, width.
    pub shape: [u16; 3],
    /// The values that its elements may have.
    pub range: InputRange,
    /// How that was declared.
    pub declared: RangeSource,
}

/// One linear layer and its range proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerReport {
    /// Index of the operation in the canonical form.
    pub operation: usize,
    /// The ONNX node that multiplies by the weights.
    pub node: NodeName,
    /// Channels, height, width of what it makes.
    pub shape: [u16; 3],
    /// Its activation.
    pub activation: Activation,
    /// Whether the latent has a say in it.
    pub latent: bool,
    /// Whether every channel carries the half-unit guard in the file.
    pub guarded: bool,
    /// The largest magnitude that any part of a sum can reach, below 2^23.
    pub worst: i64,
    /// The output channel that can reach it.
    pub worst_channel: u16,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name and version of the program that wrote the file, as the file says.
    pub producer: String,
    /// Version of the ONNX operators.
    pub opset: i64,
    /// The input.
    pub input: InputReport,
    /// The latent, if there is one.
    pub latent: Option<InputReport>,
    /// The linear layers in order.
    pub layers: Vec<LayerReport>,
    /// Nodes of the file that the output does not depend on; they are left out.
    pub unused_nodes: usize,
}

impl Report {
    /// Whether every layer carries the half-unit guard, so that Winograd and FFT convolutions stay exact, too.
    pub fn guarded(&self) -> bool {
        self.layers.iter().all(|layer| layer.guarded)
    }

    /// The largest magnitude that any accumulator can reach, below 2^23.
    pub fn worst(&self) -> i64 {
        self.layers.iter().map(|layer| layer.worst).max().unwrap_or(0)
    }
}

impl fmt::Display for RangeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "declared by the caller",
            Self::Metadata => "declared in the file's metadata",
            Self::Type => "given by its type",
            Self::Assumed => "not declared, taken as u8",
        })
    }
}

fn show(activation: Activation) -> String {
    match activation {
        Activation::Raw => "raw".into(),
        Activation::Clip { shift } => format!("clip({shift})"),
        Activation::Phase { shift, table } => format!("phase({shift}, table {table})"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let producer = if self.producer.is_empty() { "an unnamed program" } else { &self.producer };
        writeln!(f, "written by {producer}, operator set {}", self.opset)?;
        for (role, input) in [("input", Some(&self.input)), ("latent", self.latent.as_ref())] {
            if let Some(InputReport { name, shape: [c, h, w], range, declared }) = input {
                writeln!(f, "{role} `{}`: {c}×{h}×{w}, range {range} ({declared})", crate::error::shown(name))?;
            }
        }
        for layer in &self.layers {
            let LayerReport { operation, node, shape: [c, h, w], activation, worst, worst_channel, .. } = layer;
            let activation = show(*activation);
            let latent = if layer.latent { ", with latent" } else { "" };
            let guard = if layer.guarded { "" } else { ", no guard" };
            writeln!(
                f,
                "operation {operation}, {node}: {c}×{h}×{w}, {activation}{latent}{guard}; \
                 sums stay within ±{worst} (channel {worst_channel}), bound 8388608"
            )?;
        }
        if self.unused_nodes > 0 {
            writeln!(f, "{} nodes do not reach the output and are left out", self.unused_nodes)?;
        }
        f.write_str(if self.guarded() {
            "guarded: every layer adds one half before it rounds down"
        } else {
            "accepted without the ½ guard: runtimes that use Winograd or FFT convolutions may differ; \
             `verdigris certify --guard` writes a guarded file"
        })
    }
}
