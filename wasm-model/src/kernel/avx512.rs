//! The kernel for x86-64 processors with AVX-512 and its instructions for neural networks (VNNI, VBMI): sixteen
//! positions an instruction, which multiplies and adds at once.

use super::pack::TILE;
use super::{Bytes, Finish, Layer, Row, Sums, Table};
use core::arch::x86_64::*;

/// Tiles whose sums are in registers together: enough of them to hide how long an instruction takes.
const TILES: usize = 4;
/// The bytes of a [`Row`] that hold values: those of an activation's u8 in each i16.
const VALUES: __mmask64 = 0x5555_5555_5555_5555;

/// Whether this processor has all that is used here.
pub(super) fn detected() -> bool {
    #[cfg(feature = "std")]
    return std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vnni")
        && std::arch::is_x86_feature_detected!("avx512vbmi");
    #[cfg(not(feature = "std"))]
    return cfg!(all(target_feature = "avx512bw", target_feature = "avx512vnni", target_feature = "avx512vbmi"));
}

pub(super) fn sums(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    assert!(detected(), "Backend::Avx512 needs a processor with AVX-512 VNNI and VBMI");
    // SAFETY: the processor has them.
    unsafe { sums_avx512(layer, input, output) }
}

pub(super) fn finish(finish: &Finish, sums: &[Sums], output: &mut [Row]) {
    assert!(detected(), "Backend::Avx512 needs a processor with AVX-512 VNNI and VBMI");
    // SAFETY: the processor has them.
    unsafe {
        match finish {
            Finish::Raw => {}
            Finish::Clip { bytes } => clip(*bytes, sums, output),
            Finish::Phase { bytes, table } => phase(*bytes, table, sums, output),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn sums_avx512(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    let (biases, stride) = (layer.biases.as_chunks::<TILE>().0, layer.pairs * TILE);
    let mut tile = 0;
    while tile + TILES <= biases.len() {
        tiles::<TILES>(&layer.weights[tile * stride..], stride, &biases[tile..], input, &mut output[tile * TILE..]);
        tile += TILES;
    }
    if tile + 2 <= biases.len() {
        tiles::<2>(&layer.weights[tile * stride..], stride, &biases[tile..], input, &mut output[tile * TILE..]);
        tile += 2;
    }
    if tile < biases.len() {
        tiles::<1>(&layer.weights[tile * stride..], stride, &biases[tile..], input, &mut output[tile * TILE..]);
    }
}

/// Sums of some tiles of output channels.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tiles<const COUNT: usize>(
    weights: &[i32],
    stride: usize,
    biases: &[[i32; TILE]],
    input: &[Row],
    output: &mut [Sums],
) {
    let weights: [&[[i32; TILE]]; COUNT] = core::array::from_fn(|t| weights[t * stride..][..stride].as_chunks().0);
    let mut sums: [[__m512i; TILE]; COUNT] = core::array::from_fn(|t| biases[t].map(|bias| splat(bias)));
    for (i, row) in input.iter().enumerate() {
        let row = load(&row.0);
        for (sums, weights) in sums.iter_mut().zip(weights) {
            for (sum, &weight) in sums.iter_mut().zip(&weights[i]) {
                *sum = _mm512_dpwssd_epi32(*sum, row, splat(weight));
            }
        }
    }
    for (sum, output) in sums.as_flattened().iter().zip(output) {
        store(&mut output.0, *sum);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(value: i32) -> __m512i {
    _mm512_set1_epi32(value)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(lanes: &[i32; 16]) -> __m512i {
    // SAFETY: 64 bytes are read from an array of 64.
    unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(lanes: &mut [i32; 16], value: __m512i) {
    // SAFETY: 64 bytes are written to an array of 64.
    unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), value) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn clip(bytes: Bytes, sums: &[Sums], output: &mut [Row]) {
    let (least, most, shift) = (_mm512_setzero_si512(), splat(255), _mm_cvtsi32_si128(bytes.bits() as i32));
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        let [even, odd] = [even, odd]
            .map(|sum| _mm512_min_epi32(_mm512_max_epi32(_mm512_sra_epi32(load(&sum.0), shift), least), most));
        store(&mut row.0, _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd)));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn phase(bytes: Bytes, table: &Table, sums: &[Sums], output: &mut [Row]) {
    let (lowest, shift) = (splat(255), _mm_cvtsi32_si128(bytes.bits() as i32));
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        let [even, odd] = [even, odd].map(|sum| _mm512_and_si512(_mm512_srl_epi32(load(&sum.0), shift), lowest));
        let index = _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd));
        store(&mut row.0, look_up(table, index));
    }
}

/// The table's entries for the indices in the [`VALUES`] bytes; zero in the others.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn look_up(table: &Table, index: __m512i) -> __m512i {
    let second_half = _mm512_movepi8_mask(index);
    match &table.quarter {
        Some(quarter) => {
            let most = _mm512_set1_epi8(63);
            let second_quarter = _mm512_test_epi8_mask(index, _mm512_set1_epi8(64));
            let within = _mm512_and_si512(index, most);
            let folded = _mm512_mask_sub_epi8(within, second_quarter, most, within);
            let found = _mm512_maskz_permutexvar_epi8(VALUES, folded, entries(quarter, 0));
            _mm512_mask_sub_epi8(found, second_half & VALUES, _mm512_set1_epi8(-1), found)
        }
        None => {
            let part =
                |at| _mm512_permutex2var_epi8(entries(&table.entries, at), index, entries(&table.entries, at + 64));
            _mm512_maskz_mov_epi8(VALUES, _mm512_mask_blend_epi8(second_half, part(0), part(128)))
        }
    }
}

/// 64 entries.
#[inline]
#[target_feature(enable = "avx512f")]
fn entries(table: &[u8], at: usize) -> __m512i {
    let entries = &table[at..at + 64];
    // SAFETY: 64 bytes are read from a slice of 64.
    unsafe { _mm512_loadu_si512(entries.as_ptr().cast()) }
}
