//! The periodic activation: modulo 256 in any exact spelling, then a look-up in a table of 256 entries.

use crate::compile::Compiler;
use crate::constant::is_float;
use crate::error::Rule;
use crate::value::{Exact, Layer, Stage, Value};
use tract_onnx::pb::NodeProto;
use tract_onnx::pb::tensor_proto::DataType;
use verdigris_model::Activation;

impl Layer {
    /// The scales of `x - 256·floor(x/256)`, where x is the accumulator after its floor.
    pub fn phase_scale(self, factor: f64) -> Result<Self, Rule> {
        let stage = match self.stage {
            Stage::Floored if factor == 1.0 / 256.0 && !self.low && !self.high && is_float(self.dtype) => {
                Stage::Quotient
            }
            Stage::Whole if factor == 256.0 => Stage::Multiple,
            _ => return Err(self.out_of_order(&format!("multiplies by {factor}:"))),
        };
        Ok(Self { stage, ..self })
    }

    /// The subtraction of `x - 256·floor(x/256)`; both must come from one floor node.
    pub fn minus_multiple(self, multiple: &Self) -> Result<Self, Rule> {
        let one = self.floor.is_some() && self.floor == multiple.floor && self.dtype == multiple.dtype;
        if self.stage != Stage::Floored || self.low || self.high || multiple.stage != Stage::Multiple || !one {
            return Err(Rule::Order("subtracts two computed values that are not x and 256·floor(x/256)".into()));
        }
        Ok(Self { stage: Stage::Wrapped, ..self })
    }
}

impl<'a> Compiler<'a> {
    pub fn modulo(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["fmod"], 2..=2)?;
        let with_sign_of_dividend = attributes.int("fmod", 0) != 0;
        let layer = self.floored(node)?;
        let modulus = self.constant_operand(node, 1, "its modulus")?;
        if !self.is_number(&modulus, &layer, 256.0)? {
            return Err(Rule::Operand(format!("has the modulus {}; a phase is taken modulo 256", modulus.values[0])));
        }
        if !with_sign_of_dividend && is_float(layer.dtype) {
            return Err(Rule::Order("takes a float modulo 256 without fmod; cast it to int32 first".into()));
        }
        let stage = match layer.stage {
            Stage::Floored if with_sign_of_dividend => Stage::Remainder,
            Stage::Remainder if with_sign_of_dividend => Stage::Remainder,
            Stage::Floored | Stage::Remainder | Stage::Lifted | Stage::Wrapped => Stage::Wrapped,
            _ => return Err(layer.out_of_order("takes modulo 256")),
        };
        Ok(Value::Layer(Layer { stage, ..layer }))
    }

    /// `x & 255`, which is x modulo 256 in two's complement.
    pub fn bitwise_and(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        let layer = self.floored(node)?;
        let mask = self.constant_operand(node, 1, "its mask")?;
        if !self.is_number(&mask, &layer, 255.0)? || is_float(layer.dtype) {
            return Err(Rule::Operand("a phase is the integer's lowest eight bits: x & 255".into()));
        }
        match layer.stage {
            Stage::Floored | Stage::Wrapped => Ok(Value::Layer(Layer { stage: Stage::Wrapped, ..layer })),
            _ => Err(layer.out_of_order("masks")),
        }
    }

    fn floored(&mut self, node: &NodeProto) -> Result<Layer, Rule> {
        match self.operand(node, 0)? {
            Value::Layer(layer) if layer.low || layer.high => {
                Err(Rule::Order("takes modulo 256 of an accumulator that is cut at 0 or 255".into()))
            }
            Value::Layer(layer) => Ok(layer),
            _ => Err(Rule::Order("takes modulo 256 of something else than an accumulator".into())),
        }
    }

    /// The look-up.
    pub fn gather(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["axis"], 2..=2)?;
        let table = self.constant_operand(node, 0, "its table")?;
        match attributes.int("axis", 0) {
            0 | -1 => {}
            axis => return Err(crate::attributes::refused("axis", axis, "0")),
        }
        let layer = match self.operand(node, 1)? {
            Value::Layer(layer) if layer.stage == Stage::Wrapped => layer,
            Value::Layer(layer) => return Err(layer.out_of_order("looks up")),
            _ => return Err(Rule::Order("looks up an input or an activation; a phase follows an accumulator".into())),
        };
        if !matches!(layer.dtype, DataType::Int32 | DataType::Int64) {
            let found = layer.dtype.as_str_name();
            return Err(Rule::Order(format!("looks up indices of type {found}; ONNX takes int32 or int64")));
        }
        let shift = layer.shift;
        let number = self.tables.index_of(&table)?;
        match self.finish(layer, Activation::Phase { shift, table: number })? {
            Value::Exact(exact) => Ok(Value::Exact(Exact { dtype: table.dtype, ..exact })),
            other => Ok(other),
        }
    }
}
