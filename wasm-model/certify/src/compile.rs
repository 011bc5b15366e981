//! From a graph of operators to the operations of an exact network: one pass over the nodes that the output needs.

use crate::attributes::Attributes;
use crate::constant::{Constant, MAX_CONSTANT_ELEMENTS};
use crate::error::{CertifyError, Rule, shown};
use crate::file::{GraphInput, OnnxFile, is_default_domain};
use crate::tables::Tables;
use crate::value::{Exact, Exit, Layer, Origin, Stage, Value};
use crate::view::View;
use std::collections::HashMap;
use std::rc::Rc;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{NodeProto, TensorProto};
use verdigris_model::network::{MAX_CANONICAL_BYTES, MAX_OPERATIONS};
use verdigris_model::{Activation, Linear, Operation};

const ACCEPTED: &str = "it takes Gemm, MatMul, Conv, Add, Sub, Mul, Div, Floor, Clip, Relu, Min, Max, Mod, BitwiseAnd, \
                        Gather, Cast, Concat, Resize, Upsample, Reshape, Flatten, Squeeze, Unsqueeze, Transpose of \
                        constants, Identity, Constant";

/// Most steps that may be spent on constants, so that many nodes that share a large one don't take long.
const MAX_WORK: usize = 1 << 28;

/// Reads a graph, node by node.
pub(crate) struct Compiler<'a> {
    pub file: &'a OnnxFile,
    initializers: HashMap<&'a str, &'a TensorProto>,
    values: HashMap<&'a str, Value>,
    elements_left: usize,
    bytes_left: usize,
    work_left: usize,
    /// Index of the node that is being read.
    pub at: usize,
    pub tables: Tables,
    pub operations: Vec<Operation>,
    /// For each operation, where it comes from.
    pub made: Vec<Made>,
    pub unused_nodes: usize,
}

/// Where an operation comes from.
pub(crate) struct Made {
    /// The node that multiplies by the weights, or changes the shape.
    pub node: usize,
    pub guard: Option<GuardPoint>,
}

/// Where a layer's accumulator becomes something else, which is where the half unit can be added; and what was added to it.
pub(crate) struct GuardPoint {
    /// Where the accumulator ends: at a node, or as the graph's output (at the number of nodes).
    pub exit: Exit,
    /// Which channels carry the half unit.
    pub guarded: Vec<bool>,
    /// What the file's constants add up to in each channel, negative and positive ones apart, if some have both signs.
    pub opposed: Option<Rc<[[i64; 2]]>>,
    /// Whether the accumulator itself is the result, with nothing that rounds it.
    pub bare: bool,
}

impl<'a> Compiler<'a> {
    pub fn new(
        file: &'a OnnxFile,
        input: &'a GraphInput,
        latent: Option<&'a GraphInput>,
    ) -> Result<Self, CertifyError> {
        let mut compiler = Self {
            file,
            initializers: file.initializers()?,
            values: HashMap::new(),
            elements_left: MAX_CONSTANT_ELEMENTS,
            bytes_left: MAX_CANONICAL_BYTES,
            work_left: MAX_WORK,
            at: 0,
            tables: Tables::found(),
            operations: Vec::new(),
            made: Vec::new(),
            unused_nodes: 0,
        };
        compiler.declare(input, Origin::Value(0))?;
        if let Some(latent) = latent {
            compiler.declare(latent, Origin::Latent)?;
        }
        compiler.list_tables()?;
        Ok(compiler)
    }

    fn declare(&mut self, input: &'a GraphInput, origin: Origin) -> Result<(), CertifyError> {
        let fault = |why| CertifyError::Input { input: input.name.clone(), why };
        let view = View::of_input(&input.dims).map_err(fault)?;
        let vector = view.shape[1..] == [1, 1] && !view.is_open_image();
        if origin == Origin::Latent && !(vector && matches!(view.dims.len(), 1 | 2 | 4)) {
            return Err(fault("is the latent, which has shape [1, L] or [1, L, 1, 1]".into()));
        }
        let (lo, hi) = (input.range.lo, input.range.hi);
        self.values.insert(&input.name, Value::Exact(Exact { origin, view, dtype: input.dtype, lo, hi }));
        Ok(())
    }

