//! The kernel for WebAssembly with 128-bit vectors: four positions an instruction.

use super::pack::TILE;
use super::{Finish, Layer, Row, Sums, Table};
use core::arch::wasm32::*;

pub(super) fn sums(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<TILE>().0) {
        for half in 0..2 {
            let sums = tile(weights, biases, &input[..layer.pairs], half);
            for (sums, output) in sums.iter().zip(output.iter_mut()) {
                store(output.0.as_mut_ptr().cast(), half, *sums);
            }
        }
    }
}

pub(super) fn dense(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Row]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<2>().0) {
        for half in 0..2 {
            let sums = tile(weights, biases, &input[..layer.pairs], half);
            for (pair, row) in sums.as_chunks::<2>().0.iter().zip(output.iter_mut()) {
                store(row.0.as_mut_ptr().cast(), half, finish(&layer.finish, pair));
            }
        }
    }
}

/// Stores eight positions of a [`Row`] or [`Sums`]: both hold four vectors.
#[inline]
fn store(row: *mut v128, half: usize, values: [v128; 2]) {
    debug_assert!(half < 2);
    // SAFETY: callers pass a whole row of 64 bytes, aligned to 64, and `half` is 0 or 1.
    unsafe {
        *row.add(2 * half) = values[0];
        *row.add(2 * half + 1) = values[1];
    }
}

/// Sums of four output channels at eight positions (the first or second half of a row), in two vectors each.
#[inline]
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row], half: usize) -> [[v128; 2]; TILE] {
    let mut sums = biases.map(|bias| [i32x4_splat(bias); 2]);
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let at = row.0.as_ptr().cast::<v128>();
        // SAFETY: `Row` is 64 bytes, aligned to 64: four vectors, and `half` is 0 or 1.
        let [low, high] = unsafe { [*at.add(2 * half), *at.add(2 * half + 1)] };
        for (sums, weight) in sums.iter_mut().zip(weights) {
            // SAFETY: four bytes are read from an i32.
            let weight = unsafe { v128_load32_splat(core::ptr::from_ref(weight).cast()) };
            sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, weight));
            sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, weight));
        }
    }
    sums
}

/// Applies the activation to two channels and lays them side by side.
#[inline]
fn finish(finish: &Finish, [even, odd]: &[[v128; 2]; 2]) -> [v128; 2] {
    match finish {
        Finish::Raw => [i32x4_splat(0); 2],
        Finish::Clip { shift } => {
            let clip = |sum| i32x4_min(i32x4_max(i32x4_shr(sum, *shift), i32x4_splat(0)), i32x4_splat(255));
            [0, 1].map(|i| side_by_side(clip(even[i]), clip(odd[i])))
        }
        Finish::Phase { shift, table } => {
            let phase = |sum| v128_and(u32x4_shr(sum, *shift), i32x4_splat(255));
            let [low, high] = [0, 1].map(|i| side_by_side(phase(even[i]), phase(odd[i])));
            let found = look_up(table, u8x16_narrow_i16x8(low, high));
            [u16x8_extend_low_u8x16(found), u16x8_extend_high_u8x16(found)]
        }
    }
}

/// Two channels of values 0..=255 as the low and high halves of each lane.
#[inline]
fn side_by_side(even: v128, odd: v128) -> v128 {
    v128_or(even, i32x4_shl(odd, 16))
}

/// The table's entries for 16 indices.
#[inline]
fn look_up(table: &Table, index: v128) -> v128 {
    match &table.quarter {
        Some(quarter) => {
            let second_half = i8x16_lt(index, i8x16_splat(0));
            let second_quarter = i8x16_lt(i8x16_add(index, index), i8x16_splat(0));
            let folded = v128_and(v128_xor(index, second_quarter), i8x16_splat(63));
            let mut found = i8x16_splat(0);
            for (i, entries) in quarter.as_chunks::<16>().0.iter().enumerate() {
                // SAFETY: 16 bytes are read from an array of 16.
                let entries = unsafe { v128_load(entries.as_ptr().cast()) };
                // A swizzle gives 0 for every place above 15.
                let place = i8x16_sub(folded, i8x16_splat((16 * i) as i8));
                found = v128_or(found, i8x16_swizzle(entries, place));
            }
            v128_xor(found, second_half)
        }
        None => {
            let mut bytes = [0u8; 16];
            // SAFETY: 16 bytes are written to, then read from, an array of 16.
            unsafe { v128_store(bytes.as_mut_ptr().cast(), index) };
            bytes.iter_mut().for_each(|byte| *byte = table.entries[usize::from(*byte)]);
            unsafe { v128_load(bytes.as_ptr().cast()) }
        }
    }
}
