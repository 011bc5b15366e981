//! The kernel for x86-64 processors with AVX2: eight positions an instruction.

use super::pack::TILE;
use super::{Finish, Layer, Row, Sums, Table};
use core::arch::x86_64::*;

/// Whether this processor has AVX2.
pub(super) fn detected() -> bool {
    #[cfg(feature = "std")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(feature = "std"))]
    return cfg!(target_feature = "avx2");
}

pub(super) fn sums(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Sums]) {
    assert!(detected(), "Backend::Avx2 needs a processor with AVX2");
    // SAFETY: the processor has AVX2.
    unsafe { sums_avx2(layer, biases, input, output) }
}

pub(super) fn dense(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Row]) {
    assert!(detected(), "Backend::Avx2 needs a processor with AVX2");
    // SAFETY: the processor has AVX2.
    unsafe { dense_avx2(layer, biases, input, output) }
}

#[target_feature(enable = "avx2")]
fn sums_avx2(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<TILE>().0) {
        let sums = tile(weights, biases, &input[..layer.pairs]);
        for (sums, output) in sums.iter().zip(output) {
            let at = output.0.as_mut_ptr().cast::<__m256i>();
            // SAFETY: `Sums` is 64 bytes, aligned to 64: two vectors.
            unsafe {
                _mm256_store_si256(at, sums[0]);
                _mm256_store_si256(at.add(1), sums[1]);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn dense_avx2(layer: &Layer, biases: &[i32], input: &[Row], output: &mut [Row]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE);
    for ((weights, biases), output) in tiles.zip(biases.as_chunks::<TILE>().0).zip(output.as_chunks_mut::<2>().0) {
        let sums = tile(weights, biases, &input[..layer.pairs]);
        for (pair, row) in sums.as_chunks::<2>().0.iter().zip(output) {
            finish(&layer.finish, pair, row);
        }
    }
}

/// Sums of four output channels at sixteen positions, in two vectors each.
#[inline]
#[target_feature(enable = "avx2")]
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row]) -> [[__m256i; 2]; TILE] {
    let mut sums = biases.map(|bias| [_mm256_set1_epi32(bias); 2]);
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let at = row.0.as_ptr().cast::<__m256i>();
        // SAFETY: `Row` is 64 bytes, aligned to 64: two vectors.
        let [low, high] = unsafe { [_mm256_load_si256(at), _mm256_load_si256(at.add(1))] };
        for (sums, &weight) in sums.iter_mut().zip(weights) {
            let weight = _mm256_set1_epi32(weight);
            sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, weight));
            sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, weight));
        }
    }
    sums
}

/// Applies the activation to two channels and lays them side by side.
#[inline]
#[target_feature(enable = "avx2")]
fn finish(finish: &Finish, [even, odd]: &[[__m256i; 2]; 2], row: &mut Row) {
    let made = match finish {
        Finish::Raw => return,
        Finish::Clip { shift } => {
            let clip = |sum| {
                let shifted = _mm256_sra_epi32(sum, _mm_cvtsi32_si128(*shift as i32));
                _mm256_min_epi32(_mm256_max_epi32(shifted, _mm256_setzero_si256()), _mm256_set1_epi32(255))
            };
            [0, 1].map(|i| side_by_side(clip(even[i]), clip(odd[i])))
        }
        Finish::Phase { shift, table } => {
            let phase = |sum| {
                let shifted = _mm256_srl_epi32(sum, _mm_cvtsi32_si128(*shift as i32));
                _mm256_and_si256(shifted, _mm256_set1_epi32(255))
            };
            let [low, high] = [0, 1].map(|i| side_by_side(phase(even[i]), phase(odd[i])));
            // Within 128-bit halves, packing and unpacking undo each other.
            let found = look_up(table, _mm256_packus_epi16(low, high));
            let zero = _mm256_setzero_si256();
            [_mm256_unpacklo_epi8(found, zero), _mm256_unpackhi_epi8(found, zero)]
        }
    };
    let at = row.0.as_mut_ptr().cast::<__m256i>();
    // SAFETY: `Row` is 64 bytes, aligned to 64: two vectors.
    unsafe {
        _mm256_store_si256(at, made[0]);
        _mm256_store_si256(at.add(1), made[1]);
    }
}

/// Two channels of values 0..=255 as the low and high halves of each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn side_by_side(even: __m256i, odd: __m256i) -> __m256i {
    _mm256_or_si256(even, _mm256_slli_epi32::<16>(odd))
}

/// The table's entries for 32 indices.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(table: &Table, index: __m256i) -> __m256i {
    let zero = _mm256_setzero_si256();
    match &table.quarter {
        Some(quarter) => {
            let second_half = _mm256_cmpgt_epi8(zero, index);
            let second_quarter = _mm256_cmpgt_epi8(zero, _mm256_add_epi8(index, index));
            let folded = _mm256_and_si256(_mm256_xor_si256(index, second_quarter), _mm256_set1_epi8(63));
            _mm256_xor_si256(look_up_rows(quarter, folded), second_half)
        }
        None => look_up_rows(&table.entries, index),
    }
}

/// A byte shuffle looks up 16 entries at once and gives 0 outside of them.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up_rows(entries: &[u8], index: __m256i) -> __m256i {
    let mut found = _mm256_setzero_si256();
    for (i, entries) in entries.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: 16 bytes are read from an array of 16.
        let entries = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(entries.as_ptr().cast()) });
        let place = _mm256_sub_epi8(index, _mm256_set1_epi8((16 * i) as u8 as i8));
        // 0..16 becomes 0x70..0x80; everything else gets the top bit, which means "give 0".
        let place = _mm256_adds_epu8(place, _mm256_set1_epi8(0x70));
        found = _mm256_or_si256(found, _mm256_shuffle_epi8(entries, place));
    }
    found
}
