//! The kernel in plain Rust: for processors without a kernel of their own, and to compare the others with.
//!
//! It adds in f32, which every processor does four lanes at a time even where it cannot multiply i32 so. The range
//! rule makes that exact: before they are scaled by a power of two, no sum of any of the terms reaches 2^23.

use super::pack::TILE;
use super::{Finish, LANES, Layer, Row, Sums};

/// Positions whose sums stay in registers.
const PART: usize = 8;

pub(super) fn sums(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE).zip(layer.biases.as_chunks::<TILE>().0);
    for ((weights, biases), output) in tiles.zip(output.as_chunks_mut::<TILE>().0) {
        for start in (0..LANES).step_by(PART) {
            for (sums, part) in output.iter_mut().zip(part(weights, biases, input, start)) {
                for (lane, sum) in part.into_iter().enumerate() {
                    sums.0[start + lane] = sum as i32;
                }
            }
        }
    }
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

pub(super) fn finish(finish: &Finish, sums: &[Sums], output: &mut [Row]) {
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        for lane in 0..LANES {
            row.0[lane] = Row::pair(activate(finish, even.0[lane]), activate(finish, odd.0[lane]));
        }
    }
}

fn activate(finish: &Finish, sum: i32) -> i16 {
    match finish {
        Finish::Raw => 0,
        Finish::Clip { bytes } => (sum >> bytes.bits()).clamp(0, 255) as i16,
        Finish::Phase { bytes, table } => table.entries[((sum >> bytes.bits()) & 255) as usize].into(),
    }
}
