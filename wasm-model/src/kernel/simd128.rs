//! The kernel for WebAssembly with 128-bit vectors: four positions an instruction.
//!
//! Engines compile each wasm vector instruction to one or a few of the machine's, and constants are costly to them:
//! what a loop needs is loaded from memory before it (see [`Constants`]), where neither compiler can see through it.

use super::pack::TILE;
use super::{Bytes, Finish, LANES, Layer, Row, Sums, Table};
use core::arch::wasm32::*;

pub(super) fn sums(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE).zip(layer.biases.as_chunks::<TILE>().0);
    for ((weights, biases), output) in tiles.zip(output.as_chunks_mut::<TILE>().0) {
        for half in 0..2 {
            for (sums, output) in tile(weights, biases, input, half).into_iter().zip(output.iter_mut()) {
                store(&mut output.0, half, sums);
            }
        }
    }
}

pub(super) fn finish(finish: &Finish, sums: &[Sums], output: &mut [Row]) {
    match finish {
        Finish::Raw => {}
        Finish::Clip { bytes: Bytes::One } => clip::<8>(sums, output),
        Finish::Clip { bytes: Bytes::Two } => clip::<16>(sums, output),
        Finish::Clip { bytes: Bytes::Three } => clip::<24>(sums, output),
        Finish::Phase { bytes: Bytes::One, table } => phase::<1>(table, sums, output),
        Finish::Phase { bytes: Bytes::Two, table } => phase::<2>(table, sums, output),
        Finish::Phase { bytes: Bytes::Three, table } => phase::<3>(table, sums, output),
    }
}

/// Eight positions (the first or second half) of a [`Row`] or [`Sums`].
#[inline]
fn load(lanes: &[i32; LANES], half: usize) -> [v128; 2] {
    debug_assert!(half < 2);
    let at = lanes.as_ptr().cast::<v128>();
    // SAFETY: an array of 64 bytes holds four vectors, and `half` is 0 or 1.
    unsafe { [v128_load(at.add(2 * half)), v128_load(at.add(2 * half + 1))] }
}

/// Fills eight positions of a [`Row`] or [`Sums`].
#[inline]
fn store(lanes: &mut [i32; LANES], half: usize, values: [v128; 2]) {
    debug_assert!(half < 2);
    let at = lanes.as_mut_ptr().cast::<v128>();
    // SAFETY: an array of 64 bytes holds four vectors, and `half` is 0 or 1.
    unsafe {
        v128_store(at.add(2 * half), values[0]);
        v128_store(at.add(2 * half + 1), values[1]);
    }
}

/// Sums of four output channels at eight positions.
#[cfg(not(target_os = "wasi"))]
#[inline]
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row], half: usize) -> [[v128; 2]; TILE] {
    let mut sums = biases.map(|bias| [i32x4_splat(bias); 2]);
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let [low, high] = load(&row.0, half);
        for (sums, weight) in sums.iter_mut().zip(weights) {
            // SAFETY: four bytes are read from an i32.
            let weight = unsafe { v128_load32_splat(core::ptr::from_ref(weight).cast()) };
            sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, weight));
            sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, weight));
        }
    }
    sums
}

/// The same for wasmtime, which runs what is built for WASI. It looks at a clock in each turn of a loop and puts all sums
/// aside for that, so a turn takes two pairs of channels; and it makes three instructions of a load into all lanes, so
/// weights are loaded by fours. Browsers' engines are quicker with the shorter loop.
#[cfg(target_os = "wasi")]
#[inline]
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row], half: usize) -> [[v128; 2]; TILE] {
    let mut sums = biases.map(|bias| [i32x4_splat(bias); 2]);
    let (turns, rest) = weights.as_chunks::<TILE>().0.as_chunks::<2>();
    let (rows, rest_rows) = input.as_chunks::<2>();
    for (weights, rows) in turns.iter().zip(rows) {
        add(&mut sums, &weights[0], &rows[0], half);
        add(&mut sums, &weights[1], &rows[1], half);
    }
    if let ([weights], [row]) = (rest, rest_rows) {
        add(&mut sums, weights, row, half);
    }
    sums
}

/// Adds what one pair of input channels gives.
#[cfg(target_os = "wasi")]
#[inline]
fn add(sums: &mut [[v128; 2]; TILE], weights: &[i32; TILE], row: &Row, half: usize) {
    let [low, high] = load(&row.0, half);
    // SAFETY: 16 bytes are read from an array of 16.
    let all = unsafe { v128_load(weights.as_ptr().cast()) };
    let spread = [
        i32x4_shuffle::<0, 0, 0, 0>(all, all),
        i32x4_shuffle::<1, 1, 1, 1>(all, all),
        i32x4_shuffle::<2, 2, 2, 2>(all, all),
        i32x4_shuffle::<3, 3, 3, 3>(all, all),
    ];
    for (sums, weight) in sums.iter_mut().zip(spread) {
        sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, weight));
        sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, weight));
    }
}

