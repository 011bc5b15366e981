//! The last step: asks the chain whether the answer is still wanted, signs it, sends it.
//!
//! The only function that holds keys, and it has no address outside. It takes nothing on trust that the chain can
//! tell: what is signed for a request names the model and input that the chain says were asked.

mod answer;
mod art;
mod attest;
mod bond;
mod deliver;
mod due;
mod execute;
mod finalise;
mod fulfil;
mod payer;
mod quorum;
mod ready;
mod standing;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use answer::Named;
pub use attest::ATTESTATIONS;
pub use due::finish_when_due;
pub(crate) use due::{Status, forget_unknown, status};
pub use finalise::Part;
use finalise::Shown;
pub use payer::payers;
pub use ready::ready;

use crate::config::{self, key};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::http::{Request, Response};
use crate::job::{self, Job, decimal};
use crate::outbox::{Earlier, Healed, Market, Outbox, Sent, Transaction};
use crate::platform::Platform;
use crate::rpc::Rpc;
use crate::senders::{Senders, Subject};
use crate::together::join_all;

/// The component's name.
pub const FUNCTION: &str = "callback";
/// Where the outboxes of all senders are repaired; below it, by address, that of one.
pub const OUTBOX: &str = "/outbox";

/// What to do on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", rename_all_fields = "camelCase", try_from = "Named")]
pub enum Answer {
    /// Answer a request with a receipt, and a bond if its level wants one.
    Fulfil {
        /// The job that was done.
        job: Job,
        /// The answer.
        output: Bytes,
        /// SHA-256 of the pinned document that describes it.
        content_hash: B256,
    },
    /// Have the contract answer a request by itself.
    Execute {
        /// The job; the contract needs its input.
        job: Job,
    },
    /// Make a bonded answer final.
    Finalise {
        /// A finalise job.
        job: Job,
    },
    /// Show a part of a bonded picture.
    Show {
        /// A show job.
        job: Job,
        /// What the picture was asked with.
        input: Bytes,
        /// The answer.
        output: Bytes,
        /// The part.
        part: Part,
    },
    /// Hand an accepted answer to its consumer.
    Deliver {
        /// A deliver job.
        job: Job,
        /// The answer.
        output: Bytes,
    },
    /// Draw a token's seed.
    Draw {
        /// A draw job.
        job: Job,
    },
    /// Ask anew for a token's picture, whose request ran out.
    Renew {
        /// The collection.
        contract: Address,
        /// The token.
        #[serde(serialize_with = "decimal::serialize")]
        token_id: U256,
        /// The request that ran out.
        request_id: B256,
    },
}

/// What became of an [`Answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// A node has the transaction.
    Sent {
        /// Its hash.
        transaction: B256,
        /// Its nonce.
        nonce: u64,
    },
    /// The transaction is kept and will be sent; no node could be reached to take it.
    Kept {
        /// Its hash.
        transaction: B256,
        /// Its nonce.
        nonce: u64,
    },
    /// The answer is bonded and waits for challenges, or shown and waits for others'.
    Proposed,
    /// The chain wants this no more: it is done, or it ran out.
    Settled,
    /// The chain knows nothing of it (yet, or any more).
    Unknown,
    /// The seed's block isn't there yet, the request not deep enough in the chain, the challenge window still open, or
    /// answers not to be shown yet.
    Early,
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Self {
        let Sent { hash: transaction, nonce, broadcast } = sent;
        if broadcast { Self::Sent { transaction, nonce } } else { Self::Kept { transaction, nonce } }
    }
}

impl Outcome {
    fn status(&self) -> u16 {
        match self {
            Self::Sent { .. } | Self::Settled => 200,
            Self::Kept { .. } | Self::Proposed | Self::Unknown | Self::Early => 202,
        }
    }
}

/// What the steps of this function share.
struct Desk<'a, P> {
    platform: &'a P,
    rpc: Rpc<P>,
    /// Whose turn it is.
    outbox: Outbox<P>,
    /// The other senders of the pool.
    others: Vec<Outbox<P>>,
    chain_id: u64,
    hub: Address,
    consumers: Vec<Address>,
}

impl<'a, P: Platform> Desk<'a, P> {
    async fn open(platform: &'a P, subject: Subject) -> Result<Self> {
        let rpc = Rpc::configured(platform).await?;
        let chain_id = config::chain_id(platform).await?;
        let senders = Senders::configured(platform).await?;
        let payer = senders.payer(subject).address();
        let mut others = outboxes(platform, &rpc, chain_id, &senders).await?;
        let place = others.iter().position(|outbox| outbox.sender() == payer).unwrap_or_default();
        Ok(Self {
            platform,
            outbox: others.swap_remove(place),
            others,
            rpc,
            chain_id,
            hub: config::hub(platform).await?,
            consumers: config::consumers(platform).await?,
        })
    }

