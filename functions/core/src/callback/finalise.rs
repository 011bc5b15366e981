//! What a bonded answer of ours still needs: to be made final, and its tiles shown to whoever doubts them.
//!
//! Anyone may finalise any proposal. We do it for answers that were made here: that another's is right is not for us to
//! vouch for, and a wrong one must not be helped along. Who bonded it doesn't matter: somebody may have taken our receipt
//! out of our transaction and been first, and then leave it at that.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolError};
use serde::{Deserialize, Serialize};
use verdigris_model::picture::root_of;

use super::{Desk, Outcome, settled};
use crate::abi::IInferenceHub::{self, Half, Opening, Proposal, Status, finaliseCall, showLeavesCall, showTileCall};
use crate::chain::{self, Head};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::{Job, LEAVES};
use crate::outbox::{Market, Outbox, Transaction};
use crate::platform::Platform;

/// A tile's words, as the hub takes them.
const TILE_WORDS: usize = 6;

/// What can be demanded of a bonded picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// A tile with its path to the pixel root; without one if the picture has no such tile.
    Tile {
        /// 64 pixels, RGB.
        pixels: Bytes,
        /// The tile's siblings, from the leaves up.
        proof: Vec<B256>,
    },
    /// All leaves of the tree, in ascending order.
    Leaves(Vec<B256>),
}

/// A part, and the answer that it belongs to.
pub(super) struct Shown {
    pub(super) input: Bytes,
    pub(super) output: Bytes,
    pub(super) part: Part,
}

impl Shown {
    /// The calls of the hub that show it: one for a tile, one for each half of the leaves.
    fn calls(self, request_id: B256, index: u32) -> Vec<Bytes> {
        let Self { input, output, part } = self;
        match part {
            Part::Leaves(leaves) => [false, true]
                .map(|is_upper| {
                    let (half, input, output) = (half(&leaves, is_upper), input.clone(), output.clone());
                    showLeavesCall { requestId: request_id, input, output, half }.abi_encode().into()
                })
                .to_vec(),
            Part::Tile { pixels, proof } => {
                let mut words = pixels.chunks_exact(32).map(B256::from_slice);
                let tile: [B256; TILE_WORDS] = std::array::from_fn(|_| words.next().unwrap_or_default());
                let opening = Opening { index, tile, proof };
                vec![showTileCall { requestId: request_id, input, output, opening }.abi_encode().into()]
            }
        }
    }
}

/// Half of a tree's leaves, as the hub takes it.
fn half(leaves: &[B256], is_upper: bool) -> Half {
    let (lower, upper) = leaves.split_at(leaves.len() / 2);
    let (own, other) = if is_upper { (upper, lower) } else { (lower, upper) };
    let edge = if is_upper { other.last() } else { other.first() };
    Half {
        isUpper: is_upper,
        leaves: own.to_vec(),
        otherRoot: root_of(other.iter().map(|leaf| leaf.0)).into(),
        otherEdge: edge.copied().unwrap_or_default(),
    }
}

/// An answer that waits for challenges.
struct Pending {
    market: Market,
    head: Head,
    proposal: Proposal,
}

