//! The nodes and constants of a network, operation by operation.

use super::{Form, Side, WriteOptions, graph_of, int, ints, node, tensor, text, value_info};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use verdigris_model::{Activation, Linear, Network, Operation};

/// Builds the graph; names of inner tensors contain a slash, those of inputs and outputs do not.
pub(super) struct Writer<'a> {
    network: &'a Network,
    options: &'a WriteOptions,
    form: Form,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
}

pub(super) fn table_name(index: usize) -> String {
    format!("table/{index}")
}

impl<'a> Writer<'a> {
    pub fn new(network: &'a Network, options: &'a WriteOptions, form: Form) -> Self {
        Self { network, options, form, nodes: Vec::new(), initializers: Vec::new() }
    }

    pub fn graph(mut self) -> GraphProto {
        let spec = self.network.spec();
        for (index, table) in spec.tables.iter().enumerate() {
            let values: Vec<_> = table.iter().map(|&entry| entry.into()).collect();
            self.floats(&table_name(index), &[256], &values);
        }
        for (index, operation) in spec.operations.iter().enumerate() {
            match operation {
                Operation::Linear(linear) => self.linear(index, linear),
                Operation::Resize { source } => self.resize(index, *source),
                Operation::Concat { sources } => {
                    let names: Vec<_> = sources.iter().map(|&source| self.value(source.into())).collect();
                    let names: Vec<_> = names.iter().map(String::as_str).collect();
                    self.end(index, "Concat", &names, vec![int("axis", 1)]);
                }
                Operation::Reshape { source, shape } => {
                    let target = format!("layer{index}/shape");
                    let dims: Vec<f32> = [1, shape[0], shape[1], shape[2]].map(f32::from).to_vec();
                    self.initializers.push(tensor(&target, &[4], &dims, DataType::Int64));
                    self.end(index, "Reshape", &[&self.value((*source).into()), &target], vec![]);
                }
            }
        }
        let mut inputs = vec![value_info(&self.options.input, &self.sides(spec.input.shape))];
        if let Some(latent) = &spec.latent {
            let mut sides = vec![Side::Is(1), Side::Is(latent.len)];
            if self.form != Form::Rows {
                sides.extend([Side::Is(1), Side::Is(1)]);
            }
            inputs.push(value_info(&self.options.latent, &sides));
        }
        let output = value_info(&self.options.output, &self.sides(self.network.output_shape()));
        graph_of(self.nodes, self.initializers, [inputs, vec![output]])
    }

    fn sides(&self, [c, h, w]: [u16; 3]) -> Vec<Side> {
        match self.form {
            Form::Rows => vec![Side::Any("N"), Side::Is(c)],
            Form::OpenImage => vec![Side::Is(1), Side::Is(c), Side::Any("height"), Side::Any("width")],
            _ => vec![Side::Is(1), Side::Is(c), Side::Is(h), Side::Is(w)],
        }
    }

    /// The tensor that shows a value of the network.
    fn value(&self, value: usize) -> String {
        match value {
            0 => self.options.input.clone(),
            last if last == self.network.spec().operations.len() => self.options.output.clone(),
            _ => format!("layer{}/out", value - 1),
        }
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        self.initializers.push(tensor(name, dims, values, DataType::Float));
    }

    fn scalar(&mut self, name: String, value: f32) -> String {
        self.floats(&name, &[], &[value]);
        name
    }

    fn push(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<AttributeProto>) {
        let mut made = node(op, &format!("{}:{op}", output.trim_end_matches("/out")), inputs, output);
        made.attribute = attributes;
        self.nodes.push(made);
    }

    /// A node that makes an operation's value.
    fn end(&mut self, index: usize, op: &str, inputs: &[&str], attributes: Vec<AttributeProto>) {
        let output = self.value(index + 1);
        self.push(op, inputs, &output, attributes);
    }

    fn resize(&mut self, index: usize, source: u16) {
        let scales = format!("layer{index}/scales");
        self.floats(&scales, &[4], &[1.0, 1.0, 2.0, 2.0]);
        let attributes = vec![
            text("mode", "nearest"),
            text("coordinate_transformation_mode", "asymmetric"),
            text("nearest_mode", "floor"),
        ];
        self.end(index, "Resize", &[&self.value(source.into()), "", &scales], attributes);
    }

