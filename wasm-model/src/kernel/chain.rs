//! Networks on single positions (every value is C×1×1): all layers of one block of positions before the next block.

use super::prune::prune;
use super::{Backend, Layer, Row, Sums};
use crate::network::shape;
use crate::{Network, Operation};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// Channels of all values together beyond which a network is not run this way.
const MAX_CHANNELS: usize = 1 << 16;

/// A network of dense layers and concats with its latent folded in, and without what that leaves unused.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    steps: Vec<Step>,
    /// First row of each value in the working memory; the last entry is its end.
    places: Vec<usize>,
    backend: Backend,
}

#[derive(Clone, Debug)]
enum Step {
    /// A layer on a value.
    Dense { source: usize, layer: Box<Layer> },
    /// Channels of earlier values, row by row.
    Copy { rows: Vec<Copied> },
}

/// Where a row of copied channels comes from, in the working memory.
#[derive(Clone, Copy, Debug)]
enum Copied {
    /// From one row, as it is.
    Whole(usize),
    /// Two channels from two rows: each is the first (0) or second (1) of its row.
    Pair([(usize, usize); 2]),
}

/// Working memory of a [`Chain`], to be used again for the next block.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    rows: Vec<Row>,
    sums: Vec<Sums>,
}

impl Chain {
    /// `None` if the network has other values than vectors, too many of them, or raw outputs.
    pub(crate) fn new(network: &Network, latent: &[i16], backend: Backend) -> Option<Self> {
        let shapes = network.shapes();
        let channels: usize = shapes.iter().map(|shape| usize::from(shape[0])).sum();
        if network.output_is_raw() || channels > MAX_CHANNELS || shapes.iter().any(|shape| shape[1..] != [1, 1]) {
            return None;
        }
        let pruned = prune(network, latent);
        let mut places = vec![0];
        for kept in &pruned.kept {
            places.push(places[places.len() - 1] + rows_of(kept.len()));
        }
        let mut steps = Vec::new();
        for (index, operation) in network.spec().operations.iter().enumerate() {
            steps.push(match operation {
                Operation::Linear(linear) => {
                    let source = usize::from(linear.source);
                    let taps = usize::from(linear.kernel).pow(2);
                    let columns: Vec<_> = pruned.kept[source].iter().map(|c| c * taps + taps / 2).collect();
                    let layer = Layer::new(network, linear, &pruned.kept[index + 1], &columns, &pruned.biases[index]);
                    let layer = if backend.takes_bytes() {
                        let ranges: Vec<_> = pruned.kept[source].iter().map(|&c| pruned.ranges[source][c]).collect();
                        layer.with_quads(&ranges)
                    } else {
                        layer
                    };
                    Step::Dense { source, layer: layer.into() }
                }
                Operation::Resize { .. } => return None,
                _ => {
                    let channels = copied(operation, network.shapes(), &pruned.kept, index + 1);
                    Step::Copy { rows: channels.chunks(2).map(|pair| rows_copied(pair, &places)).collect() }
                }
            });
        }
        Some(Self { steps, places, backend })
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let rows = self.places.last().copied().unwrap_or(0);
        let sums = self.steps.iter().map(|step| if let Step::Dense { layer, .. } = step { layer.padded() } else { 0 });
        Workspace { rows: vec![Row::ZERO; rows], sums: vec![Sums::ZERO; sums.max().unwrap_or(0)] }
    }

    /// The rows to fill with the input before [`Self::run`].
    pub(crate) fn input<'a>(&self, workspace: &'a mut Workspace) -> &'a mut [Row] {
        &mut workspace.rows[..self.places[1]]
    }

    /// Runs all steps and returns the rows of the output.
    pub(crate) fn run<'a>(&self, workspace: &'a mut Workspace) -> &'a [Row] {
        for (index, step) in self.steps.iter().enumerate() {
            let (before, after) = workspace.rows.split_at_mut(self.places[index + 1]);
            let output = &mut after[..self.places[index + 2] - self.places[index + 1]];
            match step {
                Step::Dense { source, layer } => {
                    let input = &before[self.places[*source]..];
                    self.backend.sums(layer, input, &mut workspace.sums);
                    self.backend.finish(layer, &workspace.sums, output);
                }
                Step::Copy { rows } => copy(rows, before, output),
            }
        }
        &workspace.rows[self.places[self.steps.len()]..]
    }
}

/// Rows that a vector of so many channels takes, with the padding that its maker may write; at least one tile, so that
/// layers without inputs need no case of their own.
fn rows_of(channels: usize) -> usize {
    channels.max(1).next_multiple_of(super::pack::TILE) / 2
}

/// Where each kept channel of a concat or reshape comes from: a value, and a place among its kept channels.
fn copied(operation: &Operation, shapes: &[[u16; 3]], kept: &[Vec<usize>], made: usize) -> Vec<(usize, usize)> {
    let sources = shape::sources(operation).iter().map(|&source| usize::from(source));
    let origins: Vec<_> =
        sources.flat_map(|source| (0..usize::from(shapes[source][0])).map(move |channel| (source, channel))).collect();
    let place = |channel: &usize| {
        let (source, channel) = origins[*channel];
        // What is kept of a copy is kept of its source, too.
        (source, kept[source].partition_point(|&other| other < channel))
    };
    kept[made].iter().map(place).collect()
}

/// The row that one or two channels, given as a value and a place among its channels, make together.
fn rows_copied(channels: &[(usize, usize)], places: &[usize]) -> Copied {
    let at = |&(source, channel): &(usize, usize)| (places[source] + channel / 2, channel % 2);
    let first = channels.first().map_or((0, 0), at);
    // A row that is half empty takes any second channel: its weights are zero.
    let second = channels.get(1).map_or((first.0, 1), at);
    if first.0 == second.0 && (first.1, second.1) == (0, 1) {
        Copied::Whole(first.0)
    } else {
        Copied::Pair([first, second])
    }
}

fn copy(rows: &[Copied], before: &[Row], output: &mut [Row]) {
    for (made, &row) in output.iter_mut().zip(rows) {
        match row {
            Copied::Whole(row) => *made = before[row],
            Copied::Pair([(first, low), (second, high)]) => {
                for (lane, made) in made.0.iter_mut().enumerate() {
                    *made = Row::pair(before[first].get(low, lane), before[second].get(high, lane));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Drawing, Kind};
    use crate::reference;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_block_of_positions_equals_the_reference_at_each_of_them(seed: u64) {
            let mut drawing = Drawing::new(seed);
            let network = drawing.network(Kind::Vector);
            let latent = drawing.latent(&network);
            let inputs: Vec<_> = (0..super::super::LANES).map(|_| drawing.input(&network)).collect();
            for backend in Backend::available() {
                let Some(chain) = Chain::new(&network, &latent, backend) else {
                    prop_assert!(network.output_is_raw());
                    continue;
                };
                let mut workspace = chain.workspace();
                for (lane, input) in inputs.iter().enumerate() {
                    for (channel, &value) in input.iter().enumerate() {
                        chain.input(&mut workspace)[channel / 2].set(channel % 2, lane, value);
                    }
                }
                let made = chain.run(&mut workspace);
                for (lane, input) in inputs.iter().enumerate() {
                    let expected = reference::run(&network, input, &latent)?;
                    let found: Vec<_> =
                        (0..expected.len()).map(|c| i64::from(made[c / 2].get(c % 2, lane))).collect();
                    prop_assert_eq!(&found, &expected, "{:?}, lane {}", backend, lane);
                }
            }
        }
    }
}