fn not_ours(request: B256, proposal: &Proposal) -> Box<Error> {
    let reason = format!("its answer was bonded by {} and not made here", proposal.proposer);
    Error::Unanswerable { request, reason }.into()
}

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn finalise(&self, job: &Job, until: Until) -> Result<Outcome> {
        let Job::Finalise { chain_id, hub, request_id, output, .. } = job else {
            return Err(Error::BadInput(format!("job {} has nothing to finalise", job.id())).into());
        };
        self.check_hub(*chain_id, *hub, *request_id)?;
        let Pending { market, head, proposal } = match self.pending(job, *request_id).await? {
            Ok(pending) => pending,
            Err(outcome) => return Ok(outcome),
        };
        if !self.is_ours(proposal.proposer) && !self.has_made(*request_id, proposal.outputHash).await? {
            return Err(not_ours(*request_id, &proposal));
        }
        if proposal.outputHash != keccak256(output) {
            return settled(self.platform, job).await; // Another answer took its place.
        }
        // Between two blocks the chain's time stands still, ours doesn't; the hub has the last word. Each tile that
        // somebody wants to see makes the window longer than the event said.
        let now = head.timestamp.to::<u64>().max(self.platform.now_ms() / 1000);
        if now <= proposal.finalAfter {
            return Ok(Outcome::Early);
        }
        let id = format!("finalise:{request_id}:{}", proposal.finalAfter);
        let data = finaliseCall { requestId: *request_id, output: output.clone() }.abi_encode().into();
        self.settle_by(job, Transaction::to(id, self.hub, data), market, until).await
    }

    pub(super) async fn show(&self, job: &Job, shown: Shown, until: Until) -> Result<Outcome> {
        let Job::Show { chain_id, hub, request_id, index, .. } = job else {
            return Err(Error::BadInput(format!("job {} has no tile to show", job.id())).into());
        };
        self.check_hub(*chain_id, *hub, *request_id)?;
        let Pending { market, proposal, .. } = match self.pending(job, *request_id).await? {
            Ok(pending) => pending,
            Err(outcome) => return Ok(outcome),
        };
        if !self.is_ours(proposal.proposer) {
            return Err(not_ours(*request_id, &proposal));
        }
        let no = |reason: &str| Box::new(Error::Unanswerable { request: *request_id, reason: reason.into() });
        if proposal.outputHash != keccak256(&shown.output) {
            return Err(no("the bonded picture is not the one that is drawn here"));
        }
        let mut outcome = Outcome::Early;
        for (number, call) in (0..).zip(shown.calls(*request_id, *index)) {
            let transaction = Transaction::to(format!("{}:{number}", job.id()), self.hub, call);
            match self.send(&transaction, market, until).await {
                // This half was shown; whether the other was, it says itself.
                Err(error)
                    if error.revert_selector() == Some(IInferenceHub::NotDemanded::SELECTOR)
                        && (*index, number) == (LEAVES, 0) => {}
                sent => outcome = self.settled_by(job, sent).await?,
            }
        }
        Ok(outcome)
    }

    /// The proposal that waits for challenges; or what the job comes to where none about a served consumer's request does.
    async fn pending(&self, job: &Job, request_id: B256) -> Result<Result<Pending, Outcome>> {
        let mut questions = self.outbox.questions()?;
        questions.push(chain::latest_block()?);
        questions.push(chain::request_of(self.hub, request_id)?);
        questions.push(chain::proposal_of(self.hub, request_id)?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let head = next()?.read()?;
        let asked = chain::read_request(next()?)?;
        let is_served = self.consumers.contains(&asked.request.consumer);
        match chain::read_proposal(next()?)? {
            _ if asked.status == Status::Unknown => Ok(Err(Outcome::Unknown)),
            Some(proposal) if is_served => Ok(Ok(Pending { market, head, proposal })),
            _ => settled(self.platform, job).await.map(Err),
        }
    }

    /// Sends the call that the job is about.
    async fn settle_by(&self, job: &Job, transaction: Transaction, market: Market, until: Until) -> Result<Outcome> {
        self.settled_by(job, self.send(&transaction, market, until).await).await
    }

    /// Reverts that mean that others were faster, or that it is too soon, are no errors.
    async fn settled_by(&self, job: &Job, sent: Result<Outcome>) -> Result<Outcome> {
        match sent {
            Err(error) => match error.revert_selector() {
                Some(IInferenceHub::WindowOpen::SELECTOR) => Ok(Outcome::Early),
                Some(
                    IInferenceHub::NoProposal::SELECTOR
                    | IInferenceHub::AlreadyAnswered::SELECTOR
                    | IInferenceHub::NotDemanded::SELECTOR,
                ) => settled(self.platform, job).await,
                _ => Err(error),
            },
            sent => sent,
        }
    }
}
