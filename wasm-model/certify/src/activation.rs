//! The way from an accumulator to an activation: scale, floor, cut at 0 and 255.

use crate::attributes::refused;
use crate::compile::Compiler;
use crate::constant::{Constant, is_float};
use crate::error::Rule;
use crate::linear::same_type;
use crate::value::{Exact, Layer, Stage, Value};
use tract_onnx::pb::NodeProto;
use tract_onnx::pb::tensor_proto::DataType;
use verdigris_model::Activation;

const MAX_SHIFT: f64 = 23.0;

impl<'a> Compiler<'a> {
    pub fn mul(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        match (self.operand(node, 0)?, self.operand(node, 1)?) {
            (Value::Layer(layer), Value::Constant(factor)) | (Value::Constant(factor), Value::Layer(layer)) => {
                same_type(&factor, &layer)?;
                let factor = self.uniform(&factor, &layer.view, "scale")?;
                self.scale(layer, factor)
            }
            _ => Err(not_an_accumulator("multiplies")),
        }
    }

    pub fn div(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        match (self.operand(node, 0)?, self.operand(node, 1)?) {
            (Value::Layer(layer), Value::Constant(divisor)) => {
                same_type(&divisor, &layer)?;
                if !is_float(layer.dtype) {
                    return Err(Rule::Order("divides whole numbers, which rounds towards zero; use floats".into()));
                }
                let divisor = self.uniform(&divisor, &layer.view, "scale")?;
                self.scale(layer, 1.0 / divisor)
            }
            _ => Err(not_an_accumulator("divides")),
        }
    }

    fn scale(&mut self, layer: Layer, factor: f64) -> Result<Value, Rule> {
        let at = self.at;
        match layer.stage {
            Stage::Sum | Stage::Scaled if is_float(layer.dtype) => {
                let whole = factor * 2f64.powi(-i32::from(layer.shift));
                let shift = -whole.log2();
                let exact = whole > 0.0 && shift.fract() == 0.0 && (0.0..=MAX_SHIFT).contains(&shift);
                if !exact || 2f64.powi(-(shift as i32)) != whole {
                    return Err(Rule::Scale { value: whole });
                }
                if layer.high && factor != 1.0 {
                    return Err(Rule::Order("scales an accumulator that is already cut at 255".into()));
                }
                let mut layer = layer.leave(at, Stage::Scaled);
                layer.shift = shift as u8;
                Ok(Value::Layer(layer))
            }
            _ => layer.phase_scale(factor).map(Value::Layer),
        }
    }

