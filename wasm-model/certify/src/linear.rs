//! The operators that multiply by weights: Gemm, MatMul and Conv.

use crate::attributes::refused;
use crate::compile::Compiler;
use crate::constant::{Constant, is_float};
use crate::error::Rule;
use crate::value::{Exact, Layer, Origin, Stage, Value};
use crate::view::{View, show};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

impl<'a> Compiler<'a> {
    /// `x · W (+ C)` on rows.
    pub fn gemm(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["alpha", "beta", "transA", "transB"], 2..=3)?;
        for name in ["alpha", "beta"] {
            match attributes.float(name) {
                Some(value) if value != 1.0 => return Err(refused(name, value, "1")),
                _ => {}
            }
        }
        attributes.expect_int("transA", 0, 0)?;
        let source = self.source(node)?;
        if !(source.view.dims.len() == 2 && source.view.is_rows()) {
            return Err(Rule::Shape(format!("reads {}; Gemm takes rows [N, F]", show(&source.view.dims))));
        }
        let weights = self.constant_operand(node, 1, "its weight matrix")?;
        let transposed = attributes.int("transB", 0) != 0;
        let mut layer = self.dense(&source, &weights, transposed)?;
        match self.optional(node, 2)? {
            None => {}
            Some(Value::Constant(bias)) => {
                self.spend_elements(layer.outputs())?;
                let each = layer.view.per_channel(&bias)?;
                layer.add_bias(&each)?;
            }
            Some(Value::Layer(other)) => {
                self.spend_elements(layer.outputs())?;
                layer = layer.plus(other)?;
            }
            Some(Value::Exact(_)) => return Err(Rule::Operand("its bias is computed by the graph".into())),
        }
        Ok(Value::Layer(layer))
    }

    /// `x · W` on rows.
    pub fn matmul(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        if matches!(self.operand(node, 0)?, Value::Constant(_)) {
            return Err(Rule::Operand("has its weights on the left; write the layer as x · W".into()));
        }
        let source = self.source(node)?;
        if !source.view.is_rows() {
            let dims = show(&source.view.dims);
            return Err(Rule::Shape(format!("reads {dims}; MatMul takes rows [N, F], use a 1×1 Conv for images")));
        }
        let weights = self.constant_operand(node, 1, "its weight matrix")?;
        Ok(Value::Layer(self.dense(&source, &weights, false)?))
    }

    /// Convolution of an image.
    pub fn conv(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let known = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];
        let attributes = self.arguments(node, &known, 2..=3)?;
        let source = self.source(node)?;
        if !source.view.is_image() {
            return Err(Rule::Shape(format!("reads {}; Conv takes images [1, C, H, W]", show(&source.view.dims))));
        }
        attributes.expect_int("group", 1, 1)?;
        attributes.expect_ints("dilations", 1)?;
        let weights = self.constant_operand(node, 1, "its kernel")?;
        let (outputs, kernel) = match *weights.dims.as_slice() {
            [outputs, inputs, k @ (1 | 3), other] if k == other && inputs == source.view.shape[0] => (outputs, k),
            _ => {
                let (dims, inputs) = (&weights.dims, source.view.shape[0]);
                let why = format!("its kernel has shape {dims:?}; take [outputs, {inputs}, 1, 1] or [.., 3, 3]");
                return Err(Rule::Shape(why));
            }
        };
        attributes.expect_ints("kernel_shape", kernel as i64)?;
        let stride = match attributes.ints("strides") {
            None | Some([1, 1]) => 1,
            Some([2, 2]) => 2,
            Some(other) => return Err(refused("strides", format!("{other:?}"), "[1, 1] or [2, 2]")),
        };
        let [_, height, width] = source.view.shape;
        let given = (attributes.text("auto_pad", "NOTSET"), attributes.ints("pads"));
        check_padding(given, kernel, stride, [height, width])?;
        if source.view.is_open_image() && (kernel, stride) != (1, 1) {
            let why = format!("a {kernel}×{kernel} Conv with stride {stride} needs an image whose sides are numbers");
            return Err(Rule::Shape(why));
        }
        let shape = [outputs, height.div_ceil(stride), width.div_ceil(stride)];
        self.spend_weights(&weights)?;
        let each = narrow(&weights, weights.values.iter().copied().enumerate())?;
        let mut layer = self.layer(&source, shape, each, &weights)?;
        (layer.kernel, layer.stride) = (kernel as u8, stride as u8);
        if let Some(bias) = self.optional(node, 2)? {
            let Value::Constant(bias) = bias else {
                return Err(Rule::Operand("its bias is computed by the graph; it must be a constant".into()));
            };
            if bias.dims != [outputs] {
                return Err(Rule::Shape(format!("its bias has shape {:?} instead of [{outputs}]", bias.dims)));
            }
            self.spend_elements(outputs)?;
            layer.add_bias(&bias.values)?;
        }
        Ok(Value::Layer(layer))
    }

    /// What a layer reads: whole numbers in a float type.
    fn source(&mut self, node: &NodeProto) -> Result<Exact, Rule> {
        match self.operand(node, 0)? {
            Value::Exact(exact) if is_float(exact.dtype) => Ok(exact),
            Value::Exact(exact) => {
                Err(Rule::Order(format!("computes in {}; cast its input to float32", exact.dtype.as_str_name())))
            }
            Value::Layer(layer) => Err(layer.out_of_order("reads")),
            Value::Constant(_) => Err(Rule::Operand("reads a constant".into())),
        }
    }

    /// A dense layer; `transposed` weights are `[outputs, inputs]`.
    fn dense(&mut self, source: &Exact, weights: &Constant, transposed: bool) -> Result<Layer, Rule> {
        let inputs = source.view.shape[0];
        let outputs = match *weights.dims.as_slice() {
            [outputs, i] if transposed && i == inputs => outputs,
            [i, outputs] if !transposed && i == inputs => outputs,
            _ => {
                let (dims, wanted) = (&weights.dims, if transposed { "outputs, " } else { "" });
                let why = format!("its weights have shape {dims:?} where the input has {inputs} channels");
                return Err(Rule::Shape(format!(
                    "{why}; take [{wanted}{inputs}{}]",
                    if transposed { "" } else { ", outputs" }
                )));
            }
        };
        self.spend_weights(weights)?;
        let each = if transposed {
            narrow(weights, weights.values.iter().copied().enumerate())?
        } else {
            let order = (0..outputs).flat_map(|o| (0..inputs).map(move |i| i * outputs + o));
            narrow(weights, order.map(|at| (at, weights.values[at])))?
        };
        self.layer(source, [outputs, 1, 1], each, weights)
    }

    /// A layer holds its weights as bytes, eight to an element.
    fn spend_weights(&mut self, weights: &Constant) -> Result<(), Rule> {
        self.spend_elements(weights.values.len() / 8 + weights.dims.iter().max().copied().unwrap_or(0))
    }

    fn layer(&self, source: &Exact, shape: [usize; 3], each: Vec<i8>, weights: &Constant) -> Result<Layer, Rule> {
        if !(1..=usize::from(u16::MAX)).contains(&shape[0]) {
            return Err(Rule::Shape(format!("has {} output channels; 1 to 65535 are allowed", shape[0])));
        }
        if weights.dtype != source.dtype {
            let (is, takes) = (weights.dtype.as_str_name(), source.dtype.as_str_name());
            return Err(Rule::Operand(format!("its weights are {is} and its input is {takes}")));
        }
        let each: Rc<[i8]> = each.into();
        let (source_value, weights, latent) = match source.origin {
            Origin::Value(value) => (Some(value), each, None),
            Origin::Latent => (None, Rc::default(), Some(each)),
        };
        Ok(Layer {
            node: self.at,
            source: source_value,
            kernel: 1,
            stride: 1,
            weights,
            latent,
            twice_bias: vec![0; shape[0]].into(),
            twice_constants: vec![[0; 2]; shape[0]].into(),
            view: source.view.with_shape(shape),
            dtype: source.dtype,
            stage: Stage::Sum,
            shift: 0,
            low: false,
            high: false,
            exit: None,
            floor: None,
        })
    }
}

