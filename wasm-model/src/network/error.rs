//! What can be wrong with a network or with what it is given.

/// Why a network is refused, or an input to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The canonical form is longer than is read.
    #[error("the canonical form has {found} bytes; at most {limit} are read")]
    TooLong {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The canonical form ends in the middle of something.
    #[error("the canonical form ends at byte {at}, inside {what}: it is truncated")]
    Truncated {
        /// Where it ends.
        at: usize,
        /// What was being read.
        what: &'static str,
    },
    /// There are bytes after the last operation.
    #[error("{count} bytes follow the last operation; the canonical form ends there")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The first four bytes are not `VDGN`.
    #[error("this is not a network: it does not begin with \"VDGN\"")]
    Magic,
    /// A version that this reader does not know.
    #[error("version {found} of the canonical form is unknown; this reader knows version 1")]
    Version {
        /// The version given.
        found: u8,
    },
    /// A byte that stands for nothing.
    #[error("byte {at}: {value} is no valid {what}")]
    Code {
        /// Where.
        at: usize,
        /// What it should say.
        what: &'static str,
        /// What it says.
        value: u16,
    },
    /// The declared range of the input or latent is empty or leaves [-128, 255].
    #[error("the {what}'s range [{lo}, {hi}] must not be empty and must lie inside [-128, 255]")]
    DomainRange {
        /// "input" or "latent".
        what: &'static str,
        /// Declared lowest value.
        lo: i16,
        /// Declared highest value.
        hi: i16,
    },
    /// The input has an empty shape, or the latent no length.
    #[error("the {what} is empty; leave a latent out, and give an input at least one element")]
    DomainEmpty {
        /// "input" or "latent".
        what: &'static str,
    },
    /// No operation, or too many.
    #[error("a network has 1 to {limit} operations, this one has {found}")]
    OperationCount {
        /// Operations given.
        found: usize,
        /// Operations allowed.
        limit: usize,
    },
    /// More tables than a byte can count.
    #[error("a network has at most 255 tables, this one has {found}")]
    TableCount {
        /// Tables given.
        found: usize,
    },
    /// An operation breaks a rule.
    #[error("operation {operation}: {rule}")]
    Rule {
        /// Index of the operation, from 0.
        operation: usize,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// A list in an operation has the wrong length.
    #[error("operation {operation} needs {expected} {what}, not {found}")]
    Length {
        /// Index of the operation, from 0.
        operation: usize,
        /// What the list holds.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An operation makes or leaves alive more than may be held.
    #[error("operation {operation}: {what} would hold {found} elements, at most {limit} are allowed")]
    TooLarge {
        /// Index of the operation, from 0.
        operation: usize,
        /// Its own value, or all values alive at that point.
        what: &'static str,
        /// Elements needed.
        found: usize,
        /// Elements allowed.
        limit: usize,
    },
    /// A sum may leave the range in which f32 is exact.
    #[error(
        "operation {operation}, output channel {channel}: sums can reach [{lo}, {hi}]; they must stay strictly \
         between -8388608 and 8388608 (2^23): make the weights or biases smaller"
    )]
    AccumulatorRange {
        /// Index of the operation, from 0.
        operation: usize,
        /// The first output channel that breaks the rule.
        channel: usize,
        /// Lowest sum of any subset of its terms.
        lo: i64,
        /// Highest sum of any subset of its terms.
        hi: i64,
    },
    /// An input or latent of the wrong length.
    #[error("the {what} has {found} values, the network takes {expected}")]
    ValueCount {
        /// "input" or "latent".
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An input or latent outside its declared range.
    #[error("{what} {index} is {value}, outside the declared range [{lo}, {hi}]")]
    ValueRange {
        /// "input" or "latent".
        what: &'static str,
        /// Which element.
        index: usize,
        /// Its value.
        value: i16,
        /// Declared lowest value.
        lo: i16,
        /// Declared highest value.
        hi: i16,
    },
}
