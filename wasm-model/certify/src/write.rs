//! The way back: an exact network as a plain float32 ONNX file that any runtime takes.
//!
//! `certify(&write_onnx(&network, …)?, …)` gives the same network again, byte for byte.

use prost::Message as _;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as DimValue};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType, type_proto,
};
use verdigris_model::{Network, NetworkSpec, Operation};

mod layers;

/// Operators as of ONNX 1.12 (2022), in the file format of the same time; every current runtime reads them.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;

/// How values appear in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// [`Form::Rows`] if the network has no picture in it, else [`Form::Image`].
    #[default]
    Auto,
    /// Input `[N, C]` with any N, layers as Gemm. For networks whose values are all vectors.
    Rows,
    /// Input `[1, C, H, W]`, layers as Conv.
    Image,
    /// Input `[1, C, height, width]` with any height and width, each pixel on its own; layers as 1×1 Conv. For
    /// networks whose values are all vectors.
    OpenImage,
}

/// How to write a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// How values appear.
    pub form: Form,
    /// Whether every layer carries the half-unit guard, so that Winograd and FFT convolutions stay exact, too.
    pub guard: bool,
    /// The input's name.
    pub input: String,
    /// The latent's name.
    pub latent: String,
    /// The output's name.
    pub output: String,
}

impl Default for WriteOptions {
    fn default() -> Self {
        let [input, latent, output] = ["input", "latent", "output"].map(str::to_owned);
        Self { form: Form::Auto, guard: true, input, latent, output }
    }
}

/// Why a network has no ONNX file that certifies to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// `certify` leaves out what the output does not depend on.
    #[error("operation {operation} has no effect on the output; remove it before writing ONNX")]
    Unused {
        /// Index of the operation.
        operation: usize,
    },
    /// In ONNX a reshape to the same shape is no operation.
    #[error("operation {operation} reshapes a value to the shape it has; remove it before writing ONNX")]
    EmptyReshape {
        /// Index of the operation.
        operation: usize,
    },
    /// The form that was asked for has no place for pictures.
    #[error("operation {operation} works on pictures; write the network in the form of images")]
    NeedsImages {
        /// Index of the operation.
        operation: usize,
    },
    /// Two of the names are equal, or one is used inside.
    #[error("the name `{0}` is used twice; input, latent and output need names of their own without `/`")]
    Name(String),
}

/// Writes a network as ONNX.
///
/// # Errors
/// If an operation has no effect, or the form does not suit the network.
pub fn write_onnx(network: &Network, options: &WriteOptions) -> Result<Vec<u8>, WriteError> {
    let spec = network.spec();
    check_names(options)?;
    check_operations(network)?;
    let form = resolve_form(network, options.form)?;
    let mut graph = layers::Writer::new(network, options, form).graph();
    graph.name = "exact".into();
    let mut ranges = vec![(format!("verdigris.range.{}", options.input), range_text(spec.input.lo, spec.input.hi))];
    if let Some(latent) = &spec.latent {
        ranges.push((format!("verdigris.range.{}", options.latent), range_text(latent.lo, latent.hi)));
        ranges.push(("verdigris.latent".into(), options.latent.clone()));
    }
    if !tables_are_natural(spec) {
        let names: Vec<_> = (0..spec.tables.len()).map(layers::table_name).collect();
        ranges.push(("verdigris.tables".into(), names.join(",")));
    }
    let model = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: "verdigris".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph),
        metadata_props: ranges.into_iter().map(|(key, value)| StringStringEntryProto { key, value }).collect(),
        ..Default::default()
    };
    Ok(model.encode_to_vec())
}

fn range_text(lo: i16, hi: i16) -> String {
    crate::InputRange { lo, hi }.to_string()
}

fn check_names(options: &WriteOptions) -> Result<(), WriteError> {
    let names = [&options.input, &options.latent, &options.output];
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() || name.contains('/') || names[..index].contains(name) {
            return Err(WriteError::Name((*name).clone()));
        }
    }
    Ok(())
}

