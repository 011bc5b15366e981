//! An ONNX file taken apart: its graph, its constants, and its inputs with their roles and ranges.

use crate::error::{CertifyError, NodeName, shown};
use crate::options::{InputRange, Options};
use crate::report::RangeSource;
use crate::view::Dim;
use crate::wire;
use std::collections::HashMap;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimValue;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};

/// Operator sets whose operators mean what the profile takes them to mean (broadcasting as in NumPy since 7).
const OPSETS: std::ops::RangeInclusive<i64> = 7..=25;
/// Most nodes of a graph: a network has at most 4,096 operations, each of some ten nodes.
const MAX_NODES: usize = 1 << 16;

/// A decoded file.
pub(crate) struct OnnxFile {
    model: ModelProto,
    graph: GraphProto,
    /// Version of the default operator set.
    pub opset: i64,
}

/// A graph input as it is declared.
#[derive(Clone, Debug)]
pub(crate) struct GraphInput {
    pub name: String,
    pub dtype: DataType,
    pub dims: Vec<Dim>,
    pub range: InputRange,
    pub declared: RangeSource,
}

impl OnnxFile {
    pub fn read(bytes: &[u8]) -> Result<Self, CertifyError> {
        wire::inspect(bytes)?;
        let mut model: ModelProto =
            prost::Message::decode(bytes).map_err(|error| CertifyError::NotOnnx(error.to_string()))?;
        let graph = model.graph.take().ok_or_else(|| CertifyError::NotOnnx("it has no graph".into()))?;
        if graph.node.len() > MAX_NODES {
            let (found, limit) = (graph.node.len() as u64, MAX_NODES as u64);
            return Err(CertifyError::TooLarge { what: "its number of nodes", found, limit });
        }
        let mut opsets = model.opset_import.iter().filter(|set| is_default_domain(&set.domain));
        let opset = match (opsets.next(), opsets.next()) {
            (Some(set), None) => set.version,
            _ => return Err(CertifyError::NotOnnx("it does not name one version of the ONNX operators".into())),
        };
        if !OPSETS.contains(&opset) {
            let (first, last) = (OPSETS.start(), OPSETS.end());
            return Err(CertifyError::Graph(format!(
                "uses operator set {opset}; the profile takes {first} to {last}: export with opset_version=17"
            )));
        }
        if let Some(sparse) = graph.sparse_initializer.first() {
            let name = sparse.values.as_ref().map_or("", |values| &values.name);
            return Err(CertifyError::Graph(format!("has a sparse initializer `{}`; make it dense", shown(name))));
        }
        Ok(Self { model, graph, opset })
    }

    pub fn nodes(&self) -> &[NodeProto] {
        &self.graph.node
    }

    pub fn name_of(&self, index: usize) -> NodeName {
        let (op, name) = self.nodes().get(index).map_or_else(Default::default, |n| (n.op_type.clone(), n.name.clone()));
        NodeName { index, op, name }
    }

    /// Who made the file, as it says itself.
    pub fn producer(&self) -> String {
        let (name, version) = (shown(&self.model.producer_name), shown(&self.model.producer_version));
        format!("{name} {version}").trim().to_owned()
    }

    pub fn initializers(&self) -> Result<HashMap<&str, &TensorProto>, CertifyError> {
        let mut all = HashMap::new();
        for tensor in &self.graph.initializer {
            if all.insert(tensor.name.as_str(), tensor).is_some() {
                return Err(CertifyError::Graph(format!("has two initializers called `{}`", shown(&tensor.name))));
            }
        }
        Ok(all)
    }

    /// The name of the one output.
    pub fn output(&self) -> Result<&str, CertifyError> {
        match self.graph.output.as_slice() {
            [output] => Ok(&output.name),
            outputs => Err(CertifyError::Graph(format!("has {} outputs; an exact network has one", outputs.len()))),
        }
    }

