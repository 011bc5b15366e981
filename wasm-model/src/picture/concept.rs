//! Concept 1: a network that gives the fields of a place, turned on by the token's epoch.

use super::stages::{Concept, Fields, Place};
use super::{PictureError, Traits};
use crate::Network;
use crate::kernel::{Backend, Chain, Executor, LANES, Row};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Latents of a picture model.
pub const LATENTS: usize = 32;
/// How many of them the seed determines; the others are the families' switches.
const FREE: usize = 20;
/// Inputs of a picture model.
const FEATURES: usize = 6;

/// A picture model with a token's latents folded in.
#[derive(Clone, Debug)]
pub(super) struct Motif(Engine);

/// How the network is run.
#[derive(Clone, Debug)]
enum Engine {
    /// All layers on a block of places at once.
    Chain(Chain),
    /// Place after place: for models that are no plain chain of layers.
    General(Box<(Network, Vec<i16>, Backend)>),
}

impl Motif {
    pub(super) fn new(
        network: &Network,
        seed: &[u8; 32],
        traits: Traits,
        backend: Backend,
    ) -> Result<Self, PictureError> {
        check_model(network)?;
        let latent = latent(seed, traits);
        Ok(Self(match Chain::new(network, &latent, backend) {
            Some(chain) => Engine::Chain(chain),
            None => {
                Executor::new(network, &latent, backend)?;
                Engine::General((network.clone(), latent.to_vec(), backend).into())
            }
        }))
    }
}

impl Concept for Motif {
    fn fields(&self, places: &[Place], fields: &mut [Fields]) -> Result<(), PictureError> {
        match &self.0 {
            Engine::Chain(chain) => fields_by_chain(chain, places, fields),
            Engine::General(parts) => {
                let (network, latent, backend) = parts.as_ref();
                let executor = Executor::new(network, latent, *backend)?;
                for (&place, fields) in places.iter().zip(fields) {
                    let made = executor.run(&features(place))?;
                    *fields = Fields { tone: made[0] as u8, accent: made[1] as u8, edge: made[2] as u8 };
                }
            }
        }
        Ok(())
    }
}

fn fields_by_chain(chain: &Chain, places: &[Place], fields: &mut [Fields]) {
    let mut workspace = chain.workspace();
    let mut block = [Place::default(); LANES];
    for (places, fields) in places.chunks(LANES).zip(fields.chunks_mut(LANES)) {
        block[..places.len()].copy_from_slice(places);
        chain.input(&mut workspace)[..FEATURES / 2].copy_from_slice(&feature_rows(&block));
        let made = chain.run(&mut workspace);
        for (lane, fields) in fields.iter_mut().enumerate() {
            // The activations are u8 values.
            *fields = Fields {
                tone: made[0].get(0, lane) as u8,
                accent: made[0].get(1, lane) as u8,
                edge: made[1].get(0, lane) as u8,
            };
        }
    }
}

/// The features of a block of places. A loop for each step, so that a compiler makes vector instructions of it.
#[inline]
fn feature_rows(places: &[Place; LANES]) -> [Row; FEATURES / 2] {
    let (u, v) = (places.map(|place| place.u), places.map(|place| place.v));
    let r: [i32; LANES] = core::array::from_fn(|lane| radius(Place { u: u[lane], v: v[lane] }));
    [u, v, r].map(|values| Row(values.map(|value| Row::pair((value >> 4) as i16, (value & 15) as i16))))
}

/// What the network reads of a place: `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`, each in [-128, 127], where
/// `r = isqrt(u² + v²) - 1024`.
#[inline]
pub fn features(place: Place) -> [i16; FEATURES] {
    let (Place { u, v }, r) = (place, radius(place));
    [u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15].map(|feature| feature as i16)
}

/// The distance from the middle, rounded down, less 1024.
#[inline]
fn radius(Place { u, v }: Place) -> i32 {
    root(u * u + v * v) - 1024
}

/// The square root, rounded down, of a number from 0 to 2^23. Where f32 can be asked it is the quicker way, and exact: the
/// root of k² - 1 lies 1/2k below k, which is more than half a step of f32.
#[inline]
fn root(square: i32) -> i32 {
    #[cfg(feature = "std")]
    // SAFETY: the root of an i32 that is not negative fits one; that of a negative one, which nobody asks for, is made 0.
    return unsafe { (square.max(0) as f32).sqrt().to_int_unchecked() };
    #[cfg(all(not(feature = "std"), target_arch = "wasm32", target_feature = "simd128"))]
    return {
        use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, f32x4_sqrt};
        f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(square as f32))) as i32
    };
    #[cfg(not(any(feature = "std", all(target_arch = "wasm32", target_feature = "simd128"))))]
    return (square as u32).isqrt() as i32;
}

/// The latents of a token: twenty angles (256 to the turn) that the seed determines and each epoch turns on, then the
/// family as one of twelve switches.
pub fn latent(seed: &[u8; 32], traits: Traits) -> [i16; LATENTS] {
    let (start, path) = (super::hash_of(b"verdigris/latent/2", seed), super::hash_of(b"verdigris/path/1", seed));
    let switch = FREE + usize::from(traits.family);
    core::array::from_fn(|i| {
        if i < FREE {
            let step = i32::from(path[i] as i8 >> 3);
            i16::from((i32::from(start[i]) + i32::from(traits.epoch) * step) as i8)
        } else {
            127 * i16::from(i == switch)
        }
    })
}

fn check_model(network: &Network) -> Result<(), PictureError> {
    let spec = network.spec();
    let covers = |lo: i16, hi: i16| lo <= -128 && hi >= 127;
    let fits = spec.input.shape == [FEATURES as u16, 1, 1]
        && covers(spec.input.lo, spec.input.hi)
        && spec.latent.as_ref().is_some_and(|l| usize::from(l.len) == LATENTS && covers(l.lo, l.hi))
        && network.output_shape() == [3, 1, 1]
        && !network.output_is_raw();
    if fits { Ok(()) } else { Err(PictureError::Model) }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn roots_are_rounded_down_as_far_as_a_plane_goes() {
        for square in 0..=1 << 23 {
            assert_eq!(root(square), square.isqrt(), "{square}");
        }
    }
}
