//! A layer's weights in the order in which the kernel reads them, with the latent folded into the biases.

use crate::{Activation, Linear, Network};
use alloc::vec;
use alloc::vec::Vec;

/// Output channels that are computed together.
pub(crate) const TILE: usize = 4;

/// A linear operation, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Output channels.
    pub(crate) outputs: usize,
    /// Pairs of input channels (the last one may be half empty).
    pub(crate) pairs: usize,
    /// `[tile of outputs][input pair][output in the tile]`: two weights, the first channel's in the low half.
    pub(crate) weights: Vec<i32>,
    /// Biases with the latent's share, one for each padded output.
    pub(crate) biases: Vec<i32>,
    /// The activation.
    pub(crate) finish: Finish,
}

/// An activation, ready to run.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    Raw,
    Clip { shift: u32 },
    Phase { shift: u32, table: Table },
}

/// A look-up table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) entries: [u8; 256],
    /// A quarter of the table, if the rest follows from it as in a sine wave sampled between the grid points:
    /// the second quarter is the first mirrored, the second half is 255 minus the first.
    pub(crate) quarter: Option<[u8; 64]>,
}

impl Table {
    fn new(entries: &[u8; 256]) -> Self {
        let mirrored = (0..64).all(|i| entries[127 - i] == entries[i]);
        let inverted = (0..128).all(|i| entries[128 + i] == 255 - entries[i]);
        let quarter = (mirrored && inverted).then(|| core::array::from_fn(|i| entries[i]));
        Self { entries: *entries, quarter }
    }
}

impl Layer {
    /// Packs the columns of a weight matrix `[outputs][columns]`.
    ///
    /// `columns` names the columns to take, in the order in which the inputs will come.
    pub(crate) fn new(
        network: &Network,
        linear: &Linear,
        latent: &[i16],
        row_len: usize,
        columns: impl Iterator<Item = usize> + Clone,
    ) -> Self {
        let outputs = usize::from(linear.outputs);
        let padded = outputs.next_multiple_of(TILE);
        let count = columns.clone().count();
        let pairs = count.div_ceil(2);
        let mut weights = vec![0i32; padded * pairs];
        for o in 0..outputs {
            let (tile, place) = (o / TILE, o % TILE);
            for (i, column) in columns.clone().enumerate() {
                let weight = i32::from(linear.weights[o * row_len + column]);
                let half = if i % 2 == 0 { weight & 0xffff } else { weight << 16 };
                weights[(tile * pairs + i / 2) * TILE + place] |= half;
            }
        }
        let finish = match linear.activation {
            Activation::Raw => Finish::Raw,
            Activation::Clip { shift } => Finish::Clip { shift: shift.into() },
            Activation::Phase { shift, table } => {
                let table = Table::new(&network.spec().tables[usize::from(table)]);
                Finish::Phase { shift: shift.into(), table }
            }
        };
        Self { outputs, pairs, weights, biases: fold_latent(linear, latent, padded), finish }
    }

    /// Output channels, padded to whole tiles.
    pub(crate) fn padded(&self) -> usize {
        self.outputs.next_multiple_of(TILE)
    }

    /// Rows of output, padded to whole tiles.
    pub(crate) fn rows(&self) -> usize {
        self.padded() / 2
    }
}

/// The range proof covers these sums, so they cannot overflow.
pub(super) fn fold_latent(linear: &Linear, latent: &[i16], padded: usize) -> Vec<i32> {
    let mut biases = linear.biases.clone();
    if let Some(weights) = &linear.latent {
        for (bias, weights) in biases.iter_mut().zip(weights.chunks_exact(latent.len())) {
            *bias += weights.iter().zip(latent).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
        }
    }
    biases.resize(padded, 0);
    biases
}