    pub fn floor(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 1..=1)?;
        match self.operand(node, 0)? {
            Value::Layer(layer) => self.round_down(layer),
            exact @ Value::Exact(_) => Ok(exact),
            Value::Constant(_) => Err(Rule::Operand("rounds a constant; round it before the export".into())),
        }
    }

    fn round_down(&mut self, layer: Layer) -> Result<Value, Rule> {
        let at = self.at;
        match layer.stage {
            Stage::Sum | Stage::Scaled => {
                let mut layer = layer.leave(at, Stage::Floored);
                layer.floor = Some(at);
                self.clip_if_whole(layer)
            }
            Stage::Quotient => Ok(Value::Layer(Layer { stage: Stage::Whole, ..layer })),
            _ => Ok(Value::Layer(layer)),
        }
    }

    pub fn relu(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 1..=1)?;
        self.cut(node, 0.0, f64::INFINITY)
    }

    pub fn clip(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["min", "max"], 1..=3)?;
        let (mut lo, mut hi) = (f64::NEG_INFINITY, f64::INFINITY);
        if self.file.opset < 11 {
            if node.input.len() > 1 {
                return Err(Rule::Operand("takes its bounds as attributes before operator set 11".into()));
            }
            lo = attributes.float("min").unwrap_or(lo);
            hi = attributes.float("max").unwrap_or(hi);
        } else {
            if let Some(given) = attributes.get("min").or_else(|| attributes.get("max")) {
                return Err(refused(&given.name, "an attribute", "inputs since operator set 11"));
            }
            if node.input.get(1).is_some_and(|name| !name.is_empty()) {
                lo = self.bound(node, 1)?;
            }
            if node.input.get(2).is_some_and(|name| !name.is_empty()) {
                hi = self.bound(node, 2)?;
            }
        }
        self.cut(node, lo, hi)
    }

    /// Min and Max of a value and a constant.
    pub fn min_max(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        let value_at = usize::from(matches!(self.operand(node, 0)?, Value::Constant(_)));
        let bound = self.bound(node, 1 - value_at)?;
        let (lo, hi) = if node.op_type == "Min" { (f64::NEG_INFINITY, bound) } else { (bound, f64::INFINITY) };
        let value = self.operand(node, value_at)?;
        self.cut_value(value, lo, hi)
    }

    /// A bound is one number without dimensions of its own.
    fn bound(&mut self, node: &NodeProto, index: usize) -> Result<f64, Rule> {
        let constant = self.constant_operand(node, index, "its bound")?;
        match (&*constant.values, constant.dims.iter().all(|&dim| dim == 1) && constant.dims.len() < 2) {
            ([one], true) => Ok(*one),
            _ => Err(Rule::Operand(format!("has a bound of shape {:?}; take one number", constant.dims))),
        }
    }

    fn cut(&mut self, node: &NodeProto, lo: f64, hi: f64) -> Result<Value, Rule> {
        let value = self.operand(node, 0)?;
        self.cut_value(value, lo, hi)
    }

    fn cut_value(&mut self, value: Value, lo: f64, hi: f64) -> Result<Value, Rule> {
        match value {
            Value::Exact(exact) if lo <= exact.lo.into() && hi >= exact.hi.into() => Ok(Value::Exact(exact)),
            Value::Layer(layer) if matches!(layer.stage, Stage::Sum | Stage::Scaled | Stage::Floored) => {
                let cuts_low = lo == 0.0;
                let cuts_high = hi == 255.0;
                let passes_low = lo < -2f64.powi(24) || (lo <= 0.0 && layer.low);
                let passes_high = hi > 2f64.powi(24) || (hi >= 255.0 && layer.high);
                if !(cuts_low || passes_low) || !(cuts_high || passes_high) {
                    return Err(Rule::ClipBounds { lo, hi });
                }
                let stage = if layer.stage == Stage::Sum { Stage::Scaled } else { layer.stage };
                let mut layer = layer.leave(self.at, stage);
                layer.low |= cuts_low;
                layer.high |= cuts_high;
                self.clip_if_whole(layer)
            }
            Value::Layer(layer) => Err(layer.out_of_order("cuts")),
            _ => Err(Rule::ClipBounds { lo, hi }),
        }
    }

    /// Floor and both cuts make a clip, in whichever order they come.
    fn clip_if_whole(&mut self, layer: Layer) -> Result<Value, Rule> {
        if layer.stage == Stage::Floored && layer.low && layer.high {
            let shift = layer.shift;
            return self.finish(layer, Activation::Clip { shift });
        }
        Ok(Value::Layer(layer))
    }

    /// Casts that keep every value; a cast of something that cannot be negative rounds down.
    pub fn cast(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["to", "saturate", "round_mode"], 1..=1)?;
        let to = i32::try_from(attributes.int("to", 0)).ok().and_then(|code| DataType::try_from(code).ok());
        let to = to.unwrap_or(DataType::Undefined);
        let unfit = |why: &str| Err(refused("to", to.as_str_name(), why));
        let Some((least, most)) = range_of(to) else { return unfit("float32, float64 or an integer type") };
        match self.operand(node, 0)? {
            Value::Constant(mut constant) => {
                self.spend_work(constant.values.len())?;
                let inside = |&v: &f64| is_float(to) || (v.fract() == 0.0 && least <= v && v <= most);
                if !constant.values.iter().all(inside) || (constant.dtype == DataType::Double && to == DataType::Float)
                {
                    return unfit("a type that holds every value of the constant");
                }
                constant.dtype = to;
                Ok(Value::Constant(constant))
            }
            Value::Exact(exact) if least <= exact.lo.into() && most >= exact.hi.into() => {
                Ok(Value::Exact(Exact { dtype: to, ..exact }))
            }
            Value::Exact(exact) => unfit(&format!("a type that holds {} to {}", exact.lo, exact.hi)),
            Value::Layer(layer) if is_float(to) => Ok(Value::Layer(Layer { dtype: to, ..layer })),
            Value::Layer(layer) => self.cast_layer(layer, to, most),
        }
    }

    fn cast_layer(&mut self, layer: Layer, to: DataType, most: f64) -> Result<Value, Rule> {
        let wide = matches!(to, DataType::Int32 | DataType::Int64);
        let unfit = |why| Err(refused("to", to.as_str_name(), why));
        match layer.stage {
            Stage::Sum if wide && !layer.guarded_channels().contains(&true) => {
                let at = self.at;
                Ok(Value::Layer(Layer { dtype: to, ..layer.leave(at, Stage::Sum) }))
            }
            Stage::Scaled if layer.low && (wide || (layer.high && most >= 255.0)) => {
                let value = self.round_down(layer)?;
                Ok(match value {
                    Value::Layer(layer) => Value::Layer(Layer { dtype: to, ..layer }),
                    Value::Exact(exact) => Value::Exact(Exact { dtype: to, ..exact }),
                    constant @ Value::Constant(_) => constant,
                })
            }
            Stage::Sum | Stage::Scaled => {
                Err(Rule::Order("a cast to an integer rounds towards zero; put Floor before it".into()))
            }
            Stage::Floored | Stage::Remainder | Stage::Lifted if wide => Ok(Value::Layer(Layer { dtype: to, ..layer })),
            Stage::Wrapped if most >= 255.0 => Ok(Value::Layer(Layer { dtype: to, ..layer })),
            _ => unfit("int32 or int64 here"),
        }
    }
}

fn not_an_accumulator(verb: &str) -> Rule {
    Rule::Order(format!(
        "{verb} something else than an accumulator by a constant; inputs and activations stay as they are"
    ))
}

/// What a type can hold; none for types that the profile does not take.
fn range_of(dtype: DataType) -> Option<(f64, f64)> {
    use DataType as D;
    Some(match dtype {
        D::Float | D::Double => (f64::NEG_INFINITY, f64::INFINITY),
        D::Uint8 => (0.0, 255.0),
        D::Int8 => (-128.0, 127.0),
        D::Uint16 => (0.0, 65535.0),
        D::Int16 => (-32768.0, 32767.0),
        D::Int32 => (i32::MIN.into(), i32::MAX.into()),
        D::Int64 => (i64::MIN as f64, i64::MAX as f64),
        _ => return None,
    })
}

impl Compiler<'_> {
    /// Whether a constant is the one number given.
    pub fn is_number(&mut self, constant: &Constant, layer: &Layer, number: f64) -> Result<bool, Rule> {
        same_type(constant, layer)?;
        Ok(self.uniform(constant, &layer.view, "modulus")? == number)
    }
}
