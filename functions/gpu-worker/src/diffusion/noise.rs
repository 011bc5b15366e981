//! What a picture begins with.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Normally distributed numbers: ChaCha20 from the seed (`seed_from_u64`), and Box and Muller's transform by functions
/// that are the same on every machine. PyTorch's generators are others: a seed means another picture there.
pub(super) fn normal(seed: u64, count: usize) -> Vec<f32> {
    let mut source = ChaCha20Rng::seed_from_u64(seed);
    let mut uniform = || (source.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let pair = || {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - uniform()));
        let angle = std::f64::consts::TAU * uniform();
        [radius * libm::cos(angle), radius * libm::sin(angle)]
    };
    std::iter::repeat_with(pair).flatten().take(count).map(|number| number as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_they_are_normal() {
        let numbers = normal(7, 100_001);
        assert_eq!(numbers, normal(7, 100_001));
        assert_ne!(numbers[..10], normal(8, 10)[..]);
        let mean = numbers.iter().sum::<f32>() / numbers.len() as f32;
        let square = numbers.iter().map(|number| number * number).sum::<f32>() / numbers.len() as f32;
        assert!(mean.abs() < 0.02 && (square - 1.0).abs() < 0.02, "{mean} {square}");
        let beyond = numbers.iter().filter(|number| number.abs() > 1.96).count() as f32 / numbers.len() as f32;
        assert!((beyond - 0.05).abs() < 0.005, "{beyond}");
    }
}
