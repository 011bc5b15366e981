//! The kernel in plain Rust: for processors without a kernel of their own, and to compare the others with.

use super::pack::TILE;
use super::{Finish, LANES, Layer, Row, Sums};

pub(super) fn sums(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<TILE>().0) {
        for place in 0..TILE {
            output[place] = channel(weights, biases, &input[..layer.pairs], place);
        }
    }
}

pub(super) fn dense(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Row]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<2>().0) {
        for place in 0..TILE {
            let sums = channel(weights, biases, &input[..layer.pairs], place);
            let row = &mut output[place / 2].0;
            for lane in 0..LANES {
                row[2 * lane + place % 2] = finish(&layer.finish, sums.0[lane]);
            }
        }
    }
}

/// Sums of one output channel.
fn channel(weights: &[i32], biases: &[i32; TILE], input: &[Row], place: usize) -> Sums {
    let mut sums = [biases[place]; LANES];
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let (first, second) = (weights[place] as i16, (weights[place] >> 16) as i16);
        for (sum, pair) in sums.iter_mut().zip(row.0.as_chunks::<2>().0) {
            *sum += i32::from(first) * i32::from(pair[0]) + i32::from(second) * i32::from(pair[1]);
        }
    }
    Sums(sums)
}

fn finish(finish: &Finish, sum: i32) -> i16 {
    match finish {
        // Raw sums go through `sums`.
        Finish::Raw => 0,
        Finish::Clip { shift } => (sum >> shift).clamp(0, 255) as i16,
        Finish::Phase { shift, table } => table.entries[((sum >> shift) & 255) as usize].into(),
    }
}
