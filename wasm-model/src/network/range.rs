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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Domain, LatentDomain, Network};

    /// One input channel in the given range, one output, clip(15).
    fn dense(weights: Vec<i8>, bias: i32, lo: i16, hi: i16) -> NetworkSpec {
        let shape = [weights.len() as u16, 1, 1];
        let linear = Linear {
            source: 0,
            outputs: 1,
            kernel: 1,
            stride: 1,
            activation: Activation::Clip { shift: 15 },
            weights,
            biases: vec![bias],
            latent: None,
        };
        let input = Domain { shape, lo, hi };
        NetworkSpec { input, latent: None, tables: vec![], operations: vec![Operation::Linear(linear)] }
    }

    fn bounds(spec: NetworkSpec) -> Result<(i64, i64), (i64, i64)> {
        match Network::new(spec) {
            Ok(network) => {
                let range = network.range_proof().operations[0].expect("a linear operation has sums");
                Ok((range.lo, range.hi))
            }
            Err(NetworkError::AccumulatorRange { operation: 0, channel: 0, lo, hi }) => Err((lo, hi)),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn sums_just_below_the_bound_are_accepted_and_sums_at_it_are_refused() {
        let reach = 127 * 255;
        assert_eq!(bounds(dense(vec![127], (1 << 23) - 1 - reach, 0, 255)), Ok((0, (1 << 23) - 1)));
        assert_eq!(bounds(dense(vec![127], (1 << 23) - reach, 0, 255)), Err((0, 1 << 23)));
        let reach = 128 * 255;
        assert_eq!(bounds(dense(vec![-128], reach + 1 - (1 << 23), 0, 255)), Ok((1 - (1 << 23), 0)));
        assert_eq!(bounds(dense(vec![-128], reach - (1 << 23), 0, 255)), Err((-(1 << 23), 0)));
    }

    #[test]
    fn opposite_terms_do_not_excuse_each_other() {
        // The sum is always the bias, but a part of it reaches the bound.
        let half = vec![127; 260].into_iter().chain(vec![-127; 260]).collect();
        assert_eq!(bounds(dense(half, 0, 255, 255)), Err((-260 * 127 * 255, 260 * 127 * 255)));
    }

    #[test]
    fn a_negative_input_times_a_negative_weight_counts_as_positive() {
        assert_eq!(bounds(dense(vec![-2], 5, -128, 127)), Ok((-254, 261)));
        assert_eq!(bounds(dense(vec![-2], -5, -100, -50)), Ok((-5, 200)));
    }

    #[test]
    fn latents_count_with_their_own_range() {
        let mut spec = dense(vec![1], 0, 0, 255);
        spec.latent = Some(LatentDomain { len: 2, lo: -10, hi: 20 });
        let Operation::Linear(linear) = &mut spec.operations[0] else { unreachable!() };
        linear.latent = Some(vec![3, -4]);
        assert_eq!(bounds(spec), Ok((-30 - 80, 255 + 60 + 40)));
    }

    #[test]
    fn a_bias_alone_can_break_the_rule() {
        assert_eq!(bounds(dense(vec![0], i32::MAX, 0, 0)), Err((0, i64::from(i32::MAX))));
        assert_eq!(bounds(dense(vec![0], i32::MIN, 0, 0)), Err((i64::from(i32::MIN), 0)));
    }

    #[test]
    fn channels_keep_their_ranges_through_concat_resize_and_reshape() {
        // Channel 0 is the input (-1..=1), channel 1 an activation (0..=255).
        let mut spec = dense(vec![1], 0, -1, 1);
        spec.operations.push(Operation::Concat { sources: vec![0, 1] });
        spec.operations.push(Operation::Resize { source: 2 });
        let linear = |source, weights: Vec<i8>| {
            let Operation::Linear(first) = dense(vec![0], 0, 0, 0).operations.remove(0) else { unreachable!() };
            Operation::Linear(Linear { source, weights, ..first })
        };
        spec.operations.push(linear(3, vec![100, -1]));
        let range = |spec: &NetworkSpec| {
            let network = Network::new(spec.clone()).expect("the sums are small");
            network.range_proof().operations.last().copied().flatten().map(|range| (range.lo, range.hi))
        };
        assert_eq!(range(&spec), Some((-100 - 255, 100)));
        // Eight elements as four channels of two: the first two hold inputs, the others activations.
        spec.operations[3] = Operation::Reshape { source: 3, shape: [4, 1, 2] };
        spec.operations.push(linear(4, vec![1, 1, 1, 1]));
        assert_eq!(range(&spec), Some((-2, 2 + 2 * 255)));
        // As one channel: each element may be either.
        spec.operations[3] = Operation::Reshape { source: 3, shape: [1, 2, 4] };
        spec.operations[4] = linear(4, vec![1]);
        assert_eq!(range(&spec), Some((-1, 255)));
    }

    #[test]
    fn the_proof_names_the_worst_channels() {
        let mut spec = dense(vec![1], 0, 0, 255);
        let Operation::Linear(linear) = &mut spec.operations[0] else { unreachable!() };
        (linear.outputs, linear.weights, linear.biases) = (3, vec![1, -9, 5], vec![0, 0, 0]);
        let network = Network::new(spec).expect("the sums are small");
        let expected = AccumulatorRange { lo: -9 * 255, lo_channel: 1, hi: 5 * 255, hi_channel: 2 };
        assert_eq!(network.range_proof().operations, [Some(expected)]);
        assert_eq!(network.range_proof().largest(), 9 * 255);
    }
}
