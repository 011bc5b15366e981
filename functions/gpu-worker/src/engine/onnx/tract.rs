//! tract, which needs no library but is slower, and knows fewer operators.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::{DimFact, Factoid as _};
use tract_onnx::tract_hir::internal::DimLike as _;

use super::signature;
use crate::engine::{Engine, EngineError, Port, Signature};
use crate::tensor::{DataType, Tensor};

/// An ONNX file, ready to run.
pub struct TractEngine {
    signature: Signature,
    runnable: Arc<TypedRunnableModel>,
}

/// The types that both have.
const TYPES: [(DataType, DatumType); 12] = [
    (DataType::Bool, DatumType::Bool),
    (DataType::Uint8, DatumType::U8),
    (DataType::Uint16, DatumType::U16),
    (DataType::Uint32, DatumType::U32),
    (DataType::Uint64, DatumType::U64),
    (DataType::Int8, DatumType::I8),
    (DataType::Int16, DatumType::I16),
    (DataType::Int32, DatumType::I32),
    (DataType::Int64, DatumType::I64),
    (DataType::Fp16, DatumType::F16),
    (DataType::Fp32, DatumType::F32),
    (DataType::Fp64, DatumType::F64),
];

impl TractEngine {
    /// Makes the file at `path` ready.
    ///
    /// # Errors
    /// If tract doesn't know an operator, or there is to be a batch and there can't.
    pub fn new(path: &Path, max_batch_size: Option<usize>) -> Result<Self, EngineError> {
        let model = onnx().with_ignore_output_shapes(true).model_for_path(path).map_err(failed)?;
        let inputs = model.input_outlets().map_err(failed)?.iter();
        let inputs = inputs.map(|&outlet| input(&model, outlet)).collect::<Result<_, _>>()?;
        let typed = model.into_typed().and_then(TypedModel::into_decluttered).map_err(failed)?;
        let outputs = typed.output_outlets().map_err(failed)?.iter();
        let outputs = outputs.map(|&outlet| output(&typed, outlet)).collect::<Result<_, _>>()?;
        let signature = signature(inputs, outputs, max_batch_size)?;
        let runnable = typed.into_optimized().and_then(TypedModel::into_runnable).map_err(failed)?;
        Ok(Self { signature, runnable })
    }
}

impl Engine for TractEngine {
    fn name(&self) -> &str {
        concat!("tract ", "0.23.9 cpu")
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[Tensor], _: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        let values = inputs.iter().map(to_value).collect::<Result<TVec<_>, _>>()?;
        // A side that is open in the file may still not be open to anything.
        let made = self.runnable.run(values).map_err(|error| EngineError::Input(format!("{error:#}")))?;
        let ports = self.signature.outputs.iter().zip(&made);
        Ok(ports
            .map(|(port, value)| Tensor {
                name: port.name.clone(),
                datatype: port.datatype,
                shape: value.shape().to_vec(),
                data: value.as_bytes().to_vec(),
            })
            .collect())
    }
}

fn failed(error: impl Display) -> EngineError {
    // With its causes.
    EngineError::Failed(format!("{error:#}"))
}

fn input(model: &InferenceModel, outlet: OutletId) -> Result<Port, EngineError> {
    let name = &model.node(outlet.node).name;
    let fact = model.outlet_fact(outlet).map_err(failed)?;
    let open = || failed(format!("`{name}` has no number of sides"));
    let rank = fact.shape.rank().concretize().ok_or_else(open)?;
    let datum = fact.datum_type.concretize().ok_or_else(|| failed(format!("`{name}` has no type")))?;
    let side = |dim: &DimFact| dim.concretize().and_then(|dim| dim.to_usize().ok());
    port(name, datum, fact.shape.dims().take(rank as usize).map(side).collect())
}

fn output(model: &TypedModel, outlet: OutletId) -> Result<Port, EngineError> {
    let fact = model.outlet_fact(outlet).map_err(failed)?;
    let name = model.outlet_label(outlet).unwrap_or(&model.node(outlet.node).name);
    port(name, fact.datum_type, fact.shape.iter().map(|dim| dim.to_usize().ok()).collect())
}

fn port(name: &str, datum: DatumType, shape: Vec<Option<usize>>) -> Result<Port, EngineError> {
    let known = TYPES.iter().find(|(_, other)| *other == datum);
    let (datatype, _) = known.ok_or_else(|| failed(format!("`{name}` is of type {datum:?}, which is not taken")))?;
    Ok(Port { name: name.into(), datatype: *datatype, shape, is_batched: false, is_optional: false })
}

fn to_value(tensor: &Tensor) -> Result<TValue, EngineError> {
    let known = TYPES.iter().find(|(datatype, _)| *datatype == tensor.datatype);
    let (_, datum) = known.ok_or_else(|| failed(format!("`{}` is of a type that is not taken", tensor.name)))?;
    let mut value = tract_onnx::prelude::Tensor::zero_dt(*datum, &tensor.shape).map_err(failed)?;
    value.as_bytes_mut().copy_from_slice(&tensor.data);
    Ok(value.into_tvalue())
}
