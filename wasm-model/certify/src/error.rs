//! Why a file is refused: which ONNX node, which rule, and the value that breaks it.

use std::fmt;
use verdigris_model::NetworkError;

/// A node of an ONNX graph, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeName {
    /// Its place in the file's list of nodes, from 0.
    pub index: usize,
    /// Its operator, such as `Gemm`.
    pub op: String,
    /// Its name; many exporters leave it empty.
    pub name: String,
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (op, index) = (shown(&self.op), self.index);
        if self.name.is_empty() { write!(f, "{op} (node {index})") } else { write!(f, "{op} `{}`", shown(&self.name)) }
    }
}

/// A name from the file, cut to a length that fits a message.
pub(crate) fn shown(name: &str) -> String {
    const MOST: usize = 120;
    let cut: String = name.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if cut.len() < name.len() { format!("{cut}…") } else { cut }
}

/// A number as the file shows it: a float32 is written with a float32's digits.
fn number(value: &f64) -> String {
    let narrow = *value as f32;
    if f64::from(narrow) == *value { narrow.to_string() } else { value.to_string() }
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertifyError {
    /// The bytes are not an ONNX model, or one that is cut short.
    #[error("not an ONNX file: {0}")]
    NotOnnx(String),
    /// The file holds more of something than is read.
    #[error("the file is too large: {what} would be {found}, at most {limit} is read")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// The graph as a whole does not fit the profile.
    #[error("the graph {0}")]
    Graph(String),
    /// A graph input, or what is declared about it, does not fit the profile.
    #[error("input `{}`: {why}", shown(.input))]
    Input {
        /// The input's name.
        input: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A node breaks a rule.
    #[error("{node}: {rule}")]
    Node {
        /// The node.
        node: NodeName,
        /// The rule, with the measured value.
        rule: Box<Rule>,
    },
    /// The network as a whole breaks a rule of the canonical form.
    #[error("the network: {0}")]
    Network(NetworkError),
}

/// A rule of the profile (`docs/onnx-profile.md`) and what breaks it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// The operator is not part of the profile.
    #[error("the operator is not in the exact profile ({0})")]
    Operator(String),
    /// An attribute has a value that the profile does not take.
    #[error("attribute `{}` is {found}; the profile takes {takes}", shown(.name))]
    Attribute {
        /// The attribute's name.
        name: String,
        /// Its value.
        found: String,
        /// What is accepted.
        takes: String,
    },
    /// An input is absent, or is not what it must be.
    #[error("{0}")]
    Operand(String),
    /// A constant tensor cannot be read.
    #[error("constant `{}`: {why}", shown(.name))]
    Constant {
        /// The tensor's name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A weight is not an i8.
    #[error("weight {position:?} is {}; weights are whole numbers from -128 to 127", number(.value))]
    Weight {
        /// Index into the weight tensor, as the file stores it.
        position: Vec<usize>,
        /// The weight.
        value: f64,
    },
    /// A bias is not an integer, nor an integer and the half-unit guard.
    #[error("bias of channel {channel} becomes {}; a bias is a whole number n, or n + 0.5 with the guard", number(.value))]
    BiasFraction {
        /// The output channel.
        channel: usize,
        /// The bias in units of the accumulator.
        value: f64,
    },
    /// A bias does not fit 32 bits.
    #[error("bias of channel {channel} is {value}; biases lie between -2147483648 and 2147483647")]
    BiasRange {
        /// The output channel.
        channel: usize,
        /// The bias in units of the accumulator.
        value: f64,
    },
    /// A factor is not a power of two in range.
    #[error(
        "the accumulator is multiplied by {} in all; an exact scale is 2^-k with k a whole number from 0 to 23",
        number(.value)
    )]
    Scale {
        /// The factor, all scales up to this node taken together.
        value: f64,
    },
    /// Channels are scaled differently.
    #[error("{what} differs between channels ({} and {}); one layer has one {what}", number(.first), number(.other))]
    PerChannel {
        /// What differs.
        what: &'static str,
        /// Value of channel 0.
        first: f64,
        /// Another value.
        other: f64,
    },
    /// Activations are cut at other bounds than 0 and 255.
    #[error("cuts at [{}, {}]; an activation is cut at 0 and 255", number(.lo), number(.hi))]
    ClipBounds {
        /// Lowest value that passes.
        lo: f64,
        /// Highest value that passes.
        hi: f64,
    },
    /// A look-up table has the wrong form.
    #[error("the table has shape {found:?}; a phase table has 256 entries in one dimension")]
    TableShape {
        /// Its dimensions.
        found: Vec<usize>,
    },
    /// A table entry is not a u8.
    #[error("table entry {index} is {}; entries are whole numbers from 0 to 255", number(.value))]
    TableEntry {
        /// Which entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Sums can leave the range in which f32 is exact.
    #[error(
        "output channel {channel} can reach [{lo}, {hi}]; sums must stay strictly between -8388608 and 8388608 (2^23): \
         make this layer's weights or biases smaller"
    )]
    AccumulatorRange {
        /// The first output channel that breaks the rule.
        channel: usize,
        /// Lowest sum of any subset of its terms.
        lo: i64,
        /// Highest sum of any subset of its terms.
        hi: i64,
    },
    /// Shapes do not fit together, or are not static where they must be.
    #[error("{0}")]
    Shape(String),
    /// Operators come in an order that has no exact meaning.
    #[error("{0}")]
    Order(String),
    /// A rule of the canonical form.
    #[error(transparent)]
    Network(NetworkError),
}
