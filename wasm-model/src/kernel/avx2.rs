//! The kernel for x86-64 processors with AVX2: eight positions an instruction.

use super::pack::TILE;
use super::{Bytes, Finish, LANES, Layer, Row, Sums, Table};
use core::arch::x86_64::*;

/// Whether this processor has AVX2.
pub(super) fn detected() -> bool {
    #[cfg(feature = "std")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(feature = "std"))]
    return cfg!(target_feature = "avx2");
}

pub(super) fn sums(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    assert!(detected(), "Backend::Avx2 needs a processor with AVX2");
    // SAFETY: the processor has AVX2.
    unsafe { sums_avx2(layer, input, output) }
}

pub(super) fn finish(finish: &Finish, sums: &[Sums], output: &mut [Row]) {
    assert!(detected(), "Backend::Avx2 needs a processor with AVX2");
    // SAFETY: the processor has AVX2.
    unsafe {
        match finish {
            Finish::Raw => {}
            Finish::Clip { bytes: Bytes::One } => clip::<8>(sums, output),
            Finish::Clip { bytes: Bytes::Two } => clip::<16>(sums, output),
            Finish::Clip { bytes: Bytes::Three } => clip::<24>(sums, output),
            Finish::Phase { bytes: Bytes::One, table } => phase::<8>(table, sums, output),
            Finish::Phase { bytes: Bytes::Two, table } => phase::<16>(table, sums, output),
            Finish::Phase { bytes: Bytes::Three, table } => phase::<24>(table, sums, output),
        }
    }
}

#[target_feature(enable = "avx2")]
fn sums_avx2(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    let tiles = layer.weights.chunks_exact(layer.pairs * TILE).zip(layer.biases.as_chunks::<TILE>().0);
    for ((weights, biases), output) in tiles.zip(output.as_chunks_mut::<TILE>().0) {
        for (sums, output) in tile(weights, biases, input).into_iter().zip(output) {
            store(&mut output.0, sums);
        }
    }
}

/// The two vectors of a [`Row`] or [`Sums`].
#[inline]
#[target_feature(enable = "avx2")]
fn load(lanes: &[i32; LANES]) -> [__m256i; 2] {
    let at = lanes.as_ptr().cast::<__m256i>();
    // SAFETY: 64 bytes are read from an array of 64.
    unsafe { [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))] }
}

/// Fills the two vectors of a [`Row`] or [`Sums`].
#[inline]
#[target_feature(enable = "avx2")]
fn store(lanes: &mut [i32; LANES], values: [__m256i; 2]) {
    let at = lanes.as_mut_ptr().cast::<__m256i>();
    // SAFETY: 64 bytes are written to an array of 64.
    unsafe {
        _mm256_storeu_si256(at, values[0]);
        _mm256_storeu_si256(at.add(1), values[1]);
    }
}

/// Sums of four output channels at sixteen positions, in two vectors each.
#[inline]
#[target_feature(enable = "avx2")]
fn tile(weights: &[i32], biases: &[i32; TILE], input: &[Row]) -> [[__m256i; 2]; TILE] {
    let mut sums = biases.map(|bias| [_mm256_set1_epi32(bias); 2]);
    for (weights, row) in weights.as_chunks::<TILE>().0.iter().zip(input) {
        let [low, high] = load(&row.0);
        for (sums, &weight) in sums.iter_mut().zip(weights) {
            let weight = _mm256_set1_epi32(weight);
            sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, weight));
            sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, weight));
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx2")]
fn clip<const BITS: i32>(sums: &[Sums], output: &mut [Row]) {
    let (least, most) = (_mm256_setzero_si256(), _mm256_set1_epi32(255));
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        let clip = |sum| _mm256_min_epi32(_mm256_max_epi32(_mm256_srai_epi32::<BITS>(sum), least), most);
        let (even, odd) = (load(&even.0), load(&odd.0));
        store(&mut row.0, [0, 1].map(|i| _mm256_or_si256(clip(even[i]), _mm256_slli_epi32::<16>(clip(odd[i])))));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn phase<const BITS: i32>(table: &Table, sums: &[Sums], output: &mut [Row]) {
    let zero = _mm256_setzero_si256();
    let lowest = _mm256_set1_epi32(255);
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        let (even, odd) = (load(&even.0), load(&odd.0));
        let [low, high] = [0, 1].map(|i| {
            let even = _mm256_and_si256(_mm256_srli_epi32::<BITS>(even[i]), lowest);
            let odd = _mm256_and_si256(_mm256_srli_epi32::<BITS>(odd[i]), lowest);
            _mm256_or_si256(even, _mm256_slli_epi32::<16>(odd))
        });
        // Within 128-bit halves, packing and unpacking undo each other.
        let found = look_up(table, _mm256_packus_epi16(low, high));
        store(&mut row.0, [_mm256_unpacklo_epi8(found, zero), _mm256_unpackhi_epi8(found, zero)]);
    }
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