    fn list_tables(&mut self) -> Result<(), CertifyError> {
        let Some(names) = self.file.metadata("verdigris.tables") else { return Ok(()) };
        let fault = |rule: Rule| CertifyError::Graph(format!("lists its tables in `verdigris.tables`: {rule}"));
        let mut tables = Vec::new();
        for name in names.split(',') {
            match self.lookup(name).map_err(fault)? {
                Some(Value::Constant(table)) => tables.push(table),
                _ => return Err(fault(Rule::Operand(format!("there is no initializer `{}`", shown(name))))),
            }
        }
        self.tables = Tables::listed(&tables).map_err(fault)?;
        Ok(())
    }

    /// Reads all nodes that the output depends on, and makes the last operation.
    pub fn run(&mut self) -> Result<(), CertifyError> {
        let needed = self.needed_nodes()?;
        self.unused_nodes = needed.iter().filter(|&&needed| !needed).count();
        for (index, node) in self.file.nodes().iter().enumerate().filter(|&(index, _)| needed[index]) {
            self.at = index;
            let value = self.read(node).map_err(|rule| self.refusal(index, rule))?;
            self.values.insert(&node.output[0], value);
        }
        self.finish_output()
    }

    pub fn refusal(&self, node: usize, rule: Rule) -> CertifyError {
        CertifyError::Node { node: self.file.name_of(node), rule: Box::new(rule) }
    }

