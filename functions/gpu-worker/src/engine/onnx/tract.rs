//! tract, which needs no library but is slower, and knows fewer operators.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::pb::tensor_proto::DataType as DataTypeProto;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{ValueInfoProto, type_proto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::{DimFact, Factoid as _};
use tract_onnx::tract_hir::internal::DimLike as _;

use super::signature;
use crate::engine::{Engine, EngineError, Port, Signature};
use crate::tensor::{DataType, Tensor};

/// Most plans that are kept for shapes of a file's inputs.
const KEPT: usize = 4;

/// An ONNX file, ready to run.
pub struct TractEngine {
    signature: Signature,
    runner: Runner,
}

/// A plan for all shapes that the file takes; or, where tract can't tell that its open sides fit each other, one for each.
enum Runner {
    Any(Plan),
    Shaped { model: InferenceModel, plans: Mutex<Vec<(Shapes, Plan)>> },
}

type Plan = Arc<TypedRunnableModel>;
/// The inputs' sides.
type Shapes = Vec<Vec<usize>>;

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
        let Ok(typed) = model.clone().into_typed().and_then(TypedModel::into_decluttered) else {
            let outputs = declared_outputs(path)?;
            let signature = signature(inputs, outputs, max_batch_size)?;
            return Ok(Self { signature, runner: Runner::Shaped { model, plans: Mutex::default() } });
        };
        let outputs = typed.output_outlets().map_err(failed)?.iter();
        let outputs = outputs.map(|&outlet| output(&typed, outlet)).collect::<Result<_, _>>()?;
        let signature = signature(inputs, outputs, max_batch_size)?;
        let plan = typed.into_optimized().and_then(TypedModel::into_runnable).map_err(failed)?;
        Ok(Self { signature, runner: Runner::Any(plan) })
    }

    /// The plan for these inputs.
    fn plan(&self, inputs: &[Tensor]) -> Result<Plan, EngineError> {
        let (model, plans) = match &self.runner {
            Runner::Any(plan) => return Ok(plan.clone()),
            Runner::Shaped { model, plans } => (model, plans),
        };
        let shapes: Shapes = inputs.iter().map(|tensor| tensor.shape.clone()).collect();
        let kept = || plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = kept().iter().find(|(known, _)| *known == shapes) {
            return Ok(plan.clone());
        }
        let made = || -> TractResult<Plan> {
            let mut model = model.clone();
            for (place, shape) in shapes.iter().enumerate() {
                let datum = model.input_fact(place)?.datum_type.concretize().unwrap_or(DatumType::F32);
                model.set_input_fact(place, InferenceFact::dt_shape(datum, shape.as_slice()))?;
            }
            model.into_optimized()?.into_runnable()
        };
        let plan = made().map_err(|error| EngineError::Input(format!("{error:#}")))?;
        let mut kept = kept();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((shapes, plan.clone()));
        Ok(plan)
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
        let plan = self.plan(inputs)?;
        // A side that is open in the file may still not be open to anything; and it panics where values don't fit, such as
        // an index past the end.
        let made = catch_unwind(AssertUnwindSafe(|| plan.run(values)))
            .map_err(|_| EngineError::Input("tract can't compute with these values".into()))?
            .map_err(|error| EngineError::Input(format!("{error:#}")))?;
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

/// The outputs as the file says that they are.
fn declared_outputs(path: &Path) -> Result<Vec<Port>, EngineError> {
    let file = onnx().proto_model_for_path(path).map_err(failed)?;
    let declared = |info: &ValueInfoProto| {
        let unknown = || failed(format!("the file doesn't say what `{}` is", info.name));
        let kind = info.r#type.as_ref().and_then(|kind| kind.value.as_ref());
        let Some(type_proto::Value::TensorType(tensor)) = kind else { return Err(unknown()) };
        let datum = DataTypeProto::try_from(tensor.elem_type).map_err(failed)?.try_into().map_err(failed)?;
        let sides = tensor.shape.as_ref().ok_or_else(unknown)?.dim.iter();
        let side = |dimension: &Dimension| match dimension.value {
            Some(dimension::Value::DimValue(side)) => usize::try_from(side).ok(),
            _ => None,
        };
        port(&info.name, datum, sides.map(side).collect())
    };
    file.graph.unwrap_or_default().output.iter().map(declared).collect()
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