/// Padding must be one zero on each side of a 3×3 kernel and none for 1×1, however it is spelled.
fn check_padding(
    (auto_pad, pads): (&str, Option<&[i64]>),
    kernel: usize,
    stride: usize,
    sides: [usize; 2],
) -> Result<(), Rule> {
    let wanted = (kernel / 2) as i64;
    let explicit = pads.unwrap_or(&[0, 0, 0, 0]);
    let same = match auto_pad {
        "NOTSET" => explicit.len() == 4 && explicit.iter().all(|&pad| pad == wanted),
        "VALID" => wanted == 0,
        // These pad as little as ⌈side / stride⌉ outputs need: with stride 2, one zero in all if the side is even.
        "SAME_UPPER" | "SAME_LOWER" => wanted == 0 || stride == 1 || sides.iter().all(|side| side % 2 == 1),
        _ => false,
    };
    if same {
        return Ok(());
    }
    let (name, found) = match auto_pad {
        "NOTSET" => ("pads", format!("{explicit:?}")),
        other => ("auto_pad", other.to_owned()),
    };
    Err(refused(name, found, format!("pads of {:?} for a {kernel}×{kernel} kernel with stride {stride}", [wanted; 4])))
}

/// Weights as i8, in the order given; each comes with its place in the file's tensor.
fn narrow(constant: &Constant, each: impl Iterator<Item = (usize, f64)>) -> Result<Vec<i8>, Rule> {
    let mut narrow = Vec::with_capacity(constant.values.len());
    for (at, value) in each {
        if value.fract() != 0.0 || !(-128.0..=127.0).contains(&value) {
            return Err(Rule::Weight { position: position(at, &constant.dims), value });
        }
        narrow.push(value as i8);
    }
    Ok(narrow)
}

