//! What of a network a given latent leaves to compute: many channels become constants, and many others unused.
//!
//! A picture model that switches between families does so with the latent: the gates of the other families are then
//! provably shut (always 0, whatever the pixel). Such constants go into the biases of their readers, and what only fed
//! them is left out. The results stay the same, since a bias with some products in it is one order of the same sum.

use super::pack::fold_latent;
use crate::network::shape;
use crate::{Activation, Linear, Network, Operation};
use alloc::vec;
use alloc::vec::Vec;

/// What is left of a network whose values are all vectors.
pub(super) struct Pruned {
    /// For each value, the channels that are computed, in ascending order. All of the input and of the output.
    pub(super) kept: Vec<Vec<usize>>,
    /// For each value, the lowest and highest that each of its channels can be, kept or not.
    pub(super) ranges: Vec<Vec<Range>>,
    /// For each operation, the biases of all its channels with the latent's and the constants' share (linear only).
    pub(super) biases: Vec<Vec<i32>>,
}

/// Lowest and highest value of a channel.
pub(super) type Range = (i32, i32);

/// Finds the channels that a latent leaves to compute.
pub(super) fn prune(network: &Network, latent: &[i16]) -> Pruned {
    let spec = network.spec();
    let mut biases = Vec::with_capacity(spec.operations.len());
    let mut ranges = vec![vec![(spec.input.lo.into(), spec.input.hi.into()); network.input_len()]];
    for operation in &spec.operations {
        let (made, folded) = match operation {
            Operation::Linear(linear) => {
                let folded = fold_latent(linear, latent);
                (linear_ranges(network, linear, &folded, &ranges[usize::from(linear.source)]), folded)
            }
            _ => {
                let sources = shape::sources(operation).iter();
                (sources.flat_map(|&source| ranges[usize::from(source)].iter().copied()).collect(), Vec::new())
            }
        };
        ranges.push(made);
        biases.push(folded);
    }
    let kept = find_kept(network, &ranges);
    fold_constants(network, &ranges, &kept, &mut biases);
    Pruned { kept, ranges, biases }
}

fn is_constant((lo, hi): Range) -> bool {
    lo == hi
}

/// The weights of one output on the input's channels: of a 3×3 kernel only the centre ever meets a vector.
fn row(linear: &Linear, output: usize) -> impl Iterator<Item = i32> {
    let taps = usize::from(linear.kernel).pow(2);
    let len = linear.weights.len() / usize::from(linear.outputs);
    linear.weights[output * len..][..len].iter().skip(taps / 2).step_by(taps).map(|&weight| weight.into())
}

fn linear_ranges(network: &Network, linear: &Linear, biases: &[i32], inputs: &[Range]) -> Vec<Range> {
    let activate = |(lo, hi): Range| match linear.activation {
        Activation::Raw => (lo, hi),
        Activation::Clip { shift } => ((lo >> shift).clamp(0, 255), (hi >> shift).clamp(0, 255)),
        Activation::Phase { shift, table } => match (lo >> shift, hi >> shift) {
            (first, last) if first == last => {
                let entry = network.spec().tables[usize::from(table)][(first & 255) as usize];
                (entry.into(), entry.into())
            }
            _ => (0, 255),
        },
    };
    let sums = biases.iter().enumerate().map(|(output, &bias)| {
        row(linear, output).zip(inputs).fold((bias, bias), |(low, high), (weight, &(lo, hi))| {
            (low + (weight * lo).min(weight * hi), high + (weight * lo).max(weight * hi))
        })
    });
    sums.map(activate).collect()
}

/// From the output back: a channel is kept if something kept reads it.
fn find_kept(network: &Network, ranges: &[Vec<Range>]) -> Vec<Vec<usize>> {
    let mut needed: Vec<Vec<bool>> = ranges.iter().map(|channels| vec![false; channels.len()]).collect();
    let last = needed.len() - 1;
    needed[0].fill(true);
    needed[last].fill(true);
    for (index, operation) in network.spec().operations.iter().enumerate().rev() {
        let made = core::mem::take(&mut needed[index + 1]);
        let wanted = (0..made.len()).filter(|&channel| made[channel]);
        match operation {
            Operation::Linear(linear) => {
                let source = usize::from(linear.source);
                for output in wanted {
                    for (channel, weight) in row(linear, output).enumerate() {
                        needed[source][channel] |= weight != 0 && !is_constant(ranges[source][channel]);
                    }
                }
            }
            _ => {
                let mut flags = made.iter();
                for &source in shape::sources(operation) {
                    needed[usize::from(source)].iter_mut().zip(&mut flags).for_each(|(needed, flag)| *needed |= flag);
                }
            }
        }
        needed[index + 1] = made;
    }
    let channels = |flags: Vec<bool>| (0..flags.len()).filter(|&channel| flags[channel]).collect();
    needed.into_iter().map(channels).collect()
}

/// Constants that are not kept move into the biases of the operations that read them.
fn fold_constants(network: &Network, ranges: &[Vec<Range>], kept: &[Vec<usize>], biases: &mut [Vec<i32>]) {
    for (operation, biases) in network.spec().operations.iter().zip(biases) {
        let Operation::Linear(linear) = operation else { continue };
        let source = usize::from(linear.source);
        let mut constants: Vec<_> =
            ranges[source].iter().map(|&range| if is_constant(range) { range.0 } else { 0 }).collect();
        kept[source].iter().for_each(|&channel| constants[channel] = 0);
        for (output, bias) in biases.iter_mut().enumerate() {
            *bias += row(linear, output).zip(&constants).map(|(weight, value)| weight * value).sum::<i32>();
        }
    }
}
