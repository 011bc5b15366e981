//! A small writer of ONNX graphs, for the many spellings that exporters have.

use prost::Message as _;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as DimValue};
use tract_onnx::pb::*;

pub const FLOAT: i32 = 1;
pub const UINT8: i32 = 2;
pub const INT8: i32 = 3;
pub const INT32: i32 = 6;
pub const INT64: i32 = 7;
pub const FLOAT16: i32 = 10;
pub const DOUBLE: i32 = 11;

/// A model in the making.
#[derive(Clone, Default)]
pub struct Graph {
    pub opset: i64,
    pub graph: GraphProto,
    pub metadata: Vec<(String, String)>,
}

impl Graph {
    /// A graph with one output, `y`.
    pub fn new() -> Self {
        let mut graph = Self { opset: 17, ..Self::default() };
        graph.graph.output.push(ValueInfoProto { name: "y".into(), ..Default::default() });
        graph
    }

    /// Declares an input; a dimension of 0 is left open.
    pub fn input(mut self, name: &str, elem_type: i32, dims: &[i64]) -> Self {
        let dim = |&dim: &i64| Dimension {
            value: Some(if dim == 0 { DimValue::DimParam("n".into()) } else { DimValue::DimValue(dim) }),
            ..Default::default()
        };
        let shape = Some(TensorShapeProto { dim: dims.iter().map(dim).collect() });
        let value = Some(type_proto::Value::TensorType(type_proto::Tensor { elem_type, shape }));
        let r#type = Some(TypeProto { value, ..Default::default() });
        self.graph.input.push(ValueInfoProto { name: name.into(), r#type, ..Default::default() });
        self
    }

    pub fn floats(self, name: &str, dims: &[i64], values: &[f32]) -> Self {
        self.tensor(TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type: FLOAT,
            float_data: values.to_vec(),
            ..Default::default()
        })
    }

    pub fn ints(self, name: &str, data_type: i32, values: &[i64]) -> Self {
        let dims = vec![values.len() as i64];
        self.int_tensor(name, data_type, dims, values)
    }

    pub fn int(self, name: &str, data_type: i32, value: i64) -> Self {
        self.int_tensor(name, data_type, vec![], &[value])
    }

    fn int_tensor(self, name: &str, data_type: i32, dims: Vec<i64>, values: &[i64]) -> Self {
        let mut tensor = TensorProto { name: name.into(), dims, data_type, ..Default::default() };
        if data_type == INT64 {
            tensor.int64_data = values.to_vec();
        } else {
            tensor.int32_data = values.iter().map(|&value| value as i32).collect();
        }
        self.tensor(tensor)
    }

    pub fn tensor(mut self, tensor: TensorProto) -> Self {
        self.graph.initializer.push(tensor);
        self
    }

    pub fn node(self, op: &str, inputs: &[&str], output: &str) -> Self {
        self.node_with(op, inputs, output, vec![])
    }

    pub fn node_with(mut self, op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> Self {
        self.graph.node.push(NodeProto {
            op_type: op.into(),
            name: format!("the {op} of {output}"),
            input: inputs.iter().map(|&name| name.into()).collect(),
            output: vec![output.into()],
            attribute,
            ..Default::default()
        });
        self
    }

    pub fn meta(mut self, key: &str, value: &str) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    pub fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let entry = |(key, value): &(String, String)| StringStringEntryProto { key: key.clone(), value: value.clone() };
        let model = ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: self.opset }],
            graph: Some(self.graph.clone()),
            metadata_props: self.metadata.iter().map(entry).collect(),
            ..Default::default()
        };
        model.encode_to_vec()
    }
}

pub fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 2, i, ..Default::default() }
}

pub fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 1, f, ..Default::default() }
}

pub fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 7, ints: ints.to_vec(), ..Default::default() }
}

pub fn text(name: &str, s: &str) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 3, s: s.into(), ..Default::default() }
}
