//! The watcher's work: runs a bonded answer's model again, and proves a wrong answer wrong on chain in one transaction.
//!
//! Answers at level Optimistic are right if one watcher looks at each while it can be challenged. All that this one needs
//! is a node: model and question are on chain. The gateway matters for wrong pictures alone, and if it has not what was
//! claimed, its operator must show it on chain.

mod claimed;
mod demand;
mod fault;
mod judge;
mod models;
mod proposal;
mod watch;

use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use tokio::sync::{Mutex, Semaphore};
use verdigris_core::abi::IInferenceHub;
use verdigris_model::picture::Painter;

use crate::amount;
use crate::chain::{Chain, Mined};
use crate::error::CliError;
use fault::Fault;
use judge::Judgement;
use models::Models;
pub use proposal::Proposal;
pub use watch::watch;

/// How long one gateway may take, at most.
const GATEWAY_PATIENCE: Duration = Duration::from_secs(20);

/// How many pictures are fetched at once.
const FETCHED_AT_ONCE: usize = 8;

/// What is watched, and with which means.
pub struct Watch {
    /// The chain.
    pub chain: Chain,
    /// The hub whose answers are checked.
    pub hub: Address,
    /// Where pictures are sought, in this order.
    pub gateways: Vec<String>,
    /// Pays for challenges and is paid for them; none to look only.
    pub key: Option<PrivateKeySigner>,
    /// The hub's first block.
    pub first_block: u64,
    /// How many blocks the node searches at once.
    pub span: u64,
}

/// Who watches.
pub struct Watcher {
    watch: Watch,
    models: Models,
    /// How many pictures are drawn at once.
    drawing: Semaphore,
    /// How many pictures are fetched at once: each may take some hundred megabytes, and its gateway's time.
    fetching: Semaphore,
    /// One transaction after the other, so that no two take the same number.
    sending: Mutex<()>,
}

impl std::ops::Deref for Watcher {
    type Target = Watch;

    fn deref(&self) -> &Watch {
        &self.watch
    }
}

/// What came of an examination.
#[derive(Debug)]
pub enum Outcome {
    /// The answer is right.
    Right,
    /// It was wrong, and is struck down.
    Struck {
        /// What was wrong with it.
        what: String,
        /// The challenge.
        transaction: B256,
        /// What it took.
        gas: U64,
        /// What the challenger earned, in wei.
        reward: U256,
    },
    /// It could not stand, and is void: the request is open again.
    Voided {
        /// Why not.
        what: String,
        /// What voided it.
        transaction: B256,
    },
    /// It is wrong, and nobody was to do anything about it.
    Wrong(String),
    /// It is wrong, or can't be judged, and can't be challenged either.
    Unprovable(String),
    /// It no longer waits for challenges.
    Over,
}

impl Outcome {
    /// Whether nothing is wrong with the answer.
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Right | Self::Over)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Right => write!(f, "✓ right"),
            Self::Struck { what, transaction, gas, reward } => {
                let reward = amount::ether(*reward);
                write!(f, "✗ wrong: {what}; struck down with {gas} gas in transaction {transaction}, {reward} earned")
            }
            Self::Voided { what, transaction } => write!(f, "✗ void: {what} (transaction {transaction})"),
            Self::Wrong(what) => write!(f, "✗ wrong: {what}"),
            Self::Unprovable(what) => write!(f, "! {what}"),
            Self::Over => write!(f, "no longer waits for challenges"),
        }
    }
}

impl Watcher {
    /// A watcher who has seen nothing yet.
    pub fn new(watch: Watch) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (drawing, fetching) = (Semaphore::new(cores), Semaphore::new(FETCHED_AT_ONCE));
        Self { watch, models: Models::default(), drawing, fetching, sending: Mutex::default() }
    }

    /// Examines a proposal, and challenges it if it is wrong. After an error, it can be examined again.
    pub async fn examine(&self, proposal: &Proposal) -> Result<Outcome, CliError> {
        if !self.stands(proposal).await? {
            return Ok(Outcome::Over);
        }
        let input = proposal.input(self).await?;
        let model = self.models.get(&self.chain, self.hub, proposal.model_id).await?;
        let (question, output) = (input.clone(), proposal.output.clone());
        let judge = move || judge::judge(&model.model.task, &model.network, &question, &output);
        let judged = background(&self.drawing, judge).await?;
        let case = Case { watcher: self, proposal, input };
        match judged {
            Judgement::Right => Ok(Outcome::Right),
            Judgement::WrongOutput { reason } | Judgement::Unanswerable { reason } => {
                case.challenge_output(reason).await
            }
            Judgement::WrongPicture { painter, size, root, image_cid } => {
                match case.find_fault(painter.clone(), size, root, &image_cid).await? {
                    Ok(fault) => case.challenge_pixel(fault).await,
                    Err(why) => case.demand(&painter, size, root, why).await,
                }
            }
            Judgement::Unprovable { reason } => Ok(Outcome::Unprovable(reason)),
        }
    }

    /// Whether the proposal still waits for challenges.
    async fn stands(&self, proposal: &Proposal) -> Result<bool, CliError> {
        let now = self.pending(proposal.request_id).await?;
        let is_it = now.proposer == proposal.proposer && now.outputHash == proposal.output_hash();
        Ok(is_it && self.chain.now().await? <= now.finalAfter)
    }

    async fn pending(&self, request_id: B256) -> Result<IInferenceHub::Proposal, CliError> {
        self.chain.read(self.hub, &IInferenceHub::proposalOfCall { requestId: request_id }).await
    }
}

