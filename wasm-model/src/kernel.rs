//! Runs exact networks fast, with the same results as [`crate::reference`]: integers leave no room for a difference.
//!
//! The heart is one routine, *sums*: it multiplies a layer's weights with [`LANES`] positions (pixels) at once. Two input channels
//! lie side by side as i16 in one 32-bit lane for each position, so one multiply-add instruction of the CPU (or of
//! WebAssembly) takes both. [`Backend`] chooses who runs it.

use alloc::vec::Vec;

#[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx2")))]
mod avx2;
#[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
mod avx512;
mod chain;
mod general;
mod pack;
mod prune;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

pub(crate) use chain::Chain;
pub use general::Executor;
pub(crate) use pack::{Bytes, Finish, Layer, Table};

/// Positions that are computed together.
pub const LANES: usize = 16;

/// Two channels at [`LANES`] positions: the first channel's i16 is the low half of a lane, the second's the high half.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Row(pub(crate) [i32; LANES]);

impl Row {
    pub(crate) const ZERO: Self = Self([0; LANES]);

    /// Two values side by side in a lane.
    #[inline]
    pub(crate) fn pair(first: i16, second: i16) -> i32 {
        i32::from(first as u16) | i32::from(second) << 16
    }

    /// The value of the first (0) or second (1) channel at a position.
    #[inline]
    pub(crate) fn get(&self, channel: usize, lane: usize) -> i16 {
        (self.0[lane] >> (16 * channel)) as i16
    }

    /// Changes the value of the first (0) or second (1) channel at a position.
    #[cfg(test)]
    pub(crate) fn set(&mut self, channel: usize, lane: usize, value: i16) {
        let other = self.get(1 - channel, lane);
        self.0[lane] = if channel == 0 { Self::pair(value, other) } else { Self::pair(other, value) };
    }
}

/// Sums of one channel at [`LANES`] positions.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Sums(pub(crate) [i32; LANES]);

impl Sums {
    pub(crate) const ZERO: Self = Self([0; LANES]);
}

/// Who does the arithmetic. All give the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Plain Rust, everywhere.
    Scalar,
    /// 256-bit vectors of x86-64 processors since 2013.
    #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx2")))]
    Avx2,
    /// 512-bit vectors of x86-64 processors that multiply and add at once (AVX-512 VNNI and VBMI), since 2019. Where all
    /// inputs of a layer are bytes, an instruction takes four channels.
    #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
    Avx512,
    /// 128-bit vectors of WebAssembly.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

impl Backend {
    /// All that this machine can run, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut backends = alloc::vec![Self::Scalar];
        #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx2")))]
        if avx2::detected() {
            backends.push(Self::Avx2);
        }
        #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
        if avx512::detected() {
            backends.push(Self::Avx512);
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        backends.push(Self::Simd128);
        backends
    }

    /// The fastest that this machine can run.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Scalar)
    }

    /// Whether it can multiply bytes, and is faster for it.
    pub(crate) fn takes_bytes(self) -> bool {
        match self {
            #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
            Self::Avx512 => true,
            _ => false,
        }
    }

    /// Computes a layer's sums: `layer.pairs` rows in, one [`Sums`] for each output channel, padded to tiles.
    pub(crate) fn sums(self, layer: &Layer, input: &[Row], sums: &mut [Sums]) {
        assert!(input.len() >= layer.pairs && sums.len() >= layer.padded());
        let (input, sums) = (&input[..layer.pairs], &mut sums[..layer.padded()]);
        match self {
            Self::Scalar => scalar::sums(layer, input, sums),
            #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx2")))]
            Self::Avx2 => avx2::sums(layer, input, sums),
            #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
            Self::Avx512 => avx512::sums(layer, input, sums),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => simd128::sums(layer, input, sums),
        }
    }

    /// Applies a layer's activation to its sums; `layer.rows()` rows out. Nothing happens if it is raw.
    pub(crate) fn finish(self, layer: &Layer, sums: &[Sums], output: &mut [Row]) {
        let (sums, output) = (&sums[..layer.padded()], &mut output[..layer.rows()]);
        match self {
            Self::Scalar => scalar::finish(&layer.finish, sums, output),
            #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx2")))]
            Self::Avx2 => avx2::finish(&layer.finish, sums, output),
            #[cfg(all(target_arch = "x86_64", any(feature = "std", target_feature = "avx512vnni")))]
            Self::Avx512 => avx512::finish(layer, sums, output),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => simd128::finish(&layer.finish, sums, output),
        }
    }
}
