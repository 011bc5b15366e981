//! Exact networks as models: on a GPU if there is one, else by the kernel on this CPU. The bytes are the same.

use std::sync::Arc;

use verdigris_model::Network;
use verdigris_model::kernel::{Backend, Executor};

use super::{Engine, EngineError, Port, Signature};
use crate::exact::{Gpu, Prepared};
use crate::tensor::{DataType, Tensor};

/// Most values of a batch's inputs or outputs: those of a picture of 4096² are 3 · 2^24.
const MOST_VALUES: usize = 1 << 26;

/// An exact network.
pub struct ExactEngine {
    name: String,
    signature: Signature,
    network: Arc<Network>,
    runner: Runner,
}

enum Runner {
    Gpu(Prepared),
    Cpu(Backend),
}

impl ExactEngine {
    /// Makes a network ready for a GPU, or for this CPU if there is none. Inputs are `input` (INT16, N × C × H × W) and,
    /// if the network has one, `latent` (INT16, shared by the batch); the output is `output`: UINT8, or INT32 for sums.
    ///
    /// # Errors
    /// If the GPU refuses it.
    pub fn new(network: Arc<Network>, gpu: Option<Arc<Gpu>>) -> Result<Self, EngineError> {
        let sides = |shape: [u16; 3]| shape.map(|side| Some(side.into())).to_vec();
        let port = |name: &str, datatype, shape, is_batched| Port {
            name: name.into(),
            datatype,
            shape,
            is_batched,
            is_optional: false,
        };
        let mut inputs = vec![port("input", DataType::Int16, sides(network.spec().input.shape), true)];
        if network.latent_len() > 0 {
            inputs.push(port("latent", DataType::Int16, vec![Some(network.latent_len())], false));
        }
        let datatype = if network.output_is_raw() { DataType::Int32 } else { DataType::Uint8 };
        let outputs = vec![port("output", datatype, sides(network.output_shape()), true)];
        let (name, runner) = match gpu {
            Some(gpu) => (format!("exact wgpu {}", gpu.name()), Runner::Gpu(Prepared::new(gpu, network.clone())?)),
            None => (format!("exact cpu {:?}", Backend::best()), Runner::Cpu(Backend::best())),
        };
        let output_len: usize = network.output_shape().into_iter().map(usize::from).product();
        let most_at_once = (MOST_VALUES / network.input_len().max(output_len)).max(1);
        Ok(Self { name, signature: Signature { inputs, outputs, most_at_once }, network, runner })
    }
}

impl Engine for ExactEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[Tensor], _: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        let values = |tensor: &Tensor| -> Vec<i16> {
            tensor.data.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)).collect()
        };
        let [input, rest @ ..] = inputs else { return Err(EngineError::Input("input `input` is missing".into())) };
        let (elements, latent) = (values(input), rest.first().map(values).unwrap_or_default());
        let made = match &self.runner {
            Runner::Gpu(prepared) => prepared.run(&elements, &latent)?,
            Runner::Cpu(backend) => {
                let refused = |error: verdigris_model::NetworkError| EngineError::Input(error.to_string());
                let executor = Executor::new(&self.network, &latent, *backend).map_err(refused)?;
                let mut made = Vec::new();
                for element in elements.chunks(self.network.input_len()) {
                    made.extend(executor.run(element).map_err(refused)?);
                }
                made
            }
        };
        let data = match self.signature.outputs[0].datatype {
            DataType::Uint8 => made.into_iter().map(|value| value as u8).collect(),
            _ => made.into_iter().flat_map(i32::to_le_bytes).collect(),
        };
        let shape = [&[input.shape[0]], &self.network.output_shape().map(usize::from)[..]].concat();
        Ok(vec![Tensor { name: "output".into(), datatype: self.signature.outputs[0].datatype, shape, data }])
    }
}