/// A proposal under examination, with what was asked.
struct Case<'a> {
    watcher: &'a Watcher,
    proposal: &'a Proposal,
    input: Bytes,
}

impl Case<'_> {
    /// The contract runs the model itself.
    async fn challenge_output(&self, what: String) -> Result<Outcome, CliError> {
        let challenge = IInferenceHub::challengeOutputCall {
            requestId: self.proposal.request_id,
            input: self.input.clone(),
            output: self.proposal.output.clone(),
        };
        self.strike(&challenge, what).await
    }

    /// Finds a wrong pixel in what was claimed; the inner error says why that isn't to be had.
    async fn find_fault(
        &self,
        painter: Box<Painter>,
        size: u16,
        root: B256,
        image_cid: &[u8],
    ) -> Result<Result<Fault, String>, CliError> {
        let Watcher { watch: Watch { chain, gateways, .. }, fetching, drawing, .. } = self.watcher;
        let left = self.watcher.pending(self.proposal.request_id).await?.finalAfter.saturating_sub(chain.now().await?);
        // Half of the time is for the challenge.
        let patience = GATEWAY_PATIENCE.min(Duration::from_secs(left.max(2)) / 2);
        let fetched = tokio::time::timeout(patience, async {
            let _turn = fetching.acquire().await;
            claimed::fetch(gateways, image_cid, size, root, patience).await
        });
        let claimed = match fetched.await.unwrap_or_else(|_| Err("no gateway had it in time".into())) {
            Ok(claimed) => claimed,
            Err(reason) => return Ok(Err(format!("the picture is not to be had: {reason}"))),
        };
        match background(drawing, move || fault::first(&painter, &claimed)).await? {
            Ok(fault) => Ok(fault.ok_or_else(|| "no pixel of it is wrong".into())),
            Err(error) => Err(CliError::malformed("the claimed picture", error)),
        }
    }

    /// The contract draws one pixel itself.
    async fn challenge_pixel(&self, fault: Fault) -> Result<Outcome, CliError> {
        let what = fault.to_string();
        let challenge = IInferenceHub::challengePixelCall {
            requestId: self.proposal.request_id,
            input: self.input.clone(),
            output: self.proposal.output.clone(),
            opening: fault.opening,
            column: fault.column,
            row: fault.row,
        };
        self.strike(&challenge, what).await
    }

    /// Sends a challenge, and sees what the hub makes of it.
    async fn strike(&self, challenge: &impl SolCall, what: String) -> Result<Outcome, CliError> {
        let Some(mined) = self.send(challenge, U256::ZERO).await? else { return Ok(Outcome::Wrong(what)) };
        let transaction = mined.transaction_hash;
        let proved = mined.logs.iter().find_map(|log| IInferenceHub::FraudProved::decode_log(&log.inner).ok());
        Ok(match proved {
            Some(proved) => {
                let reward = proved.bond / U256::from(2);
                Outcome::Struck { what, transaction, gas: mined.gas_used, reward }
            }
            None => Outcome::Voided { what, transaction },
        })
    }

    /// Sends a transaction to the hub; `None` for a watcher that only looks.
    async fn send(&self, call: &impl SolCall, value: U256) -> Result<Option<Mined>, CliError> {
        let Watcher { watch: Watch { chain, hub, key, .. }, sending, .. } = self.watcher;
        let Some(key) = key else { return Ok(None) };
        let data = call.abi_encode().into();
        let sent = {
            let _turn = sending.lock().await;
            chain.start(key, TxKind::Call(*hub), data, value).await?
        };
        chain.settle(key, sent).await.map(Some)
    }
}

/// Runs what takes long beside everything else, in its turn.
async fn background<T: Send + 'static>(
    turns: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CliError> {
    let _turn = turns.acquire().await;
    tokio::task::spawn_blocking(work).await.map_err(|error| CliError::Stack(format!("a check broke off: {error}")))
}
