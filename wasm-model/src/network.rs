//! An exact network: what it consists of, and the proof that its sums never leave the range in which they are exact.
//!
//! A [`NetworkSpec`] is a plain description that anyone may fill in. A [`Network`] is one that was checked: its shapes
//! fit together and the range rule of `docs/protocol.md` holds, so whatever has a `Network` can run it.

use alloc::vec::Vec;

mod canonical;
mod error;
mod range;
pub(crate) mod shape;

pub use error::NetworkError;
pub use range::{AccumulatorRange, RangeProof};
pub use shape::Cost;

/// Sums stay strictly between -2^23 and 2^23, so that f32 holds each of them, and any part of them, exactly.
pub const ACCUMULATOR_BOUND: i64 = 1 << 23;
/// Most bytes of a canonical form that is read.
pub const MAX_CANONICAL_BYTES: usize = 64 << 20;
/// Most operations of a network.
pub const MAX_OPERATIONS: usize = 4096;
/// Most elements (C·H·W) of one value.
pub const MAX_ELEMENTS: usize = 1 << 24;
/// Most elements of all values that are needed at the same time: what running a network may cost in memory.
pub const MAX_LIVE_ELEMENTS: usize = 1 << 26;

/// Shape and range of a network's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Channels, height, width; a vector of C values is C×1×1.
    pub shape: [u16; 3],
    /// Lowest value that an element may have, at least -128.
    pub lo: i16,
    /// Highest value that an element may have, at most 255.
    pub hi: i16,
}

/// Length and range of the second input, which is the same for every element of the first (a token's character).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatentDomain {
    /// Number of values, at least 1.
    pub len: u16,
    /// Lowest value, at least -128.
    pub lo: i16,
    /// Highest value, at most 255.
    pub hi: i16,
}

/// A network as a description, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSpec {
    /// The input: value 0.
    pub input: Domain,
    /// The latent, if the network has one.
    pub latent: Option<LatentDomain>,
    /// Look-up tables of the phase activations.
    pub tables: Vec<[u8; 256]>,
    /// Operation *i* makes value *i* + 1 from earlier values; the last one makes the output.
    pub operations: Vec<Operation>,
}

/// One step of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A convolution or dense layer with its activation.
    Linear(Linear),
    /// Nearest neighbour: height and width doubled.
    Resize {
        /// The value to enlarge.
        source: u16,
    },
    /// Values of equal height and width, joined along the channels.
    Concat {
        /// The values to join, at least two, in order.
        sources: Vec<u16>,
    },
    /// The same elements in memory order, seen in another shape.
    Reshape {
        /// The value to see anew.
        source: u16,
        /// Channels, height, width.
        shape: [u16; 3],
    },
}

/// `activation(bias + Σ weight·input + Σ latent weight·latent)`; a dense layer is a 1×1 convolution on C×1×1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    /// The value it reads.
    pub source: u16,
    /// Number of output channels.
    pub outputs: u16,
    /// Height and width of the kernel: 1 or 3 (3 pads one zero on each side).
    pub kernel: u8,
    /// Step of the kernel: 1 or 2.
    pub stride: u8,
    /// What is done with each sum.
    pub activation: Activation,
    /// `[outputs][input channels][kernel row][kernel column]`.
    pub weights: Vec<i8>,
    /// One for each output channel.
    pub biases: Vec<i32>,
    /// `[outputs][latent length]`, if the latent has a say in this layer.
    pub latent: Option<Vec<i8>>,
}

/// What becomes of a sum `acc`; `>>` rounds towards minus infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `acc` itself; on the last operation only.
    Raw,
    /// `clamp(acc >> shift, 0, 255)`.
    Clip {
        /// 0 to 23.
        shift: u8,
    },
    /// `table[(acc >> shift) mod 256]`, a periodic activation if the table holds a wave.
    Phase {
        /// 0 to 23.
        shift: u8,
        /// Index into [`NetworkSpec::tables`].
        table: u8,
    },
}

/// A checked network: its shapes fit and its sums are proved to stay in range.
#[derive(Clone, Debug)]
pub struct Network {
    spec: NetworkSpec,
    shapes: Vec<[u16; 3]>,
    cost: Cost,
    range_proof: RangeProof,
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for Network {}

impl Network {
    /// Checks a description against every rule of the protocol page.
    ///
    /// # Errors
    /// Names the operation and the rule that it breaks.
    pub fn new(spec: NetworkSpec) -> Result<Self, NetworkError> {
        let (shapes, cost) = shape::check(&spec)?;
        let range_proof = range::prove(&spec, &shapes)?;
        Ok(Self { spec, shapes, cost, range_proof })
    }

    /// Reads a canonical form.
    ///
    /// # Errors
    /// Says at which byte the form is malformed, or which rule the network breaks.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NetworkError> {
        Self::new(canonical::read(bytes)?)
    }

    /// Writes the canonical form, version 1.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::write(&self.spec)
    }

    /// keccak256 of the canonical form: the network's name on chain.
    pub fn canonical_hash(&self) -> [u8; 32] {
        crate::keccak256(&self.to_bytes())
    }

    /// The description that was checked.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Shape (channels, height, width) of each value: the input, then each operation's result.
    pub fn shapes(&self) -> &[[u16; 3]] {
        &self.shapes
    }

    /// Shape (channels, height, width) of the output.
    pub fn output_shape(&self) -> [u16; 3] {
        self.shapes.last().copied().unwrap_or(self.spec.input.shape)
    }

    /// Number of elements of the input.
    pub fn input_len(&self) -> usize {
        shape::elements(self.spec.input.shape)
    }

    /// Number of elements of the output.
    pub fn output_len(&self) -> usize {
        shape::elements(self.output_shape())
    }

    /// Number of latents, 0 if the network has none.
    pub fn latent_len(&self) -> usize {
        self.spec.latent.as_ref().map_or(0, |latent| usize::from(latent.len))
    }

    /// Whether the outputs are accumulators (i32) and not u8.
    pub fn output_is_raw(&self) -> bool {
        matches!(self.spec.operations.last(), Some(Operation::Linear(Linear { activation: Activation::Raw, .. })))
    }

    /// What one run costs.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// How far each linear operation's sums can go.
    pub fn range_proof(&self) -> &RangeProof {
        &self.range_proof
    }

    /// Checks an input and a latent against the declared lengths and ranges.
    ///
    /// # Errors
    /// Names the first element that does not fit.
    pub fn check_input(&self, input: &[i16], latent: &[i16]) -> Result<(), NetworkError> {
        let domain = &self.spec.input;
        check_values("input", input, self.input_len(), domain.lo, domain.hi)?;
        self.check_latent(latent)
    }

    /// Checks a latent against the declared length and range.
    ///
    /// # Errors
    /// Names the first element that does not fit.
    pub fn check_latent(&self, latent: &[i16]) -> Result<(), NetworkError> {
        let (lo, hi) = self.spec.latent.as_ref().map_or((0, 0), |l| (l.lo, l.hi));
        check_values("latent", latent, self.latent_len(), lo, hi)
    }
}

fn check_values(what: &'static str, values: &[i16], len: usize, lo: i16, hi: i16) -> Result<(), NetworkError> {
    if values.len() != len {
        return Err(NetworkError::ValueCount { what, expected: len, found: values.len() });
    }
    match values.iter().position(|&v| v < lo || v > hi) {
        Some(index) => Err(NetworkError::ValueRange { what, index, value: values[index], lo, hi }),
        None => Ok(()),
    }
}
