//! Exact networks on a GPU: integers in compute shaders, with the same results as
//! [`verdigris_model::reference`] on every device.
//!
//! Two plans run a network. *Fused*: where all values are vectors (a pixel network), one shader invocation takes one
//! input through all layers; weights lie in workgroup memory, four i8 to a word, and are multiplied by
//! `dot4I8Packed`. *Layered*: any other network, one dispatch an operation.

mod device;
mod fused;
mod layered;

use std::sync::Arc;

use verdigris_model::{Linear, Network, NetworkError};

pub use device::Gpu;

/// Why a GPU didn't give a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// There is no such device.
    #[error("no GPU {wanted}; there are: {found}")]
    NoDevice {
        /// What was asked for.
        wanted: String,
        /// The names of those that are there, with commas between.
        found: String,
    },
    /// The device or its driver refused.
    #[error("the GPU {device} failed: {reason}")]
    Failed {
        /// Its name.
        device: String,
        /// What it says.
        reason: String,
    },
    /// One run of the network needs more memory than the device gives.
    #[error("a run of this network takes {needed} bytes for one value, the GPU gives at most {limit}")]
    Memory {
        /// Bytes of the largest value.
        needed: u64,
        /// Most bytes of a buffer.
        limit: u64,
    },
    /// The network refused its input.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// A network made ready for a device.
pub struct Prepared {
    gpu: Arc<Gpu>,
    network: Arc<Network>,
    plan: Plan,
}

enum Plan {
    Fused(fused::Fused),
    Layered(layered::Layered),
}

impl Prepared {
    /// Compiles a network's shaders and uploads its weights.
    ///
    /// # Errors
    /// If the device refuses, or a value of the network is too large for it.
    pub fn new(gpu: Arc<Gpu>, network: Arc<Network>) -> Result<Self, GpuError> {
        let plan = match fused::Fused::new(&gpu, &network)? {
            Some(fused) => Plan::Fused(fused),
            None => Plan::Layered(layered::Layered::new(&gpu, &network)?),
        };
        Ok(Self { gpu, network, plan })
    }

    /// Whether the whole network runs in one kernel.
    pub fn is_fused(&self) -> bool {
        matches!(self.plan, Plan::Fused(_))
    }

    /// The outputs for some inputs, one after the other (elements in C, H, W order), that share a latent (empty if the
    /// network has none): u8 values, or sums if the last activation is raw.
    ///
    /// # Errors
    /// If an input or the latent has the wrong length or leaves its declared range, or the device fails.
    pub fn run(&self, inputs: &[i16], latent: &[i16]) -> Result<Vec<i32>, GpuError> {
        let len = self.network.input_len();
        if inputs.is_empty() {
            self.network.check_latent(latent)?;
            return Ok(Vec::new());
        }
        for input in inputs.chunks(len) {
            self.network.check_input(input, latent)?;
        }
        match &self.plan {
            Plan::Fused(fused) => fused.run(&self.gpu, &self.network, inputs, latent),
            Plan::Layered(layered) => layered.run(&self.gpu, &self.network, inputs, latent),
        }
    }
}

/// A layer's biases with a latent folded in.
fn biases<'a>(linear: &'a Linear, latent: &'a [i16]) -> impl Iterator<Item = i32> + 'a {
    linear.biases.iter().enumerate().map(move |(output, &bias)| {
        let Some(weights) = &linear.latent else { return bias };
        let weights = &weights[output * latent.len()..][..latent.len()];
        bias + weights.iter().zip(latent).map(|(&weight, &value)| i32::from(weight) * i32::from(value)).sum::<i32>()
    })
}

/// Four bytes to a word, the first lowest; what is missing in the last is zero.
fn packed(bytes: &[i8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks(4).map(|chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(byte, &value)| *byte = value as u8);
        u32::from_le_bytes(word)
    })
}
