//! Who runs a model. Behind one trait, so that the server knows nothing of any.

mod diffusion;
mod exact;
mod onnx;
mod picture;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::exact::GpuError;
use crate::tensor::{DataType, Tensor, TensorError};

pub use diffusion::DiffusionEngine;
pub use exact::ExactEngine;
pub use onnx::{Accelerator, OnnxRuntime, RuntimeEngine, TractEngine};
pub use picture::PictureEngine;

/// What a model takes or gives: one of its tensors, without the batch's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The type of its elements.
    pub datatype: DataType,
    /// Its sides; none where any will do.
    pub shape: Vec<Option<usize>>,
    /// Whether it has one for each element of a batch, with the batch as its first side. If not, all elements share it.
    pub is_batched: bool,
    /// Whether an input may be left out.
    pub is_optional: bool,
}

/// A model's inputs and outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// Most elements of a batch; 0 if the model knows no batches, so that no port is batched.
    pub most_at_once: usize,
}

/// Why a model gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The inputs don't fit it.
    #[error("{0}")]
    Input(String),
    /// The engine failed, by no fault of the caller's.
    #[error("{0}")]
    Failed(String),
}

impl From<GpuError> for EngineError {
    fn from(error: GpuError) -> Self {
        match error {
            GpuError::Network(error) => Self::Input(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What an engine itself makes and can't read.
impl From<TensorError> for EngineError {
    fn from(error: TensorError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A model that is ready to run.
pub trait Engine: Send + Sync {
    /// What stands in receipts: the engine, its version, and the device.
    fn name(&self) -> &str;

    /// What it takes and gives.
    fn signature(&self) -> &Signature;

    /// Whether its outputs are the same to the last bit on every machine.
    fn is_exact(&self) -> bool {
        false
    }

    /// How many runs there may be side by side: more than one only where a run is many small ones, which take turns.
    fn side_by_side(&self) -> usize {
        1
    }

    /// The outputs, in the signature's order, for inputs in the signature's order that [`Signature::arrange`] checked. An
    /// engine that takes long asks now and then whether its answer is still wanted, and gives up if not.
    ///
    /// # Errors
    /// If values don't fit, or the engine fails.
    fn run(&self, inputs: &[Tensor], is_wanted: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError>;
}

impl Signature {
    /// A request's inputs in the signature's order, without those that are left out, and how many elements of a batch they are.
    ///
    /// # Errors
    /// Names the input that is missing, unknown or of another type or shape than the model takes.
    pub fn arrange(&self, mut given: Vec<Tensor>) -> Result<(Vec<Tensor>, usize), EngineError> {
        let mut arranged = Vec::with_capacity(self.inputs.len());
        let mut batch = None;
        for port in &self.inputs {
            let Some(index) = given.iter().position(|tensor| tensor.name == port.name) else {
                if port.is_optional {
                    continue;
                }
                return Err(EngineError::Input(format!("input `{}` is missing", port.name)));
            };
            let tensor = given.swap_remove(index);
            if let Some(count) = port.check(&tensor)?
                && *batch.get_or_insert(count) != count
            {
                let reason = format!("input `{}` has a batch of {count}, others have not", port.name);
                return Err(EngineError::Input(reason));
            }
            arranged.push(tensor);
        }
        if let Some(unknown) = given.first() {
            return Err(EngineError::Input(format!("the model has no input `{}`", unknown.name)));
        }
        let batch = batch.unwrap_or(1);
        if self.most_at_once > 0 && !(1..=self.most_at_once).contains(&batch) {
            return Err(EngineError::Input(format!("a batch has 1 to {} elements, not {batch}", self.most_at_once)));
        }
        Ok((arranged, batch))
    }

    /// A number that is the same for requests that can share a batch, and hardly ever for others.
    pub fn key(&self, inputs: &[Tensor]) -> u64 {
        let mut key = DefaultHasher::new();
        for tensor in inputs {
            let is_batched = self.inputs.iter().any(|port| port.name == tensor.name && port.is_batched);
            match tensor.shape.split_first() {
                Some((_, sides)) if is_batched => sides.hash(&mut key),
                _ => (&tensor.shape, &tensor.data).hash(&mut key),
            }
        }
        key.finish()
    }

    /// Whether two requests' inputs, both arranged, can share a batch: what all elements share is equal, and so are the
    /// sides of what each has. Byte strings, which have no width, are never put together.
    pub fn can_share(&self, some: &[Tensor], others: &[Tensor]) -> bool {
        self.most_at_once > 0
            && self.inputs.iter().chain(&self.outputs).all(|port| port.datatype.width().is_some())
            && self.inputs.iter().zip(some.iter().zip(others)).all(|(port, (a, b))| {
                if port.is_batched { a.shape[1..] == b.shape[1..] } else { a.shape == b.shape && a.data == b.data }
            })
    }
}

impl Port {
    /// The size of a tensor's batch, if the port is batched.
    fn check(&self, tensor: &Tensor) -> Result<Option<usize>, EngineError> {
        let wrong = |what: String| Err(EngineError::Input(format!("input `{}` {what}", self.name)));
        if tensor.datatype != self.datatype {
            return wrong(format!("is {}, the model takes {}", tensor.datatype, self.datatype));
        }
        let (batch, sides) = match (self.is_batched, tensor.shape.split_first()) {
            (true, Some((&batch, sides))) => (Some(batch), sides),
            (true, None) => return wrong("has no side for the batch".into()),
            (false, _) => (None, &tensor.shape[..]),
        };
        let fits = sides.len() == self.shape.len()
            && sides.iter().zip(&self.shape).all(|(&side, wanted)| wanted.is_none_or(|wanted| wanted == side));
        if !fits {
            return wrong(format!("has the shape {:?}, the model takes {}", tensor.shape, self.shape_text()));
        }
        Ok(batch)
    }

    /// The shape as the protocol writes it, -1 where any side will do.
    pub fn shape_text(&self) -> String {
        format!("{:?}", self.wire_shape())
    }

    /// The shape as the protocol writes it, -1 where any side will do.
    pub fn wire_shape(&self) -> Vec<i64> {
        let sides = self.shape.iter().map(|side| side.map_or(-1, |side| side as i64));
        self.is_batched.then_some(-1).into_iter().chain(sides).collect()
    }
}