fn clip<const BITS: u32>(sums: &[Sums], output: &mut [Row]) {
    let clip = |sum| i32x4_min(i32x4_max(i32x4_shr(sum, BITS), i32x4_splat(0)), i32x4_splat(255));
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        for half in 0..2 {
            let (even, odd) = (load(&even.0, half), load(&odd.0, half));
            store(&mut row.0, half, [0, 1].map(|i| low_halves(clip(even[i]), i32x4_shl(clip(odd[i]), 16))));
        }
    }
}

fn phase<const BYTES: usize>(table: &Table, sums: &[Sums], output: &mut [Row]) {
    // The index as the high byte of each 16-bit half, two channels side by side.
    let side_by_side = |even, odd| match BYTES {
        1 => low_halves(even, i32x4_shl(odd, 16)),
        2 => low_halves(u32x4_shr(even, 8), i32x4_shl(odd, 8)),
        _ => low_halves(u32x4_shr(even, 16), odd),
    };
    let rows = sums.as_chunks::<2>().0.iter().zip(output);
    match &table.quarter {
        Some(quarter) => {
            let quarter = Quarter::new(quarter);
            for ([even, odd], row) in rows {
                for half in 0..2 {
                    let (even, odd) = (load(&even.0, half), load(&odd.0, half));
                    let [low, high] = [0, 1].map(|i| u16x8_shr(side_by_side(even[i], odd[i]), 8));
                    let found = quarter.look_up(u8x16_narrow_i16x8(low, high));
                    store(&mut row.0, half, [u16x8_extend_low_u8x16(found), u16x8_extend_high_u8x16(found)]);
                }
            }
        }
        None => {
            for ([even, odd], row) in rows {
                for (lane, pair) in row.0.iter_mut().enumerate() {
                    let index = |sum: i32| table.entries[((sum >> (8 * BYTES)) & 255) as usize].into();
                    *pair = Row::pair(index(even.0[lane]), index(odd.0[lane]));
                }
            }
        }
    }
}

/// The low half of each lane of the first vector, the high half of the second's.
#[inline]
fn low_halves(low: v128, high: v128) -> v128 {
    i16x8_shuffle::<0, 9, 2, 11, 4, 13, 6, 15>(low, high)
}

/// A quarter wave in registers.
struct Quarter {
    entries: [v128; 4],
    constants: [v128; 5],
}

/// Vectors full of one byte each: what folds an index into the first quarter, and the starts of its four rows.
static CONSTANTS: [[u8; 16]; 5] = [[0; 16], [63; 16], [16; 16], [32; 16], [48; 16]];

impl Quarter {
    fn new(quarter: &[u8; 64]) -> Self {
        // Read so that the compiler cannot know the values: it would turn the comparisons below into shifts, which
        // 8-bit lanes do not have on x86-64, and repeat the constants at each use.
        // SAFETY: both point to arrays of 16 bytes.
        let constants = CONSTANTS.each_ref().map(|c| unsafe { core::ptr::read_volatile(c.as_ptr().cast()) });
        let mut entries = [constants[0]; 4];
        for (vector, bytes) in entries.iter_mut().zip(quarter.as_chunks::<16>().0) {
            // SAFETY: 16 bytes are read from an array of 16.
            *vector = unsafe { v128_load(bytes.as_ptr().cast()) };
        }
        Self { entries, constants }
    }

    /// The wave's values at 16 indices.
    #[inline]
    fn look_up(&self, index: v128) -> v128 {
        let [zero, mask, first, second, third] = self.constants;
        let second_half = i8x16_gt(zero, index);
        let second_quarter = i8x16_gt(zero, i8x16_add(index, index));
        let folded = v128_and(v128_xor(index, second_quarter), mask);
        // A swizzle gives 0 for every place above 15.
        let found = [
            i8x16_swizzle(self.entries[0], folded),
            i8x16_swizzle(self.entries[1], i8x16_sub(folded, first)),
            i8x16_swizzle(self.entries[2], i8x16_sub(folded, second)),
            i8x16_swizzle(self.entries[3], i8x16_sub(folded, third)),
        ];
        let found = v128_or(v128_or(found[0], found[1]), v128_or(found[2], found[3]));
        v128_xor(found, second_half)
    }
}
