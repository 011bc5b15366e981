//! Exact neural networks, whose every value is an integer, and the pictures they draw: the same bytes on every machine.
//!
//! `docs/protocol.md` (sections 1 and 2) is the agreement this crate keeps. [`reference`] is the definition of a
//! network's result in the plainest possible code; everything faster is tested to equal it.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;
// Test code that examples share names this crate from outside.
#[cfg(test)]
extern crate self as verdigris_model;

#[cfg(test)]
mod drawing;

mod atlas;
mod genesis;
mod keccak;
pub mod kernel;
pub mod network;
pub mod picture;
pub mod reference;

pub use atlas::atlas;
pub use genesis::genesis;
pub use keccak::keccak256;
pub use network::{
    AccumulatorRange, Activation, Domain, LatentDomain, Linear, Network, NetworkError, NetworkSpec, Operation,
    RangeProof,
};