    /// The name of the one output, and its type and number of sides, as far as the file declares them.
    pub fn output_as_declared(&self) -> Result<(&str, DataType, usize), CertifyError> {
        let name = self.output()?;
        let declared = match self.graph.output[0].r#type.as_ref().and_then(|t| t.value.as_ref()) {
            Some(type_proto::Value::TensorType(tensor)) => Some(tensor),
            _ => None,
        };
        let dtype = declared.and_then(|tensor| DataType::try_from(tensor.elem_type).ok());
        let dims = declared.and_then(|tensor| tensor.shape.as_ref()).map_or(0, |shape| shape.dim.len());
        Ok((name, dtype.unwrap_or(DataType::Float), dims))
    }

    /// Every name in the graph: of nodes, of tensors, of constants.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let nodes = self.graph.node.iter();
        let of_nodes = nodes.flat_map(|node| node.input.iter().chain(&node.output).chain(std::iter::once(&node.name)));
        let of_constants = self.graph.initializer.iter().map(|tensor| &tensor.name);
        let of_ends = self.graph.input.iter().chain(&self.graph.output).map(|info| &info.name);
        of_nodes.chain(of_constants).chain(of_ends).map(String::as_str)
    }

    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.model.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    }

    /// The input and, if there is one, the latent.
    pub fn inputs(&self, options: &Options) -> Result<(GraphInput, Option<GraphInput>), CertifyError> {
        let initializers = self.initializers()?;
        let names: Vec<_> = self.graph.input.iter().filter(|i| !initializers.contains_key(i.name.as_str())).collect();
        self.check_declarations(options, &names)?;
        let mut inputs = names.iter().map(|info| self.input(info, options)).collect::<Result<Vec<_>, _>>()?;
        match inputs.len() {
            1 if options.latent.is_none() => Ok((inputs.remove(0), None)),
            2 if inputs[0].name != inputs[1].name => {
                let latent = inputs.remove(self.latent_position(options, &inputs)?);
                Ok((inputs.remove(0), Some(latent)))
            }
            1 => Err(CertifyError::Graph("has one input, so none of its inputs can be the latent".into())),
            _ => {
                let names: Vec<_> = inputs.iter().map(|input| shown(&input.name)).collect();
                Err(CertifyError::Graph(format!(
                    "has {} inputs ({}); an exact network has one, or one and a latent",
                    names.len(),
                    names.join(", ")
                )))
            }
        }
    }

    /// A range for an input that does not exist is a mistyped name, and would change the network unseen.
    fn check_declarations(&self, options: &Options, inputs: &[&ValueInfoProto]) -> Result<(), CertifyError> {
        let in_file = self.model.metadata_props.iter().filter_map(|e| e.key.strip_prefix("verdigris.range."));
        let named =
            in_file.chain(options.ranges.iter().map(|(name, _)| name.as_str())).chain(options.latent.as_deref());
        for name in named {
            if !inputs.iter().any(|input| input.name == name) {
                let known: Vec<_> = inputs.iter().map(|input| shown(&input.name)).collect();
                let why = format!("the graph has no such input; it has: {}", known.join(", "));
                return Err(CertifyError::Input { input: name.to_owned(), why });
            }
        }
        Ok(())
    }

    fn input(&self, info: &ValueInfoProto, options: &Options) -> Result<GraphInput, CertifyError> {
        let fault = |why: String| CertifyError::Input { input: info.name.clone(), why };
        let Some(type_proto::Value::TensorType(tensor)) = info.r#type.as_ref().and_then(|t| t.value.as_ref()) else {
            return Err(fault("has no tensor type".into()));
        };
        let shape = tensor.shape.as_ref().ok_or_else(|| fault("has no shape; export it with one".into()))?;
        let mut dims = Vec::new();
        for dim in &shape.dim {
            dims.push(match dim.value {
                Some(DimValue::DimValue(n @ 1..=0xffff_ffff)) => Dim::Known(n as usize),
                Some(DimValue::DimValue(n)) => return Err(fault(format!("has a dimension of {n}"))),
                _ => Dim::Free,
            });
        }
        let dtype = DataType::try_from(tensor.elem_type).unwrap_or(DataType::Undefined);
        let (range, declared) = self.range(&info.name, dtype, options).map_err(fault)?;
        Ok(GraphInput { name: info.name.clone(), dtype, dims, range, declared })
    }

    /// What the caller says wins over the metadata, and these over the type; all must agree with the type.
    fn range(&self, name: &str, dtype: DataType, options: &Options) -> Result<(InputRange, RangeSource), String> {
        let of_type = match dtype {
            DataType::Uint8 => Some(InputRange::U8),
            DataType::Int8 => Some(InputRange::I8),
            DataType::Float | DataType::Double | DataType::Int16 | DataType::Int32 | DataType::Int64 => None,
            other => return Err(format!("has type {}; declare it float32, uint8 or int8", other.as_str_name())),
        };
        let key = format!("verdigris.range.{name}");
        let in_file = self.metadata(&key).map(str::parse::<InputRange>).transpose()?;
        let given = options.ranges.iter().rev().find(|(input, _)| input == name).map(|&(_, range)| range);
        let (range, source) = match (given, in_file, of_type) {
            (Some(range), ..) => (range, RangeSource::Caller),
            (None, Some(range), _) => (range, RangeSource::Metadata),
            (None, None, Some(range)) => (range, RangeSource::Type),
            (None, None, None) => (InputRange::U8, RangeSource::Assumed),
        };
        match of_type {
            Some(most) if range.lo < most.lo || range.hi > most.hi => {
                Err(format!("is declared {range}, which its type {} cannot hold", dtype.as_str_name()))
            }
            _ => Ok((range, source)),
        }
    }

    /// The latent is named by the caller or the metadata, or is the only input of one fixed row, or comes second.
    fn latent_position(&self, options: &Options, inputs: &[GraphInput]) -> Result<usize, CertifyError> {
        if let Some(name) = options.latent.as_deref().or_else(|| self.metadata("verdigris.latent")) {
            return inputs.iter().position(|input| input.name == name).ok_or_else(|| {
                let why = "the metadata calls it the latent, but the graph has no such input".into();
                CertifyError::Input { input: name.to_owned(), why }
            });
        }
        let one_row = |input: &GraphInput| {
            let others = input.dims.iter().enumerate().filter(|&(axis, _)| axis != input.dims.len().clamp(1, 2) - 1);
            others.map(|(_, dim)| dim).all(|&dim| dim == Dim::Known(1))
        };
        Ok(if one_row(&inputs[0]) && !one_row(&inputs[1]) { 0 } else { 1 })
    }
}

pub(crate) fn is_default_domain(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}
