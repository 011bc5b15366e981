//! What a tensor of the graph is, in terms of an exact network: a constant, a value, or a layer half read.

use crate::constant::Constant;
use crate::error::Rule;
use crate::view::View;
use std::rc::Rc;
use tract_onnx::pb::tensor_proto::DataType;

/// The meaning of one tensor.
#[derive(Clone)]
pub(crate) enum Value {
    Constant(Constant),
    Exact(Exact),
    Layer(Layer),
}

/// Where whole numbers come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A value of the network, by its number.
    Value(u16),
    /// The latent.
    Latent,
}

/// A tensor whose elements are a network's input, latent or activations.
#[derive(Clone)]
pub(crate) struct Exact {
    pub origin: Origin,
    pub view: View,
    pub dtype: DataType,
    /// Lowest value of any element.
    pub lo: i16,
    /// Highest value of any element.
    pub hi: i16,
}

/// How far a layer is read. `acc` is the accumulator, `k` the shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// acc
    Sum,
    /// acc / 2^k
    Scaled,
    /// acc >> k
    Floored,
    /// (acc >> k) / 256
    Quotient,
    /// floor((acc >> k) / 256)
    Whole,
    /// 256 · floor((acc >> k) / 256)
    Multiple,
    /// The remainder of (acc >> k) by 256 with the sign of the dividend, -255 to 255
    Remainder,
    /// That plus 256, 1 to 511
    Lifted,
    /// (acc >> k) mod 256, 0 to 255
    Wrapped,
}

impl Stage {
    fn shows(self) -> &'static str {
        match self {
            Self::Sum => "an accumulator that has no activation yet",
            Self::Scaled => "a scaled accumulator that is not rounded down yet",
            Self::Floored => "a rounded accumulator that is neither cut to 0..255 nor looked up yet",
            Self::Wrapped => "an accumulator modulo 256 that is not looked up in a table yet",
            _ => "an accumulator on its way to modulo 256",
        }
    }
}

/// The node that made something else of an accumulator; before it the guard can be put.
#[derive(Clone, Copy)]
pub(crate) struct Exit {
    pub node: usize,
    /// Dimensions after the channels.
    pub trailing: usize,
    pub dtype: DataType,
}

/// A linear layer whose activation is still being read.
#[derive(Clone)]
pub(crate) struct Layer {
    /// The ONNX node that multiplies by the weights.
    pub node: usize,
    /// The network's value that it reads; none if it reads the latent alone.
    pub source: Option<u16>,
    pub kernel: u8,
    pub stride: u8,
    /// `[outputs][inputs][kernel][kernel]`; empty if it reads the latent alone.
    pub weights: Rc<[i8]>,
    /// `[outputs][latent length]`.
    pub latent: Option<Rc<[i8]>>,
    /// Twice the bias of each channel, so that the half-unit guard is a whole number.
    pub twice_bias: Rc<[i64]>,
    /// Of the constants that make up `twice_bias`, the sum of the negative ones and that of the positive ones.
    pub twice_constants: Rc<[[i64; 2]]>,
    pub view: View,
    pub dtype: DataType,
    pub stage: Stage,
    /// k: how far the accumulator is shifted to the right.
    pub shift: u8,
    /// Whether it is already cut at 0 from below.
    pub low: bool,
    /// Whether it is already cut at 255 from above.
    pub high: bool,
    /// Where the plain accumulator ended.
    pub exit: Option<Exit>,
    /// The floor node, so that `x - 256·floor(x/256)` can be seen to be about one x.
    pub floor: Option<usize>,
}

impl Layer {
    pub fn outputs(&self) -> usize {
        self.view.shape[0]
    }

    /// Whether each channel's bias carries the half unit.
    pub fn guarded_channels(&self) -> Vec<bool> {
        self.twice_bias.iter().map(|bias| bias & 1 == 1).collect()
    }

    /// The layer after a node that leaves the plain sum.
    pub fn leave(mut self, node: usize, stage: Stage) -> Self {
        let exit = self.exit_at(node);
        self.exit.get_or_insert(exit);
        self.stage = stage;
        self
    }

    /// Describes the accumulator as the node at `node` reads it.
    pub fn exit_at(&self, node: usize) -> Exit {
        let trailing = if self.view.is_image() { 2 } else { 0 };
        Exit { node, trailing, dtype: self.dtype }
    }

    /// The refusal of an operator that cannot come here.
    pub fn out_of_order(&self, what: &str) -> Rule {
        Rule::Order(format!("{what} {}", self.stage.shows()))
    }

    /// Adds a number in units of the accumulator to each channel's bias.
    pub fn add_bias(&mut self, added: &[f64]) -> Result<(), Rule> {
        let mut sums = Vec::with_capacity(added.len());
        let mut constants = self.twice_constants.to_vec();
        for (channel, (&bias, &add)) in self.twice_bias.iter().zip(added).enumerate() {
            let twice = bias as f64 + 2.0 * add;
            if twice.fract() != 0.0 || !twice.is_finite() {
                return Err(Rule::BiasFraction { channel, value: twice / 2.0 });
            }
            if twice.abs() > 2f64.powi(33) {
                return Err(Rule::BiasRange { channel, value: twice / 2.0 });
            }
            sums.push(twice as i64);
            constants[channel][usize::from(add > 0.0)] += (2.0 * add) as i64;
        }
        self.twice_bias = sums.into();
        self.twice_constants = constants.into();
        Ok(())
    }

    /// Adds another layer's bias, all constants of it.
    pub fn add_bias_of(&mut self, other: &Self) -> Result<(), Rule> {
        let parts: [Vec<f64>; 2] = [0, 1].map(|sign| {
            other.twice_constants.iter().map(|constants: &[i64; 2]| constants[sign] as f64 / 2.0).collect()
        });
        parts.iter().try_for_each(|part| self.add_bias(part))
    }

    /// What the file's constants add up to in each channel, negative and positive ones apart: `None` if no channel has
    /// both.
    pub fn opposed_constants(&self) -> Option<Rc<[[i64; 2]]>> {
        let opposed = |constants: &[i64; 2]| constants[0] < 0 && constants[1] > 1;
        self.twice_constants
            .iter()
            .any(opposed)
            .then(|| self.twice_constants.iter().map(|c| c.map(|twice| twice >> 1)).collect())
    }

    /// The biases of the canonical form, without the guard.
    pub fn biases(&self) -> Result<Vec<i32>, Rule> {
        let bias = |(channel, &twice): (usize, &i64)| {
            i32::try_from(twice >> 1).map_err(|_| Rule::BiasRange { channel, value: twice as f64 / 2.0 })
        };
        self.twice_bias.iter().enumerate().map(bias).collect()
    }
}
