//! Everything that can go wrong in the pipeline, said so that whoever reads it knows what to do.

use alloy_primitives::{Address, B256, U256};

use crate::platform::PlatformError;

/// Short for a result with this crate's error; boxed, since it is large and every step of the pipeline passes it on.
pub type Result<T, E = Box<Error>> = std::result::Result<T, E>;

/// What went wrong, with what. The HTTP status and problem document of each are in `problem.rs`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The path exists, the method doesn't fit.
    #[error("{method} is not possible here; use {allowed}")]
    MethodNotAllowed {
        /// What was sent.
        method: String,
        /// What would work.
        allowed: &'static str,
    },
    /// Nothing is served here, or the thing is not there.
    #[error("{what} is not here")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The request's body is over the limit.
    #[error("the body is larger than {limit} bytes; send less")]
    BodyTooLarge {
        /// Most bytes that are taken.
        limit: usize,
    },
    /// The signature or token is missing or wrong. Says no more, so that a forger learns nothing.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Somebody has asked for more than the limits allow.
    #[error("this {who} has used up its {limit} units of a minute; try again in {wait_s} s")]
    TooManyRequests {
        /// Whom the limit is for: a source, an API key, a provider.
        who: &'static str,
        /// Units a minute.
        limit: u64,
        /// Seconds until there are more.
        wait_s: u64,
    },
    /// JSON that can't be read.
    #[error("{what} is not what was expected, at line {line}, column {column}: {reason}")]
    MalformedJson {
        /// What was being read.
        what: &'static str,
        /// 1 for the first line.
        line: usize,
        /// 1 for the first column.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// A request that is not JSON, or JSON with a value that can't be.
    #[error("{what} is malformed: {reason}")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The registry of the configured chain knows no such model.
    #[error("model {0} is not registered on this chain; register it or ask for another")]
    UnknownModel(B256),
    /// A model that is registered but can't be run here.
    #[error("model {model} cannot be run here: {reason}")]
    ModelUnusable {
        /// Which model.
        model: B256,
        /// Why not.
        reason: String,
    },
    /// The model exists, the input doesn't fit it.
    #[error("the input does not fit the model: {0}")]
    BadInput(String),
    /// An output that the form of answer has no room for.
    #[error("the output has {length} bytes, and mode `abi` has room for {most}; ask in mode `hash` or `json`")]
    OutputTooLong {
        /// The output's bytes.
        length: usize,
        /// Most bytes that there is room for.
        most: usize,
    },
    /// The hub's request is not what the job says, or not ours to answer.
    #[error("request {request} cannot be answered: {reason}")]
    Unanswerable {
        /// Which request.
        request: B256,
        /// Why not.
        reason: String,
    },
    /// The work took longer than its lease; whoever has the lease now does it.
    #[error("the lease of job {0} is over; sweep will run it again")]
    LeaseOver(String),
    /// No endpoint answered.
    #[error("no JSON-RPC endpoint answered {method}: {reason}")]
    RpcUnreachable {
        /// The method asked for.
        method: String,
        /// What each endpoint said, by position; never its URL.
        reason: String,
        /// Whether all of them ran out of time.
        timed_out: bool,
    },
    /// The node answered with an error.
    #[error("the node refused {method}: {message} (code {code})")]
    RpcRefused {
        /// The method asked for.
        method: String,
        /// JSON-RPC error code.
        code: i64,
        /// The node's words, clipped.
        message: String,
        /// What a reverting contract returned.
        revert: Option<Vec<u8>>,
    },
    /// The node answered something that can't be.
    #[error("the node's answer to {method} makes no sense: {reason}")]
    RpcNonsense {
        /// The method asked for.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pinning service failed.
    #[error("pinning to {service} failed: {reason}")]
    Pin {
        /// Which service.
        service: &'static str,
        /// What it said, clipped.
        reason: String,
        /// Whether it ran out of time.
        timed_out: bool,
    },
    /// A pinning service keeps something else than was sent.
    #[error("{service} says that the content's address is {actual}, but it is {expected}; its word does not count")]
    CidMismatch {
        /// Which service.
        service: &'static str,
        /// Computed here.
        expected: String,
        /// What came back.
        actual: String,
    },
    /// Fewer pinning services hold the content than must.
    #[error("{held} pinning services hold the content, {needed} must: {reasons}")]
    PinQuorum {
        /// How many hold it.
        held: usize,
        /// How many must.
        needed: usize,
        /// Why each of the others doesn't.
        reasons: String,
        /// Whether all of these ran out of time.
        timed_out: bool,
    },
    /// The next function in the pipeline failed.
    #[error("{function} answered {status}: {detail}")]
    Function {
        /// Which function.
        function: &'static str,
        /// Its HTTP status.
        status: u16,
        /// Its problem document's detail.
        detail: String,
    },
    /// The next function in the pipeline could not be reached.
    #[error("{function} cannot be reached: {reason}")]
    FunctionUnreachable {
        /// Which function.
        function: &'static str,
        /// Why.
        reason: PlatformError,
    },
    /// Too many transactions of this sender are unconfirmed.
    #[error("{0} transactions of the sender are unconfirmed; try again when some are mined")]
    OutboxFull(u64),
    /// Others got each nonce that the caller took, or it was too slow to use them.
    #[error("lost {0} nonces in a row to other transactions or to slowness; sweep will send again")]
    NonceLost(usize),
    /// The sender can't pay.
    #[error("sender {0} has too little ether for the transaction; fund it, sweep will send again")]
    Underfunded(Address),
    /// A bond is larger than what the sender has staked and not locked.
    #[error(
        "request {request} needs a bond of {needed} wei and sender {sender} has only {free} wei of free stake in the \
         hub; stake {} wei more, sweep will try again", needed.saturating_sub(**free)
    )]
    StakeTooLow {
        /// Which request.
        request: B256,
        /// The account that would propose.
        sender: Address,
        /// Its stake that no bond locks, in wei.
        free: Box<U256>,
        /// The bond, in wei.
        needed: Box<U256>,
    },
    /// What the hub asks for a picture is more than this operator is ready to pay.
    #[error(
        "the hub's fee for {contract} is {fee} wei, more than max_fee_wei allows ({most}); raise it if that is right"
    )]
    FeeTooHigh {
        /// The collection.
        contract: Address,
        /// The fee, in wei.
        fee: Box<U256>,
        /// The most that is paid, in wei.
        most: Box<U256>,
    },
    /// Gas costs more than this operator is ready to pay.
    #[error(
        "a unit of gas costs {fee} wei now, more than max_gas_fee_wei allows ({most}); raise it if that is right, or wait: \
         sweep will send again"
    )]
    GasTooDear {
        /// The next block's base fee and a usual tip, in wei.
        fee: u128,
        /// The most that is paid, in wei.
        most: u128,
    },
    /// A setting is missing or wrong.
    #[error("setting {name:?} {reason}")]
    Config {
        /// Which setting.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The platform failed under us.
    #[error(transparent)]
    Platform(PlatformError),
    /// A bug, or a store whose content was tampered with.
    #[error("{0}")]
    Internal(String),
}

impl From<PlatformError> for Box<Error> {
    fn from(error: PlatformError) -> Self {
        Self::new(Error::Platform(error))
    }
}

impl Error {
    /// A [`Error::MalformedJson`] with the place that serde found.
    pub(crate) fn json(what: &'static str, error: &serde_json::Error) -> Box<Self> {
        // serde_json's text ends in " at line x column y", which we say ourselves.
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default();
        let reason = crate::http::clip(reason, 200);
        Box::new(Self::MalformedJson { what, line: error.line(), column: error.column(), reason })
    }

    /// The four bytes that name the custom error with which a contract reverted.
    pub fn revert_selector(&self) -> Option<[u8; 4]> {
        match self {
            Self::RpcRefused { revert: Some(data), .. } => data.get(..4)?.try_into().ok(),
            _ => None,
        }
    }

    /// Whether a contract reverted, with or without a reason.
    pub fn is_revert(&self) -> bool {
        matches!(self, Self::RpcRefused { code, message, revert, .. }
            if revert.is_some() || *code == 3 || message.contains("revert"))
    }
}
