//! The kernel for x86-64 processors with AVX-512 and its instructions for neural networks (VNNI, VBMI): sixteen
//! positions an instruction, which multiplies and adds at once.

use super::pack::{Quads, TILE};
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

pub(super) fn finish(layer: &Layer, sums: &[Sums], output: &mut [Row]) {
    assert!(detected(), "Backend::Avx512 needs a processor with AVX-512 VNNI and VBMI");
    // Sums of bytes are not scaled.
    let shift = |bytes: &Bytes| bytes.bits() - if layer.quads.is_some() { layer.scale } else { 0 };
    // SAFETY: the processor has them.
    unsafe {
        match &layer.finish {
            Finish::Raw => {}
            Finish::Clip { bytes } => clip(shift(bytes), sums, output),
            Finish::Phase { bytes, table } => phase(shift(bytes), table, sums, output),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn sums_avx512(layer: &Layer, input: &[Row], output: &mut [Sums]) {
    let tiles = layer.biases.len() / TILE;
    let mut tile = 0;
    while tile < tiles {
        let output = &mut output[tile * TILE..];
        tile += match tiles - tile {
            TILES.. => some_tiles::<TILES>(layer, tile, input, output),
            2.. => some_tiles::<2>(layer, tile, input, output),
            _ => some_tiles::<1>(layer, tile, input, output),
        };
    }
}

/// Sums of so many tiles of output channels from one on; gives their number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn some_tiles<const COUNT: usize>(layer: &Layer, tile: usize, input: &[Row], output: &mut [Sums]) -> usize {
    let sums = match &layer.quads {
        Some(quads) => tiles_of_bytes::<COUNT>(quads, tile, input),
        None => tiles_of_pairs::<COUNT>(layer, tile, input),
    };
    for (sum, output) in sums.as_flattened().iter().zip(output) {
        store(&mut output.0, *sum);
    }
    COUNT
}

/// The weights of some tiles, `stride` words each.
#[inline]
fn weights_of<const COUNT: usize>(weights: &[i32], tile: usize, stride: usize) -> [&[[i32; TILE]]; COUNT] {
    core::array::from_fn(|t| weights[(tile + t) * stride..][..stride].as_chunks().0)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tiles_of_bytes<const COUNT: usize>(quads: &Quads, tile: usize, input: &[Row]) -> [[__m512i; TILE]; COUNT] {
    let weights = weights_of::<COUNT>(&quads.weights, tile, quads.signs.len() * TILE);
    let mut sums = start::<COUNT>(&quads.biases, tile);
    let low_bytes = splat(0x00ff_00ff);
    for (i, (rows, &signs)) in input.chunks(2).zip(&quads.signs).enumerate() {
        let first = _mm512_and_si512(load(&rows[0].0), low_bytes);
        let second = rows.get(1).map_or(_mm512_setzero_si512(), |row| _mm512_slli_epi16::<8>(load(&row.0)));
        let quad = _mm512_xor_si512(_mm512_or_si512(first, second), splat(signs));
        for (sums, weights) in sums.iter_mut().zip(weights) {
            for (sum, &weight) in sums.iter_mut().zip(&weights[i]) {
                *sum = _mm512_dpbusd_epi32(*sum, quad, splat(weight));
            }
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tiles_of_pairs<const COUNT: usize>(layer: &Layer, tile: usize, input: &[Row]) -> [[__m512i; TILE]; COUNT] {
    let weights = weights_of::<COUNT>(&layer.weights, tile, layer.pairs * TILE);
    let mut sums = start::<COUNT>(&layer.biases, tile);
    for (i, row) in input.iter().enumerate() {
        let row = load(&row.0);
        for (sums, weights) in sums.iter_mut().zip(weights) {
            for (sum, &weight) in sums.iter_mut().zip(&weights[i]) {
                *sum = _mm512_dpwssd_epi32(*sum, row, splat(weight));
            }
        }
    }
    sums
}

/// The biases of some tiles.
#[inline]
#[target_feature(enable = "avx512f")]
fn start<const COUNT: usize>(biases: &[i32], tile: usize) -> [[__m512i; TILE]; COUNT] {
    let biases = biases.as_chunks::<TILE>().0;
    core::array::from_fn(|t| biases[tile + t].map(|bias| splat(bias)))
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
fn clip(shift: u32, sums: &[Sums], output: &mut [Row]) {
    let (least, most, shift) = (_mm512_setzero_si512(), splat(255), _mm_cvtsi32_si128(shift as i32));
    for ([even, odd], row) in sums.as_chunks::<2>().0.iter().zip(output) {
        let [even, odd] = [even, odd]
            .map(|sum| _mm512_min_epi32(_mm512_max_epi32(_mm512_sra_epi32(load(&sum.0), shift), least), most));
        store(&mut row.0, _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd)));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn phase(shift: u32, table: &Table, sums: &[Sums], output: &mut [Row]) {
    let (lowest, shift) = (splat(255), _mm_cvtsi32_si128(shift as i32));
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
