//! A file made ready to run, within what one function may take.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::Cost;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::DimLike;
use verdigris_core::http::clip;
use verdigris_core::onnx::MAX_TENSORS;

use crate::{elements, graph};

/// Most multiply-adds, divisions and written elements of one run: some seconds.
const MAX_STEPS: i64 = 2_000_000_000;
/// Most bytes that the nodes write in one run, all together: half of what a Worker has.
const MAX_WRITTEN: i64 = 64 << 20;

/// A model that can be run.
#[derive(Debug)]
pub struct Plan {
    runnable: Arc<TypedRunnableModel>,
    /// Of each input, in the graph's order.
    inputs: Vec<(DatumType, Vec<usize>)>,
    /// Bytes of all inputs.
    bytes_in: usize,
}

impl Plan {
    /// Makes a file ready. A first dimension without a size (the batch) is one.
    ///
    /// # Errors
    /// Why it can't be run here; the node is named where it is one's fault.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        let tract = onnx().with_ignore_output_shapes(true);
        let proto = graph::read(&tract, file)?;
        let mut model = said(tract.model_for_proto_model(&proto))?;
        drop(proto);
        let inputs = fix_inputs(&mut model)?;
        let bytes_in = inputs.iter().map(|(datum, shape)| datum.size_of() * shape.iter().product::<usize>()).sum();
        if bytes_in > MAX_TENSORS {
            return Err(format!("its inputs have {bytes_in} bytes, at most {MAX_TENSORS} are taken"));
        }
        let model = said(model.into_typed().and_then(TypedModel::into_decluttered))?;
        check_cost(&model)?;
        check_outputs(&model)?;
        let runnable = said(model.into_optimized().and_then(TypedModel::into_runnable))?;
        Ok(Self { runnable, inputs, bytes_in })
    }

    /// Runs it: the bytes of all inputs in, those of all outputs out, each in the graph's order.
    ///
    /// # Errors
    /// Why the input doesn't fit.
    pub fn run(&self, input: &[u8]) -> Result<Vec<u8>, String> {
        if input.len() != self.bytes_in {
            let expected: Vec<String> =
                self.inputs.iter().map(|(datum, shape)| format!("{datum:?} {shape:?}")).collect();
            let (given, needed, expected) = (input.len(), self.bytes_in, expected.join(", "));
            return Err(format!("it has {given} bytes, the model takes {needed}: {expected}"));
        }
        let (mut rest, mut tensors) = (input, tvec![]);
        for (datum, shape) in &self.inputs {
            let (bytes, others) = rest.split_at(datum.size_of() * shape.iter().product::<usize>());
            tensors.push(said(elements::read(*datum, shape, bytes))?.into_tvalue());
            rest = others;
        }
        let mut out = Vec::new();
        for output in said(self.runnable.run(tensors))? {
            elements::write(&output, &mut out);
        }
        Ok(out)
    }
}

/// Gives each input its type and its fixed shape.
fn fix_inputs(model: &mut InferenceModel) -> Result<Vec<(DatumType, Vec<usize>)>, String> {
    let mut fixed = Vec::new();
    for (index, outlet) in said(model.input_outlets())?.to_vec().into_iter().enumerate() {
        let name = clip(&model.node(outlet.node).name, 64);
        let fact = said(model.outlet_fact(outlet))?;
        let datum = fact.datum_type.concretize().filter(|datum| elements::width(*datum).is_some());
        let datum = datum.ok_or_else(|| format!("its input {name:?} is of a type that is not taken"))?;
        let mut shape = Vec::new();
        let open = || format!("its input {name:?} has no fixed shape; only a first dimension may be left open");
        let rank = fact.shape.rank().concretize().ok_or_else(open)?;
        for (axis, dim) in fact.shape.dims().take(rank as usize).enumerate() {
            match dim.concretize().and_then(|dim| dim.to_usize().ok()) {
                Some(size) => shape.push(size),
                None if axis == 0 => shape.push(1),
                None => return Err(open()),
            }
        }
        let elements = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        if elements.is_none_or(|elements| elements == 0 || elements > MAX_TENSORS) {
            return Err(format!("its input {name:?} has shape {shape:?}, which is more than is taken, or nothing"));
        }
        said(model.set_input_fact(index, InferenceFact::dt_shape(datum, shape.as_slice())))?;
        fixed.push((datum, shape));
    }
    Ok(fixed)
}

/// Refuses what would take too long or too much memory, and what only a run could tell the size of.
fn check_cost(model: &TypedModel) -> Result<(), String> {
    let (mut steps, mut written) = (0i64, 0i64);
    for node in model.nodes().iter().filter(|node| !node.op_is::<tract_onnx::tract_core::ops::konst::Const>()) {
        let name = || format!("node {:?} ({})", clip(&node.name, 64), node.op.name());
        let open = || format!("{} makes something whose size only a run could tell", name());
        for output in &node.outputs {
            let volume = output.fact.shape.volume().to_i64().map_err(|_| open())?;
            steps = steps.saturating_add(volume);
            written = written.saturating_add(volume.saturating_mul(output.fact.datum_type.size_of() as i64));
        }
        let inputs = said(model.node_input_facts(node.id))?;
        for (cost, count) in said(node.op.cost(&inputs))? {
            if matches!(cost, Cost::FMA(_) | Cost::Div(_)) {
                steps = steps.saturating_add(count.to_i64().map_err(|_| open())?);
            }
        }
        if steps > MAX_STEPS {
            return Err(format!("up to {} it takes more than the {MAX_STEPS} steps that are done here", name()));
        }
        if written > MAX_WRITTEN {
            return Err(format!("up to {} it writes more than the {MAX_WRITTEN} bytes that are held here", name()));
        }
    }
    Ok(())
}

fn check_outputs(model: &TypedModel) -> Result<(), String> {
    let mut bytes = 0;
    for outlet in said(model.output_outlets())? {
        let fact = said(model.outlet_fact(*outlet))?;
        let width = elements::width(fact.datum_type).ok_or("an output is of a type that is not given")?;
        bytes += width * said(fact.shape.volume().to_usize().map_err(Into::into))?;
    }
    if bytes > MAX_TENSORS {
        return Err(format!("its outputs have {bytes} bytes, at most {MAX_TENSORS} are given"));
    }
    Ok(())
}

/// What tract says if it fails, from the outermost cause to the innermost.
fn said<T>(result: TractResult<T>) -> Result<T, String> {
    result.map_err(|error| clip(&format!("{error:#}"), 400))
}
