//! The range proof: how far a sum can go, whatever the inputs are and in whatever order its terms are added.

use super::{ACCUMULATOR_BOUND, Linear, NetworkError, NetworkSpec, Operation, shape};
use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

/// How far each operation's sums can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeProof {
    /// One entry for each operation; `None` for those that compute nothing.
    pub operations: Vec<Option<AccumulatorRange>>,
}

impl RangeProof {
    /// The largest magnitude that any sum of the network can reach; below 2^23.
    pub fn largest(&self) -> i64 {
        self.operations.iter().flatten().map(|range| range.hi.max(-range.lo)).max().unwrap_or(0)
    }
}

/// The lowest and highest sum that any subset of a channel's terms can reach, over all output channels of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccumulatorRange {
    /// Lowest sum.
    pub lo: i64,
    /// The output channel that can reach it.
    pub lo_channel: u16,
    /// Highest sum.
    pub hi: i64,
    /// The output channel that can reach it.
    pub hi_channel: u16,
}

/// Where a channel's elements can come from, as a set of bits.
type Origin = u8;
const FROM_INPUT: Origin = 1;
const FROM_ACTIVATION: Origin = 2;

/// Origins of a value's channels.
#[derive(Clone)]
enum Origins {
    /// All channels have the same.
    All(Origin),
    /// One for each channel: parts of the input and activations side by side.
    Each(Rc<[Origin]>),
}

impl Origins {
    fn of(&self, channel: usize) -> Origin {
        match self {
            Self::All(origin) => *origin,
            Self::Each(origins) => origins[channel],
        }
    }

    fn from_each(origins: Vec<Origin>) -> Self {
        match origins.first() {
            Some(&first) if origins.iter().all(|&origin| origin == first) => Self::All(first),
            _ => Self::Each(origins.into()),
        }
    }
}

/// Proves the range rule for every output channel, or names the first that breaks it.
pub(super) fn prove(spec: &NetworkSpec, shapes: &[[u16; 3]]) -> Result<RangeProof, NetworkError> {
    let last_uses = shape::last_uses(spec);
    let mut origins: Vec<Option<Origins>> = vec![None; shapes.len()];
    origins[0] = Some(Origins::All(FROM_INPUT));
    let mut operations = Vec::with_capacity(spec.operations.len());
    for (index, operation) in spec.operations.iter().enumerate() {
        let of = |value: u16| origins[usize::from(value)].clone().unwrap_or(Origins::All(FROM_INPUT));
        let (made, range) = match operation {
            Operation::Linear(linear) => {
                let range = prove_linear(spec, index, linear, &of(linear.source))?;
                (Origins::All(FROM_ACTIVATION), Some(range))
            }
            Operation::Resize { source } => (of(*source), None),
            Operation::Concat { sources } => {
                let parts: Vec<_> = sources.iter().map(|&s| (of(s), shapes[usize::from(s)][0])).collect();
                (concat_origins(&parts), None)
            }
            Operation::Reshape { source, shape } => {
                (reshape_origins(&of(*source), shapes[usize::from(*source)], *shape), None)
            }
        };
        operations.push(range);
        origins[index + 1] = Some(made);
        for &source in shape::sources(operation) {
            if last_uses[usize::from(source)] == index {
                origins[usize::from(source)] = None;
            }
        }
    }
    Ok(RangeProof { operations })
}

fn concat_origins(parts: &[(Origins, u16)]) -> Origins {
    if let Some((Origins::All(first), _)) = parts.first()
        && parts.iter().all(|(origins, _)| matches!(origins, Origins::All(other) if other == first))
    {
        return Origins::All(*first);
    }
    let each = parts.iter().flat_map(|(origins, count)| (0..usize::from(*count)).map(|c| origins.of(c)));
    Origins::from_each(each.collect())
}

/// A channel of the new shape may hold elements of several old channels: it gets the origins of all of them.
fn reshape_origins(source: &Origins, from: [u16; 3], to: [u16; 3]) -> Origins {
    let Origins::Each(origins) = source else { return source.clone() };
    let old = usize::from(from[1]) * usize::from(from[2]);
    let new = usize::from(to[1]) * usize::from(to[2]);
    let each = (0..usize::from(to[0])).map(|c| {
        let (first, last) = (c * new / old, ((c + 1) * new - 1) / old);
        origins[first..=last].iter().fold(0, |set, origin| set | origin)
    });
    Origins::from_each(each.collect())
}

fn prove_linear(
    spec: &NetworkSpec,
    index: usize,
    linear: &Linear,
    origins: &Origins,
) -> Result<AccumulatorRange, NetworkError> {
    let taps = usize::from(linear.kernel).pow(2);
    let outputs = usize::from(linear.outputs);
    let row = linear.weights.len() / outputs;
    let mut proof = AccumulatorRange { lo: i64::MAX, lo_channel: 0, hi: i64::MIN, hi_channel: 0 };
    for channel in 0..linear.outputs {
        let at = usize::from(channel);
        let bias = i64::from(linear.biases[at]);
        let (mut lo, mut hi) = (bias.min(0), bias.max(0));
        let mut add = |weight: i8, (least, most): (i16, i16)| {
            let (a, b) = (i64::from(weight) * i64::from(least), i64::from(weight) * i64::from(most));
            lo += a.min(b).min(0);
            hi += a.max(b).max(0);
        };
        for (i, weights) in linear.weights[at * row..][..row].chunks_exact(taps).enumerate() {
            let range = range_of(spec, origins.of(i));
            weights.iter().for_each(|&weight| add(weight, range));
        }
        if let (Some(weights), Some(latent)) = (&linear.latent, &spec.latent) {
            let len = usize::from(latent.len);
            weights[at * len..][..len].iter().for_each(|&weight| add(weight, (latent.lo, latent.hi)));
        }
        if hi >= ACCUMULATOR_BOUND || lo <= -ACCUMULATOR_BOUND {
            return Err(NetworkError::AccumulatorRange { operation: index, channel: at, lo, hi });
        }
        if lo < proof.lo {
            (proof.lo, proof.lo_channel) = (lo, channel);
        }
        if hi > proof.hi {
            (proof.hi, proof.hi_channel) = (hi, channel);
        }
    }
    Ok(proof)
}

fn range_of(spec: &NetworkSpec, origin: Origin) -> (i16, i16) {
    match origin {
        FROM_INPUT => (spec.input.lo, spec.input.hi),
        FROM_ACTIVATION => (0, 255),
        _ => (spec.input.lo.min(0), spec.input.hi.max(255)),
    }
}
