//! The kernel in plain Rust: for processors without a kernel of their own, and to compare the others with.
//!
//! It adds in f32, which every processor does four lanes at a time even where it cannot multiply i32 so. The range
//! rule makes that exact: no sum, in any order, reaches 2^24.

use super::pack::TILE;
use super::{Finish, LANES, Layer, Row, Sums};

/// Positions whose sums stay in registers.
const PART: usize = 8;

pub(super) fn sums(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<TILE>().0) {
        *output = tile(weights, biases, &input[..layer.pairs]);
    }
}

pub(super) fn dense(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Row]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<2>().0) {
        let sums = tile(weights, biases, &input[..layer.pairs]);
        for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
            for lane in 0..LANES {
                row.0[lane] = Row::pair(finish(&layer.finish, even.0[lane]), finish(&layer.finish, odd.0[lane]));
            }
        }
    }
}

/// Sums of four output channels.
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row]) -> [Sums; TILE] {
    let mut sums = [Sums::ZERO; TILE];
    for start in (0..LANES).step_by(PART) {
        let part = part(weights, biases, input, start);
        for (sums, part) in sums.iter_mut().zip(part) {
            for (lane, sum) in part.into_iter().enumerate() {
                sums.0[start + lane] = sum as i32;
            }
        }
    }
    sums
}

/// Sums of four output channels at [`PART`] positions.
fn part(weights: &[i32], biases: &[i32; TILE], input: &[Row], start: usize) -> [[f32; PART]; TILE] {
    let mut sums = biases.map(|bias| [bias as f32; PART]);
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let (mut first, mut second) = ([0f32; PART], [0f32; PART]);
        for lane in 0..PART {
            first[lane] = ((row.0[start + lane] << 16) >> 16) as f32;
            second[lane] = (row.0[start + lane] >> 16) as f32;
        }
        for place in 0..TILE {
            let (low, high) = (((weights[place] << 16) >> 16) as f32, (weights[place] >> 16) as f32);
            for lane in 0..PART {
                sums[place][lane] += low * first[lane] + high * second[lane];
            }
        }
    }
    sums
}

fn finish(finish: &Finish, sum: i32) -> i16 {
    match finish {
        // Raw sums go through `sums`.
        Finish::Raw => 0,
        Finish::Clip { shift } => (sum >> shift).clamp(0, 255) as i16,
        Finish::Phase { shift, table } => table.entries[((sum >> shift) & 255) as usize].into(),
    }
}
