//! A layer's weights in the order in which the kernel reads them, with the latent folded into the biases.

use super::prune::Range;
use crate::{Activation, Linear, Network};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// Output channels that are computed together.
pub(crate) const TILE: usize = 4;

/// A linear operation, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Output channels.
    pub(crate) outputs: usize,
    /// Pairs of input channels (the last one may be half empty), at least one.
    pub(crate) pairs: usize,
    /// `[tile of outputs][input pair][output in the tile]`: two i16 weights, the first channel's in the low half.
    /// All weights and biases are multiplied by 2^scale, see [`Finish`].
    pub(crate) weights: Vec<i32>,
    /// At most 8.
    pub(crate) scale: u32,
    /// Biases with the latent's share, one for each padded output.
    pub(crate) biases: Vec<i32>,
    /// The activation.
    pub(crate) finish: Finish,
    /// The same weights as bytes, for a processor that multiplies bytes, if the inputs are such.
    pub(crate) quads: Option<Quads>,
}

/// Weights by four input channels, which are a byte each in a 32-bit lane; nothing is scaled here.
#[derive(Clone, Debug)]
pub(crate) struct Quads {
    /// `[tile of outputs][input quad][output in the tile]`: the i8 weights of channels 0, 2, 1, 3 of four, the lowest
    /// byte first. That is the order of two rows of pairs of which the second is shifted up by a byte.
    pub(crate) weights: Vec<i32>,
    /// For each input quad, 0x80 in the bytes of channels that can be negative: these come with 128 added.
    pub(crate) signs: Vec<i32>,
    /// Biases without what those 128 add.
    pub(crate) biases: Vec<i32>,
}

/// An activation, ready to run.
///
/// Sums come multiplied by a power of two, at most 2^8, that makes the shift a whole number of bytes. They still fit
/// in 32 bits, because the range rule keeps them below 2^23 before.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    Raw,
    Clip { bytes: Bytes },
    Phase { bytes: Bytes, table: Box<Table> },
}

/// A shift by 8, 16 or 24 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bytes {
    One = 1,
    Two = 2,
    Three = 3,
}

impl Bytes {
    /// The whole shift for a layer's shift, and the power of two that makes up the difference.
    fn above(shift: u8) -> (Self, u32) {
        let (bytes, bits) = match shift {
            0..=8 => (Self::One, 8),
            9..=16 => (Self::Two, 16),
            _ => (Self::Three, 24),
        };
        (bytes, bits - u32::from(shift))
    }

    /// In bits.
    #[inline]
    pub(crate) fn bits(self) -> u32 {
        8 * self as u32
    }
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
    /// Packs the weights of some rows (output channels) and some columns (`[input][kernel row][kernel column]`), in the
    /// order given. The biases are those of all rows, with the latent's share.
    pub(crate) fn new(network: &Network, linear: &Linear, rows: &[usize], columns: &[usize], biases: &[i32]) -> Self {
        let row_len = linear.weights.len() / usize::from(linear.outputs);
        let outputs = rows.len();
        let padded = outputs.next_multiple_of(TILE);
        let pairs = columns.len().div_ceil(2).max(1);
        let (finish, scale) = finish_of(network, linear.activation);
        let mut weights = vec![0i32; padded * pairs];
        let mut packed_biases = vec![0i32; padded];
        for (o, row) in rows.iter().enumerate() {
            let (tile, place) = (o / TILE, o % TILE);
            packed_biases[o] = biases[*row] << scale;
            for (i, column) in columns.iter().enumerate() {
                let weight = i32::from(linear.weights[row * row_len + column]) << scale;
                let half = if i % 2 == 0 { weight & 0xffff } else { weight << 16 };
                weights[(tile * pairs + i / 2) * TILE + place] |= half;
            }
        }
        Self { outputs, pairs, weights, scale, biases: packed_biases, finish, quads: None }
    }

    /// Packs the weights by fours as well, if each input channel's range is that of a byte.
    pub(crate) fn with_quads(mut self, inputs: &[Range]) -> Self {
        let are_bytes = inputs.iter().all(|&(lo, hi)| if lo < 0 { lo >= -128 && hi <= 127 } else { hi <= 255 });
        if !are_bytes {
            return self;
        }
        let (quads, scale) = (self.pairs.div_ceil(2), self.scale);
        let mut packed = Quads {
            weights: vec![0; self.padded() * quads],
            signs: vec![0; quads],
            biases: self.biases.iter().map(|bias| bias >> scale).collect(),
        };
        for (channel, _) in inputs.iter().enumerate().filter(|&(_, &(lo, _))| lo < 0) {
            packed.signs[channel / 4] |= 0x80 << place_of(channel);
        }
        for output in 0..self.outputs {
            let (tile, place) = (output / TILE, output % TILE);
            for (channel, &(lo, _)) in inputs.iter().enumerate() {
                let pair = self.weights[(tile * self.pairs + channel / 2) * TILE + place];
                let weight = i32::from((pair >> (16 * (channel % 2))) as i16) >> scale;
                packed.weights[(tile * quads + channel / 4) * TILE + place] |= (weight & 255) << place_of(channel);
                packed.biases[output] -= if lo < 0 { 128 * weight } else { 0 };
            }
        }
        self.quads = Some(packed);
        self
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

/// Where a channel's byte stands in its quad, in bits.
fn place_of(channel: usize) -> usize {
    [0, 16, 8, 24][channel % 4]
}

fn finish_of(network: &Network, activation: Activation) -> (Finish, u32) {
    match activation {
        Activation::Raw => (Finish::Raw, 0),
        Activation::Clip { shift } => {
            let (bytes, scale) = Bytes::above(shift);
            (Finish::Clip { bytes }, scale)
        }
        Activation::Phase { shift, table } => {
            let (bytes, scale) = Bytes::above(shift);
            (Finish::Phase { bytes, table: Box::new(Table::new(&network.spec().tables[usize::from(table)])) }, scale)
        }
    }
}

/// A layer's biases with the latent's share. The range proof covers these sums, so they cannot overflow.
pub(super) fn fold_latent(linear: &Linear, latent: &[i16]) -> Vec<i32> {
    let mut biases = linear.biases.clone();
    if let Some(weights) = &linear.latent {
        for (bias, weights) in biases.iter_mut().zip(weights.chunks_exact(latent.len())) {
            *bias += weights.iter().zip(latent).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
        }
    }
    biases
}