    /// Whether an account is a sender of the pool.
    fn is_ours(&self, account: Address) -> bool {
        self.others.iter().chain([&self.outbox]).any(|outbox| outbox.sender() == account)
    }

    /// Only collections that are served get our ether.
    fn check_served(&self, chain_id: u64, contract: Address) -> Result<()> {
        if chain_id == self.chain_id && self.consumers.contains(&contract) {
            return Ok(());
        }
        Err(Error::BadInput(format!("contract {contract} on chain {chain_id} is not served here")).into())
    }

    fn check_hub(&self, chain_id: u64, hub: Address, request: B256) -> Result<()> {
        if (chain_id, hub) == (self.chain_id, self.hub) {
            return Ok(());
        }
        let reason = format!("hub {hub} on chain {chain_id} is not served here");
        Err(Error::Unanswerable { request, reason }.into())
    }

    /// Sends a call, unless an earlier try is on its way. One that was mined before the chain was asked has failed, or
    /// its block was dropped: another try is right.
    async fn send(&self, transaction: &Transaction, market: Market, until: Until) -> Result<Outcome> {
        if let Earlier::InFlight(sent) = self.outbox.earlier(&transaction.id, &market).await? {
            return Ok(sent.into());
        }
        if let Some(sent) = self.elsewhere(&transaction.id).await? {
            return Ok(sent.into());
        }
        until.check(self.platform.now_ms(), &transaction.id)?;
        Ok(self.outbox.send(transaction, market).await?.into())
    }

    /// The same call on its way from another sender of the pool, whose turn it was before the pool was changed.
    async fn elsewhere(&self, id: &str) -> Result<Option<Sent>> {
        let noted = join_all(self.others.iter().map(|outbox| outbox.has_note(id))).await;
        for (outbox, noted) in self.others.iter().zip(noted) {
            if noted? && let Earlier::InFlight(sent) = outbox.earlier(id, &outbox.market().await?).await? {
                return Ok(Some(sent));
            }
        }
        Ok(None)
    }
}

/// The outboxes of all senders.
async fn outboxes<P: Platform>(platform: &P, rpc: &Rpc<P>, chain_id: u64, senders: &Senders) -> Result<Vec<Outbox<P>>> {
    let most = config::max_gas_fee(platform).await?;
    Ok(senders.iter().map(|key| Outbox::new(platform, rpc, chain_id, key.clone(), most)).collect())
}

/// The callback component: `POST /answers`, `POST /attestations`, `POST /outbox`, `POST /outbox/{sender}`.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    let result = match request.path.as_str() {
        "/answers" => answers(platform, &request).await,
        ATTESTATIONS => attest::attest(platform, &request).await,
        path if path == OUTBOX || payer::sender_of(path).is_some() => outbox(platform, &request).await,
        _ => Err(request.not_found()),
    };
    result.unwrap_or_else(Response::from)
}

async fn answers<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let until = Until::of(request, platform.now_ms());
    let answer = Answer::read(&request.body)?;
    let desk = Desk::open(platform, answer.subject()).await?;
    let outcome = match answer {
        Answer::Fulfil { ref job, ref output, content_hash } => {
            let outcome = desk.fulfil(job, output, content_hash, until).await?;
            ready::keep_if_early(platform, job, &answer, outcome).await?
        }
        Answer::Execute { ref job } => {
            let outcome = desk.execute(job, until).await?;
            ready::keep_if_early(platform, job, &answer, outcome).await?
        }
        Answer::Finalise { job } => desk.finalise(&job, until).await?,
        Answer::Show { job, input, output, part } => desk.show(&job, Shown { input, output, part }, until).await?,
        Answer::Deliver { job, output } => desk.deliver(&job, &output, until).await?,
        Answer::Draw { job } => desk.draw(&job, until).await?,
        Answer::Renew { contract, token_id, request_id } => desk.renew(contract, token_id, request_id, until).await?,
    };
    Response::json(outcome.status(), &outcome)
}

/// Repairs the outbox of each sender, or of the one that the path names; sweep asks for it, since only this function can
/// sign. What is wrong with one sender's must not keep the others' from being repaired.
async fn outbox<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let asked = payers(platform, &request.path, &[]).await?;
    let rpc = Rpc::configured(platform).await?;
    let senders = Senders::configured(platform).await?;
    let outboxes = outboxes(platform, &rpc, config::chain_id(platform).await?, &senders).await?;
    let asked = outboxes.iter().filter(|outbox| asked.contains(&outbox.sender()));
    let all = join_all(asked.map(Outbox::heal)).await;
    Response::json(200, &all.into_iter().sum::<Result<Healed>>()?)
}

/// Notes that the chain shows a job as done.
async fn settled(platform: &impl Platform, job: &Job) -> Result<Outcome> {
    job::settle(platform, &job.id()).await?;
    Ok(Outcome::Settled)
}

#[cfg(test)]
mod tests;