fn check_operations(network: &Network) -> Result<(), WriteError> {
    let spec = network.spec();
    let mut used = vec![false; spec.operations.len() + 1];
    if let Some(last) = used.last_mut() {
        *last = true;
    }
    for (operation, what) in spec.operations.iter().enumerate().rev() {
        if !used[operation + 1] {
            return Err(WriteError::Unused { operation });
        }
        match what {
            Operation::Linear(linear) => used[usize::from(linear.source)] = true,
            Operation::Resize { source } => used[usize::from(*source)] = true,
            Operation::Concat { sources } => sources.iter().for_each(|&source| used[usize::from(source)] = true),
            Operation::Reshape { source, shape } if network.shapes()[usize::from(*source)] == *shape => {
                return Err(WriteError::EmptyReshape { operation });
            }
            Operation::Reshape { source, .. } => used[usize::from(*source)] = true,
        }
    }
    Ok(())
}

fn resolve_form(network: &Network, form: Form) -> Result<Form, WriteError> {
    let picture = |(index, operation): (usize, &Operation)| {
        let moves = matches!(operation, Operation::Resize { .. } | Operation::Reshape { .. });
        let spatial = matches!(operation, Operation::Linear(linear) if (linear.kernel, linear.stride) != (1, 1));
        let wide = [index, index + 1].iter().any(|&value| network.shapes()[value][1..] != [1, 1]);
        (moves || spatial || wide).then_some(index)
    };
    match (form, network.spec().operations.iter().enumerate().find_map(picture)) {
        (Form::Auto, None) => Ok(Form::Rows),
        (Form::Auto | Form::Image, _) => Ok(Form::Image),
        (form, None) => Ok(form),
        (_, Some(operation)) => Err(WriteError::NeedsImages { operation }),
    }
}

/// Whether the tables are those that layers use, each once, in the order of first use.
fn tables_are_natural(spec: &NetworkSpec) -> bool {
    let mut next = 0;
    for operation in &spec.operations {
        if let Operation::Linear(linear) = operation
            && let verdigris_model::Activation::Phase { table, .. } = linear.activation
        {
            let table = usize::from(table);
            if table > next {
                return false;
            }
            next = next.max(table + 1);
        }
    }
    let different = |index: usize| !spec.tables[..index].contains(&spec.tables[index]);
    next == spec.tables.len() && (0..next).all(different)
}

/// A field of a protocol buffer that holds bytes.
pub(crate) fn encode_field(number: u64, content: &[u8], out: &mut Vec<u8>) {
    prost::encoding::encode_varint(number << 3 | 2, out);
    prost::encoding::encode_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// A node with one output.
pub(crate) fn node(op: &str, name: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        name: name.to_owned(),
        op_type: op.to_owned(),
        ..Default::default()
    }
}

/// A constant of type float32, or float64 or an integer type where that is asked for.
pub(crate) fn tensor(name: &str, dims: &[usize], values: &[f32], dtype: DataType) -> TensorProto {
    let raw_data = match dtype {
        DataType::Double => values.iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect(),
        DataType::Int32 => values.iter().flat_map(|&value| (value as i32).to_le_bytes()).collect(),
        DataType::Int64 => values.iter().flat_map(|&value| (value as i64).to_le_bytes()).collect(),
        _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    TensorProto {
        dims: dims.iter().map(|&dim| dim as i64).collect(),
        data_type: dtype as i32,
        name: name.to_owned(),
        raw_data,
        ..Default::default()
    }
}

/// One side of an input or output: a number, or a name for any number.
enum Side {
    Is(u16),
    Any(&'static str),
}

fn value_info(name: &str, sides: &[Side]) -> ValueInfoProto {
    let dim = sides.iter().map(|side| Dimension {
        value: Some(match side {
            Side::Is(n) => DimValue::DimValue(i64::from(*n)),
            Side::Any(name) => DimValue::DimParam((*name).to_owned()),
        }),
        ..Default::default()
    });
    let shape = Some(TensorShapeProto { dim: dim.collect() });
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() });
    ValueInfoProto { name: name.to_owned(), r#type, ..Default::default() }
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i, ..Default::default() }
}

fn ints(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Ints as i32, ints, ..Default::default() }
}

fn text(name: &str, text: &str) -> AttributeProto {
    let s = text.as_bytes().to_vec();
    AttributeProto { name: name.into(), r#type: AttributeType::String as i32, s, ..Default::default() }
}

fn graph_of(nodes: Vec<NodeProto>, initializers: Vec<TensorProto>, ends: [Vec<ValueInfoProto>; 2]) -> GraphProto {
    let [input, output] = ends;
    GraphProto { node: nodes, initializer: initializers, input, output, ..Default::default() }
}
