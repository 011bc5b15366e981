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