    /// Marks the nodes that the output depends on.
    fn needed_nodes(&self) -> Result<Vec<bool>, CertifyError> {
        let nodes = self.file.nodes();
        let mut maker = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            for name in node.output.iter().filter(|name| !name.is_empty()) {
                let taken = self.initializers.contains_key(name.as_str()) || self.values.contains_key(name.as_str());
                if maker.insert(name.as_str(), index).is_some() || taken {
                    let rule = Rule::Operand(format!("makes `{}`, which exists already", shown(name)));
                    return Err(self.refusal(index, rule));
                }
            }
        }
        let mut needed = vec![false; nodes.len()];
        let mut names = vec![self.file.output()?];
        while let Some(name) = names.pop() {
            if let Some(&index) = maker.get(name)
                && !needed[index]
            {
                needed[index] = true;
                names.extend(nodes[index].input.iter().map(String::as_str));
            }
        }
        Ok(needed)
    }

    fn read(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        if !is_default_domain(&node.domain) {
            let domain = shown(&node.domain);
            return Err(Rule::Operator(format!("its domain is `{domain}`; only standard ONNX operators are")));
        }
        if node.output.first().is_none_or(String::is_empty) || node.output.iter().skip(1).any(|o| !o.is_empty()) {
            return Err(Rule::Operand("should have exactly one output".into()));
        }
        match node.op_type.as_str() {
            "Gemm" => self.gemm(node),
            "MatMul" => self.matmul(node),
            "Conv" => self.conv(node),
            "Add" => self.add(node),
            "Sub" => self.sub(node),
            "Mul" => self.mul(node),
            "Div" => self.div(node),
            "Floor" => self.floor(node),
            "Relu" => self.relu(node),
            "Clip" => self.clip(node),
            "Min" | "Max" => self.min_max(node),
            "Cast" => self.cast(node),
            "Mod" => self.modulo(node),
            "BitwiseAnd" => self.bitwise_and(node),
            "Gather" => self.gather(node),
            "Concat" => self.concat(node),
            "Resize" | "Upsample" => self.resize(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" => self.reshape(node),
            "Identity" => self.arguments(node, &[], 1..=1).and_then(|_| self.operand(node, 0)),
            "Constant" => self.constant(node).map(Value::Constant),
            _ => Err(Rule::Operator(ACCEPTED.into())),
        }
    }

    /// Checks a node's attributes and number of inputs.
    pub fn arguments(
        &self,
        node: &'a NodeProto,
        attributes: &[&str],
        inputs: std::ops::RangeInclusive<usize>,
    ) -> Result<Attributes<'a>, Rule> {
        if !inputs.contains(&node.input.len()) {
            let (least, most) = (inputs.start(), inputs.end());
            return Err(Rule::Operand(format!("has {} inputs instead of {least} to {most}", node.input.len())));
        }
        Attributes::of(node, attributes)
    }

    /// What an input of a node stands for.
    pub fn operand(&mut self, node: &NodeProto, index: usize) -> Result<Value, Rule> {
        self.optional(node, index)?.ok_or_else(|| Rule::Operand(format!("input {index} is missing")))
    }

    /// The same for an input that may be left out.
    pub fn optional(&mut self, node: &NodeProto, index: usize) -> Result<Option<Value>, Rule> {
        let Some(name) = node.input.get(index).filter(|name| !name.is_empty()) else { return Ok(None) };
        let wrong =
            || Rule::Operand(format!("reads `{}`, which neither the inputs nor earlier nodes make", shown(name)));
        self.lookup(name)?.map(Some).ok_or_else(wrong)
    }

    /// An input that has to be a constant.
    pub fn constant_operand(&mut self, node: &NodeProto, index: usize, what: &str) -> Result<Constant, Rule> {
        match self.operand(node, index)? {
            Value::Constant(constant) => Ok(constant),
            _ => Err(Rule::Operand(format!("{what} is computed by the graph; it must be a constant"))),
        }
    }

    fn lookup(&mut self, name: &str) -> Result<Option<Value>, Rule> {
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        let Some((&name, tensor)) = self.initializers.get_key_value(name) else { return Ok(None) };
        let constant = Constant::read(tensor, name, self.elements_left)?;
        self.elements_left -= constant.values.len();
        self.values.insert(name, Value::Constant(constant.clone()));
        Ok(Some(Value::Constant(constant)))
    }

    /// Accounts for numbers that are held until the graph is read.
    pub fn spend_elements(&mut self, count: usize) -> Result<(), Rule> {
        let over = || Rule::Order(format!("brings the numbers held for the graph beyond {MAX_CONSTANT_ELEMENTS}"));
        self.elements_left = self.elements_left.checked_sub(count).ok_or_else(over)?;
        Ok(())
    }

    /// Accounts for numbers that are looked at.
    pub fn spend_work(&mut self, count: usize) -> Result<(), Rule> {
        let over = || Rule::Order("brings the work on constants beyond what is done for one file".into());
        self.work_left = self.work_left.checked_sub(count).ok_or_else(over)?;
        Ok(())
    }

    /// Accounts for a part of the canonical form.
    fn spend_bytes(&mut self, count: usize) -> Result<(), Rule> {
        let over = || Rule::Order(format!("brings the canonical form beyond {MAX_CANONICAL_BYTES} bytes"));
        self.bytes_left = self.bytes_left.checked_sub(count).ok_or_else(over)?;
        Ok(())
    }

    fn constant(&mut self, node: &NodeProto) -> Result<Constant, Rule> {
        let known = ["value", "value_float", "value_floats", "value_int", "value_ints"];
        let attributes = Attributes::of(node, &known)?;
        let name = node.output[0].as_str();
        let of = |dims, dtype, values| Constant::of(name, dims, dtype, values);
        let constant = match node.attribute.as_slice() {
            [one] => match one.name.as_str() {
                "value" => {
                    let missing = || Rule::Operand("its attribute `value` holds no tensor".into());
                    Constant::read(attributes.tensor("value").ok_or_else(missing)?, name, self.elements_left)?
                }
                "value_float" => of(vec![], DataType::Float, vec![one.f.into()]),
                "value_int" => of(vec![], DataType::Int64, vec![one.i as f64]),
                "value_floats" => {
                    of(vec![one.floats.len()], DataType::Float, one.floats.iter().map(|&v| v.into()).collect())
                }
                _ => of(vec![one.ints.len()], DataType::Int64, one.ints.iter().map(|&v| v as f64).collect()),
            },
            _ => return Err(Rule::Operand("should have exactly one attribute, its value".into())),
        };
        self.spend_elements(constant.values.len())?;
        Ok(constant)
    }

    /// Channels, height and width of a graph input.
    pub fn input_shape(&self, name: &str) -> Option<[u16; 3]> {
        match self.values.get(name) {
            // Lossless: every side of a view is at most 65,535.
            Some(Value::Exact(exact)) => Some(exact.view.shape.map(|side| side as u16)),
            _ => None,
        }
    }

    /// The tensor that holds the accumulator which a node reads.
    pub fn accumulator_read_by(&self, node: usize) -> Option<&'a str> {
        let names = self.file.nodes().get(node)?.input.iter();
        let plain = |layer: &Layer| layer.stage == Stage::Sum && layer.exit.is_none();
        let is_accumulator = |name: &&str| matches!(self.values.get(name), Some(Value::Layer(layer)) if plain(layer));
        names.map(String::as_str).find(is_accumulator)
    }

    /// Adds an operation and gives the number of the value that it makes.
    pub fn emit(&mut self, operation: Operation, made: Made) -> Result<u16, Rule> {
        if self.operations.len() >= MAX_OPERATIONS {
            return Err(Rule::Order(format!("makes one more operation than the {MAX_OPERATIONS} of a network")));
        }
        self.operations.push(operation);
        self.made.push(made);
        // Lossless: at most 4,096.
        Ok(self.operations.len() as u16)
    }

    /// Ends a layer: it has its activation.
    pub fn finish(&mut self, layer: Layer, activation: Activation) -> Result<Value, Rule> {
        let latent_alone = || Rule::Order("activates the latent's image alone; add it to a layer first".into());
        let source = layer.source.ok_or_else(latent_alone)?;
        let latent_weights = layer.latent.as_ref().map_or(0, |weights| weights.len());
        self.spend_bytes(layer.weights.len() + latent_weights + 20 * layer.outputs() + 32)?;
        let guard = GuardPoint {
            exit: layer.exit.unwrap_or_else(|| layer.exit_at(self.file.nodes().len())),
            guarded: layer.guarded_channels(),
            opposed: layer.opposed_constants(),
            bare: activation == Activation::Raw && layer.stage == Stage::Sum,
        };
        let linear = Linear {
            source,
            // Lossless: every side of a view is at most 65,535.
            outputs: layer.outputs() as u16,
            kernel: layer.kernel,
            stride: layer.stride,
            activation,
            weights: layer.weights.to_vec(),
            biases: layer.biases()?,
            latent: layer.latent.as_deref().map(<[i8]>::to_vec),
        };
        let origin =
            Origin::Value(self.emit(Operation::Linear(linear), Made { node: layer.node, guard: Some(guard) })?);
        Ok(Value::Exact(Exact { origin, view: layer.view, dtype: layer.dtype, lo: 0, hi: 255 }))
    }

    /// The graph's output must be what the last operation makes; an accumulator becomes a raw one.
    fn finish_output(&mut self) -> Result<(), CertifyError> {
        let name = self.file.output()?;
        let fault = |why: &str| CertifyError::Graph(format!("has the output `{}`, {why}", shown(name)));
        match self.values.get(name).cloned() {
            None => Err(fault("which no node makes")),
            Some(Value::Constant(_)) => Err(fault("which does not depend on the input")),
            Some(Value::Exact(exact)) => match exact.origin {
                Origin::Value(value) if value > 0 && usize::from(value) == self.operations.len() => Ok(()),
                _ => Err(fault("which no layer makes")),
            },
            Some(Value::Layer(layer)) => {
                let whole = match layer.stage {
                    Stage::Sum => !layer.guarded_channels().contains(&true),
                    Stage::Floored => layer.shift == 0 && !layer.low && !layer.high,
                    _ => false,
                };
                if !whole {
                    let message = layer.out_of_order("ends with");
                    return Err(fault(&format!("a layer that is not finished: the graph {message}")));
                }
                let node = layer.node;
                self.finish(layer, Activation::Raw).map(drop).map_err(|rule| self.refusal(node, rule))
            }
        }
    }
}
