//! Add and Sub: biases, the half-unit guard, and the latent's image.

use crate::compile::Compiler;
use crate::constant::{Constant, is_float};
use crate::error::Rule;
use crate::linear::same_type;
use crate::value::{Layer, Stage, Value};
use tract_onnx::pb::NodeProto;

const NO_SUM: &str = "adds to an input or an activation; an exact network adds to accumulators only";

impl<'a> Compiler<'a> {
    pub fn add(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        match (self.operand(node, 0)?, self.operand(node, 1)?) {
            (Value::Layer(layer), Value::Constant(constant)) | (Value::Constant(constant), Value::Layer(layer)) => {
                self.add_constant(layer, &constant, 1.0).map(Value::Layer)
            }
            (Value::Layer(one), Value::Layer(other)) => {
                self.spend_elements(one.outputs())?;
                one.plus(other).map(Value::Layer)
            }
            (Value::Constant(_), Value::Constant(_)) => {
                Err(Rule::Operand("adds two constants; export the model with constant folding".into()))
            }
            _ => Err(Rule::Order(NO_SUM.into())),
        }
    }

    pub fn sub(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        self.arguments(node, &[], 2..=2)?;
        match (self.operand(node, 0)?, self.operand(node, 1)?) {
            (Value::Layer(layer), Value::Constant(constant)) => {
                self.add_constant(layer, &constant, -1.0).map(Value::Layer)
            }
            (Value::Layer(one), Value::Layer(other)) => one.minus_multiple(&other).map(Value::Layer),
            _ => Err(Rule::Order("subtracts something else than a constant from an accumulator".into())),
        }
    }

    fn add_constant(&mut self, mut layer: Layer, constant: &Constant, sign: f64) -> Result<Layer, Rule> {
        same_type(constant, &layer)?;
        match layer.stage {
            Stage::Sum if layer.exit.is_none() => {}
            Stage::Scaled if is_float(layer.dtype) => {}
            Stage::Remainder => {
                let lift = sign * self.uniform(constant, &layer.view, "added number")?;
                return if lift == 256.0 {
                    Ok(Layer { stage: Stage::Lifted, ..layer })
                } else {
                    Err(Rule::Operand(format!("adds {lift} to a remainder by 256; 256 makes it non-negative")))
                };
            }
            _ => return Err(layer.out_of_order("adds a constant to")),
        }
        self.spend_elements(layer.outputs())?;
        let unit = sign * 2f64.powi(layer.shift.into());
        let added: Vec<f64> = layer.view.per_channel(constant)?.into_iter().map(|value| value * unit).collect();
        // floor(max(acc, 0) + 0.5) is max(acc, 0), so the guard may follow a cut; nothing else may.
        if (layer.low || layer.high) && (added.iter().any(|&v| v != 0.5) || layer.guarded_channels().contains(&true)) {
            return Err(Rule::Order("adds a bias to an accumulator that is already cut at 0 or 255".into()));
        }
        layer.add_bias(&added)?;
        Ok(layer)
    }
}
