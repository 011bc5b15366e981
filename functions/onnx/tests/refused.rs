//! Files that aren't run, each with its reason; and the function around them.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use alloy_primitives::{B256, keccak256};
use proptest::prelude::*;
use prost::Message;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::Dimension;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};
use verdigris_core::http::Request;
use verdigris_core::onnx::{MAX_FILE, PATH, Question};
use verdigris_onnx::{Plan, handle};

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        name: format!("the {operator}"),
        input: inputs.iter().map(|name| name.to_string()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

/// A value of floats; a size of 0 is left open.
fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape
        .iter()
        .map(|&size| {
            let value = if size == 0 { Size::DimParam(format!("open_{name}")) } else { Size::DimValue(size) };
            Dimension { value: Some(value), ..Dimension::default() }
        })
        .collect();
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape: Some(TensorShapeProto { dim }) };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..ValueInfoProto::default() }
}

/// A constant of integers.
fn constant(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: DataType::Int64 as i32,
        int64_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// `x` through nodes to `y`.
fn graph(shape: &[i64], nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> GraphProto {
    GraphProto {
        node: nodes,
        input: vec![value("x", shape)],
        output: vec![ValueInfoProto { name: "y".into(), ..ValueInfoProto::default() }],
        initializer,
        ..GraphProto::default()
    }
}

fn file(graph: GraphProto) -> Vec<u8> {
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
    ModelProto { ir_version: 8, opset_import, graph: Some(graph), ..ModelProto::default() }.encode_to_vec()
}

/// Why a file isn't run.
fn reason(file: &[u8]) -> String {
    Plan::read(file).expect_err("refused")
}

#[track_caller]
fn assert_refused(graph: GraphProto, says: &[&str]) {
    let reason = reason(&file(graph));
    assert!(says.iter().all(|part| reason.contains(part)), "{reason}\nsays not all of {says:?}");
}

#[test]
fn the_smallest_model_runs() {
    let plan = Plan::read(&file(graph(&[0, 2], vec![node("Neg", &["x"], "y")], vec![]))).unwrap();
    let input = [1.5f32, -2.0].map(f32::to_be_bytes).concat();
    assert_eq!(plan.run(&input).unwrap(), [-1.5f32, 2.0].map(f32::to_be_bytes).concat());
}

#[test]
fn what_is_no_onnx_file_is_refused() {
    assert!(reason(b"# a read-me").contains("not"), "{}", reason(b"# a read-me"));
    assert!(reason(&vec![0; MAX_FILE + 1]).contains("at most"));
    assert!(reason(&ModelProto::default().encode_to_vec()).contains("graph"));
}

#[test]
fn a_node_that_isn_t_run_is_named() {
    let one = |operator| graph(&[2], vec![node("Neg", &["x"], "z"), node(operator, &["z"], "y")], vec![]);
    assert_refused(one("RandomNormalLike"), &["node 1 \"the RandomNormalLike\"", "randomness"]);
    assert_refused(one("Bernoulli"), &["node 1", "randomness"]);
    assert_refused(one("Daydream"), &["node 1 \"the Daydream\" (Daydream)", "not known"]);
    let mut branch = one("If");
    branch.node[1].attribute.push(AttributeProto { g: Some(GraphProto::default()), ..AttributeProto::default() });
    assert_refused(branch, &["node 1", "control flow"]);
}

#[test]
fn a_tensor_in_another_file_is_refused() {
    let mut far = constant("w", &[1]);
    far.data_location = Some(DataLocation::External as i32);
    assert_refused(graph(&[2], vec![node("Neg", &["x"], "y")], vec![far]), &["\"w\"", "another file"]);
}

#[test]
fn a_graph_whose_values_come_from_nowhere_or_twice_is_refused() {
    assert_refused(graph(&[2], vec![node("Neg", &["nowhere"], "y")], vec![]), &["node 0", "\"nowhere\""]);
    assert_refused(graph(&[2], vec![node("Neg", &["x"], "z")], vec![]), &["writes its output \"y\""]);
    let twice = vec![node("Neg", &["x"], "y"), node("Abs", &["x"], "y")];
    assert_refused(graph(&[2], twice, vec![]), &["node 1", "second time"]);
    let circle = vec![node("Neg", &["b"], "a"), node("Neg", &["a"], "b"), node("Neg", &["x"], "y")];
    assert_refused(graph(&[2], circle, vec![]), &["node 0", "\"b\""]);
}

#[test]
fn sizes_that_are_open_or_too_large_are_refused() {
    let neg = || vec![node("Neg", &["x"], "y")];
    assert_refused(graph(&[2, 0], neg(), vec![]), &["\"x\"", "no fixed shape"]);
    assert_refused(graph(&[1 << 20], neg(), vec![]), &["\"x\"", "more than is taken"]);
    assert_refused(graph(&[4_097], neg(), vec![]), &["inputs have 16388 bytes"]);
    assert_refused(graph(&[1 << 40, 1 << 40], neg(), vec![]), &["\"x\"", "more than is taken"]);
    assert_refused(graph(&[8], vec![node("NonZero", &["x"], "y")], vec![]), &["NonZero", "only a run could tell"]);
    let wide = graph(&[1], vec![node("Expand", &["x", "shape"], "y")], vec![constant("shape", &[8_192])]);
    assert_refused(wide, &["outputs have 32768 bytes"]);
    let huge = graph(&[1], vec![node("Expand", &["x", "shape"], "y")], vec![constant("shape", &[1 << 30])]);
    assert_refused(huge, &["Expand", "writes more than"]);
}

#[test]
fn what_only_follows_from_constants_may_not_take_long_either() {
    let numbers = || vec![constant("a", &[1; 16]), constant("shape", &[4, 4])];
    let reshape = node("Reshape", &["a", "shape"], "m");
    let product = node("MatMul", &["m", "m"], "p");
    let nodes = vec![reshape.clone(), product, node("Add", &["x", "p"], "y")];
    assert_refused(graph(&[1], nodes, numbers()), &["node 1 \"the MatMul\"", "computes a constant"]);
    let shape = node("Shape", &["x"], "s");
    let nodes = vec![shape, node("Tile", &["a", "s"], "t"), node("Add", &["x", "t"], "y")];
    assert_refused(graph(&[1], nodes, numbers()), &["node 1 \"the Tile\"", "computes a constant"]);
    let names: Vec<String> = (0..300).map(|index| format!("n{index}")).collect();
    let mut nodes: Vec<NodeProto> = names.windows(2).map(|pair| node("Neg", &[&pair[0]], &pair[1])).collect();
    nodes.push(node("Add", &["x", "n299"], "y"));
    assert_refused(graph(&[1], nodes, vec![constant("n0", &[1])]), &["too many that compute constants"]);
}

#[test]
fn what_takes_too_many_steps_is_refused_before_it_runs() {
    let shape = constant("shape", &[1_500, 1_500]);
    let nodes =
        vec![node("Expand", &["x", "shape"], "m"), node("MatMul", &["m", "m"], "p"), node("ReduceMax", &["p"], "y")];
    assert_refused(graph(&[1, 1], nodes, vec![shape]), &["steps"]);
}

fn ask(body: Vec<u8>) -> (u16, Vec<u8>) {
    let request = Request { method: "POST".into(), path: PATH.into(), body, ..Request::default() };
    let response = handle(&request);
    (response.status, response.body)
}

#[test]
fn the_file_is_asked_for_once_and_must_be_the_one_that_was_named() {
    let neg = file(graph(&[1], vec![node("Neg", &["x"], "y")], vec![]));
    let input = 1f32.to_be_bytes();
    let question = Question { model: B256::ZERO, file_hash: keccak256(&neg), input: &input, file: &[] };
    assert_eq!(ask(question.to_bytes()).0, 404);
    let other = Question { file: b"another", ..question.clone() };
    let (status, body) = ask(other.to_bytes());
    assert_eq!(status, 422);
    assert!(String::from_utf8(body).unwrap().contains("is another"));
    let whole = Question { file: &neg, ..question.clone() };
    assert_eq!(ask(whole.to_bytes()), (200, (-1f32).to_be_bytes().to_vec()));
    assert_eq!(ask(question.to_bytes()), (200, (-1f32).to_be_bytes().to_vec()), "now it is kept");
    let short = Question { input: &[], ..question };
    assert_eq!(ask(short.to_bytes()).0, 422);
    assert_eq!(ask(vec![0; 68]).0, 404, "an empty question");
    assert_eq!(ask(vec![0xff; 80]).0, 400);
    assert_eq!(handle(&Request { method: "GET".into(), path: PATH.into(), ..Request::default() }).status, 405);
    assert_eq!(handle(&Request { method: "POST".into(), path: "/".into(), ..Request::default() }).status, 404);
}

proptest! {
    #[test]
    fn a_changed_file_is_run_or_refused(at in 0..400usize, byte in any::<u8>(), cut in 0..3usize) {
        let nodes = vec![node("Reshape", &["x", "shape"], "z"), node("Softmax", &["z"], "y")];
        let mut bytes = file(graph(&[4], nodes, vec![constant("shape", &[2, 2])]));
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length - cut);
        if let Ok(plan) = Plan::read(&bytes) {
            let _ = plan.run(&[0; 16]);
        }
    }
}
