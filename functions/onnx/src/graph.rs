//! What a file says of itself, looked at before tract builds anything from it.

use std::collections::HashSet;

use prost::Message;
use tract_onnx::Onnx;
use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};
use verdigris_core::http::clip;
use verdigris_core::onnx::MAX_FILE;

/// Most nodes of a graph.
const MAX_NODES: usize = 8_192;
/// Operators whose result doesn't follow from their inputs.
const RANDOM: [&str; 6] =
    ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"];

/// Operators by which shapes are reckoned. What only follows from constants is computed while the model is made ready,
/// before its cost is known, so there these are all that there may be.
const LIGHT: [&str; 24] = [
    "Add",
    "Cast",
    "Ceil",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Div",
    "Equal",
    "Expand",
    "Floor",
    "Gather",
    "Identity",
    "Max",
    "Min",
    "Mul",
    "Neg",
    "Reshape",
    "Shape",
    "Slice",
    "Squeeze",
    "Sub",
    "Transpose",
    "Unsqueeze",
    "Where",
];
/// Most nodes whose result only follows from constants.
const MAX_CONSTANT: usize = 256;

/// Reads a file, bounded in its size, in the structures that it decodes to, and in its nodes.
pub(crate) fn read(tract: &Onnx, file: &[u8]) -> Result<ModelProto, String> {
    if file.len() > MAX_FILE {
        return Err(format!("its file has {} bytes, at most {MAX_FILE} are run here", file.len()));
    }
    verdigris_certify::inspect(file).map_err(|error| error.to_string())?;
    let model = ModelProto::decode(file).map_err(|error| format!("its file is no ONNX file: {error}"))?;
    let graph = model.graph.as_ref().ok_or("its file has no graph")?;
    if graph.node.len() > MAX_NODES {
        return Err(format!("its graph has {} nodes, at most {MAX_NODES} are run here", graph.node.len()));
    }
    for (index, node) in graph.node.iter().enumerate() {
        check(tract, node).map_err(|reason| {
            format!("node {index} {:?} ({}) {reason}", clip(&node.name, 64), clip(&node.op_type, 64))
        })?;
    }
    graph.initializer.iter().try_for_each(is_inside)?;
    check_names(graph)?;
    check_constants(graph)?;
    Ok(model)
}

fn check(tract: &Onnx, node: &NodeProto) -> Result<(), String> {
    if RANDOM.contains(&node.op_type.as_str()) {
        return Err("draws randomness, so no two runs would agree".into());
    }
    if node.attribute.iter().any(|attribute| attribute.g.is_some() || !attribute.graphs.is_empty()) {
        return Err("holds a graph of its own; control flow is not run here".into());
    }
    if !tract.op_register.0.contains_key(&node.op_type) {
        return Err("is of an operator that is not known here".into());
    }
    let constants = node.attribute.iter().filter_map(|attribute| attribute.t.as_ref());
    constants.into_iter().try_for_each(is_inside)
}

fn is_inside(tensor: &TensorProto) -> Result<(), String> {
    if tensor.data_location == Some(DataLocation::External as i32) {
        return Err(format!("tensor {:?} lies in another file; save the model as one", clip(&tensor.name, 64)));
    }
    Ok(())
}

/// Each value that is read is written before, and once.
fn check_names(graph: &GraphProto) -> Result<(), String> {
    let ends = graph.input.iter().map(|info| info.name.as_str());
    let mut known: HashSet<&str> = ends.chain(graph.initializer.iter().map(|tensor| tensor.name.as_str())).collect();
    for (index, node) in graph.node.iter().enumerate() {
        let name = || format!("node {index} {:?} ({})", clip(&node.name, 64), clip(&node.op_type, 64));
        if let Some(missing) = node.input.iter().find(|name| !name.is_empty() && !known.contains(name.as_str())) {
            return Err(format!("{} reads {:?}, which nothing before it writes", name(), clip(missing, 64)));
        }
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if !known.insert(output) {
                return Err(format!("{} writes {:?} a second time", name(), clip(output, 64)));
            }
        }
    }
    match graph.output.iter().find(|output| !known.contains(output.name.as_str())) {
        Some(missing) => Err(format!("nothing writes its output {:?}", clip(&missing.name, 64))),
        None if graph.output.is_empty() => Err("its graph has no output".into()),
        None => Ok(()),
    }
}

/// Few nodes may compute constants, and none of those that take long.
fn check_constants(graph: &GraphProto) -> Result<(), String> {
    let mut constant: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut count = 0;
    for (index, node) in graph.node.iter().enumerate() {
        // Shapes are known beforehand, whatever they are of.
        let is_shape = ["Shape", "Size"].contains(&node.op_type.as_str());
        if !is_shape && node.input.iter().any(|name| !name.is_empty() && !constant.contains(name.as_str())) {
            continue;
        }
        constant.extend(node.output.iter().map(String::as_str));
        count += usize::from(node.op_type != "Constant");
        let fault = match () {
            () if !is_shape && !LIGHT.contains(&node.op_type.as_str()) => "computes a constant",
            () if count > MAX_CONSTANT => "is one of too many that compute constants",
            () => continue,
        };
        let name = clip(&node.name, 64);
        return Err(format!(
            "node {index} {name:?} ({}) {fault}; fold constants when exporting",
            clip(&node.op_type, 64)
        ));
    }
    Ok(())
}