    fn linear(&mut self, index: usize, linear: &Linear) {
        let at = |part: &str| format!("layer{index}/{part}");
        let raw_without_guard = linear.activation == Activation::Raw && !self.options.guard;
        let accumulator = if raw_without_guard { self.value(index + 1) } else { at("acc") };
        let sum = if linear.latent.is_some() { at("features") } else { accumulator.clone() };
        let half = if self.options.guard { 0.5 } else { 0.0 };
        let biases: Vec<f32> = linear.biases.iter().map(|&bias| bias as f32 + half).collect();
        self.floats(&at("bias"), &[biases.len()], &biases);
        let weights = self.weights(at("weights"), linear, &linear.weights, linear.kernel.into());
        let (op, attributes) = self.product(linear.kernel.into(), linear.stride.into());
        self.push(op, &[&self.value(linear.source.into()), &weights, &at("bias")], &sum, attributes);
        if let Some(latent) = &linear.latent {
            let weights = self.weights(at("latent_weights"), linear, latent, 1);
            let (op, attributes) = self.product(1, 1);
            let name = self.options.latent.clone();
            self.push(op, &[&name, &weights], &at("latent"), attributes);
            self.push("Add", &[&sum, &at("latent")], &accumulator, vec![]);
        }
        match linear.activation {
            Activation::Raw if raw_without_guard => {}
            Activation::Raw => self.end(index, "Floor", &[&accumulator], vec![]),
            Activation::Clip { shift } => {
                let floor = self.scaled_floor(index, &accumulator, shift);
                let bounds = ["low", "high"].map(at);
                self.floats(&bounds[0], &[], &[0.0]);
                self.floats(&bounds[1], &[], &[255.0]);
                self.end(index, "Clip", &[&floor, &bounds[0], &bounds[1]], vec![]);
            }
            Activation::Phase { shift, table } => {
                let floor = self.scaled_floor(index, &accumulator, shift);
                self.phase(index, &floor, &table_name(table.into()));
            }
        }
    }

    fn weights(&mut self, name: String, linear: &Linear, weights: &[i8], kernel: usize) -> String {
        let outputs = usize::from(linear.outputs);
        let inputs = weights.len() / outputs / (kernel * kernel);
        let dims = if self.form == Form::Rows { vec![outputs, inputs] } else { vec![outputs, inputs, kernel, kernel] };
        let values: Vec<f32> = weights.iter().map(|&weight| weight.into()).collect();
        self.floats(&name, &dims, &values);
        name
    }

    fn product(&self, kernel: i64, stride: i64) -> (&'static str, Vec<AttributeProto>) {
        if self.form == Form::Rows {
            return ("Gemm", vec![int("transB", 1)]);
        }
        let pairs = [("kernel_shape", vec![kernel; 2]), ("pads", vec![kernel / 2; 4]), ("strides", vec![stride; 2])];
        ("Conv", pairs.map(|(name, list)| ints(name, list)).to_vec())
    }

    /// floor(acc / 2^shift)
    fn scaled_floor(&mut self, index: usize, accumulator: &str, shift: u8) -> String {
        let at = |part: &str| format!("layer{index}/{part}");
        let mut from = accumulator.to_owned();
        if shift > 0 {
            let scale = self.scalar(at("scale"), 2f32.powi(-i32::from(shift)));
            self.push("Mul", &[&from, &scale], &at("scaled"), vec![]);
            from = at("scaled");
        }
        self.push("Floor", &[&from], &at("floor"), vec![]);
        at("floor")
    }

    /// table[x - 256·floor(x/256)]: float arithmetic, which every runtime has fast, unlike an integer remainder.
    fn phase(&mut self, index: usize, x: &str, table: &str) {
        let at = |part: &str| format!("layer{index}/{part}");
        let part = self.scalar(at("part"), 1.0 / 256.0);
        let turn = self.scalar(at("turn"), 256.0);
        self.push("Mul", &[x, &part], &at("turns"), vec![]);
        self.push("Floor", &[&at("turns")], &at("whole_turns"), vec![]);
        self.push("Mul", &[&at("whole_turns"), &turn], &at("turned"), vec![]);
        self.push("Sub", &[x, &at("turned")], &at("phase"), vec![]);
        self.push("Cast", &[&at("phase")], &at("index"), vec![int("to", DataType::Int32 as i64)]);
        self.end(index, "Gather", &[table, &at("index")], vec![int("axis", 0)]);
    }
}