fn position(mut at: usize, dims: &[usize]) -> Vec<usize> {
    let mut position: Vec<_> = dims.iter().rev().map(|&dim| (at % dim, at /= dim).0).collect();
    position.reverse();
    position
}

impl Layer {
    /// Adds the latent's image to a layer's accumulator.
    pub fn plus(self, other: Self) -> Result<Self, Rule> {
        let (mut layer, image) = match (self.source, other.source) {
            (Some(_), None) => (self, other),
            (None, Some(_)) => (other, self),
            (Some(_), Some(_)) => {
                let why = "adds the accumulators of two layers; only the latent's image may be added to one";
                return Err(Rule::Order(why.into()));
            }
            (None, None) => return Err(Rule::Order("adds two images of the latent; add one to a layer".into())),
        };
        for part in [&layer, &image] {
            if part.stage != Stage::Sum || part.exit.is_some() {
                return Err(part.out_of_order("adds"));
            }
        }
        if layer.latent.is_some() {
            return Err(Rule::Order("adds the latent to a layer a second time; join its weights into one".into()));
        }
        if !layer.view.takes_per_token(&image.view) || layer.dtype != image.dtype {
            let (to, from) = (show(&layer.view.dims), show(&image.view.dims));
            return Err(Rule::Shape(format!("adds the latent's image {from} to {to}: channels do not meet channels")));
        }
        layer.add_bias_of(&image)?;
        layer.latent = image.latent;
        Ok(layer)
    }
}

/// ONNX does not mix types: a constant has the type of the value it meets.
pub(crate) fn same_type(constant: &Constant, layer: &Layer) -> Result<(), Rule> {
    if constant.dtype == layer.dtype {
        return Ok(());
    }
    let (name, is, takes) = (&constant.name, constant.dtype.as_str_name(), layer.dtype.as_str_name());
    Err(Rule::Operand(format!("constant `{name}` is {is} where the value is {takes}")))
}

impl Compiler<'_> {
    /// A constant that is the same for all channels.
    pub fn uniform(&mut self, constant: &Constant, view: &View, what: &'static str) -> Result<f64, Rule> {
        view.check_per_channel(constant)?;
        self.spend_work(constant.values.len())?;
        let first = constant.values[0];
        match constant.values.iter().find(|&&value| value != first) {
            Some(&other) => Err(Rule::PerChannel { what, first, other }),
            None => Ok(first),
        }
    }
}
