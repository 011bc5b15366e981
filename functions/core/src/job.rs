//! A piece of work, and the lease under which one worker at a time has it.
//!
//! A job is taken by a claim on its id, so a second webhook about it finds it taken. The claim says nothing about
//! time, so the record beside it does: when a job was taken more than [`LEASE_MS`] ago and its event is still
//! unanswered on the chain, its worker is taken for dead and sweep may claim the next *attempt*. Attempts are
//! numbered by the leases that have gone by, so a claimant that dies between its claim and its record only costs one
//! more lease, never the job. A worker in turn never signs after [`BUDGET_MS`], which is shorter than the lease.
//!
//! Two workers on one job are possible if a clock or a store stalls at the worst moment; the chain, which answers
//! each request once, is what makes that harmless.

mod blocks;
mod errand;
mod fields;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

pub use blocks::retract;
pub use errand::{send_out, wake};
pub(crate) use fields::{Fields, Kind, Unfit, need};

use crate::error::{Error, Result};
use crate::platform::Platform;

/// Stands for a tile's number where all leaves of a picture's tree are demanded: the hub's `LEAVES`.
pub const LEAVES: u32 = u32::MAX - 1;
/// How long a job is its worker's.
pub const LEASE_MS: u64 = 20_000;
/// How long a worker may take from taking a job to signing its answer.
pub const BUDGET_MS: u64 = 16_000;
/// How soon a job may be taken again whose worker has said that it failed.
const RETRY_MS: u64 = 3_000;
/// How long a job is left alone once it is believed that it can't be done; twice as long after each further try. What
/// looks final may pass: somebody mends a setting, or brings a file to where it was looked for.
const REFUSED_MS: u64 = 60_000;
/// The longest that such a job is left alone.
const LONGEST_REFUSED_MS: u64 = 3_600_000;
/// Tries that must have ended in an error which is final before it is believed (a node that lags behind can't know a
/// new model). They are at least a lease apart.
const BELIEVED_AFTER: u32 = 2;
/// Attempts before the newest one that are looked through for claims without a record.
const UNRECORDED: u64 = 16;

/// One piece of work; its JSON form is in `docs/protocol.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase", try_from = "Fields")]
pub enum Job {
    /// Draw a token's seed once its block is there.
    Draw {
        /// The chain's id.
        chain_id: u64,
        /// The collection.
        contract: Address,
        /// The token, in decimal.
        #[serde(serialize_with = "decimal::serialize")]
        token_id: U256,
        /// The block whose hash becomes the seed.
        draw_block: u64,
    },
    /// Run a model on a request's input and answer the request.
    Infer {
        /// The chain's id.
        chain_id: u64,
        /// The hub that took the request.
        hub: Address,
        /// The request.
        request_id: B256,
        /// The model version asked.
        model_id: B256,
        /// The contract that asked.
        consumer: Address,
        /// What it asked.
        input: Bytes,
        /// The assurance level asked for, as the hub numbers it.
        level: u8,
        /// The last second (Unix time) at which an answer is taken.
        deadline: u64,
    },
    /// Make a bonded answer final once its challenge window has passed.
    Finalise {
        /// The chain's id.
        chain_id: u64,
        /// The hub.
        hub: Address,
        /// The request that was answered.
        request_id: B256,
        /// The last second (Unix time, the chain's) at which the answer can be challenged.
        final_after: u64,
        /// The answer.
        output: Bytes,
    },
    /// Show a tile of a bonded picture, or the leaves of its tree, which somebody wants to see.
    Show {
        /// The chain's id.
        chain_id: u64,
        /// The hub.
        hub: Address,
        /// The request that was answered with the picture.
        request_id: B256,
        /// The tile's number, row by row; [`LEAVES`] for the leaves.
        index: u32,
        /// The last second (Unix time) at which it can be shown.
        answer_by: u64,
    },
    /// Give evidence of a higher level for an accepted answer.
    Raise {
        /// The chain's id.
        chain_id: u64,
        /// The hub.
        hub: Address,
        /// The request that was answered.
        request_id: B256,
        /// The level wanted, as the hub numbers it.
        level: u8,
        /// The last second (Unix time) at which the evidence is taken.
        deadline: u64,
    },
    /// Hand an accepted answer to its consumer, whose callback failed when it was accepted.
    Deliver {
        /// The chain's id.
        chain_id: u64,
        /// The hub.
        hub: Address,
        /// The request that was answered.
        request_id: B256,
    },
}

impl Job {
    /// What the job is known by; the same event always gives the same id.
    pub fn id(&self) -> String {
        match self {
            Self::Draw { contract, token_id, draw_block, .. } => draw_id(*contract, *token_id, *draw_block),
            Self::Infer { request_id, .. } => request_id.to_string(),
            Self::Finalise { request_id, final_after, .. } => finalise_id(*request_id, *final_after),
            Self::Show { request_id, index, answer_by, .. } => show_id(*request_id, *index, *answer_by),
            Self::Raise { request_id, level, deadline, .. } => raise_id(*request_id, *level, *deadline),
            Self::Deliver { request_id, .. } => deliver_id(*request_id),
        }
    }
}

/// The id of a draw job.
pub fn draw_id(contract: Address, token_id: U256, draw_block: u64) -> String {
    format!("draw:{contract:#x}:{token_id}:{draw_block}")
}

/// The id of a finalise job.
pub fn finalise_id(request_id: B256, final_after: u64) -> String {
    format!("finalise:{request_id}:{final_after}")
}

/// The id of a show job.
pub fn show_id(request_id: B256, index: u32, answer_by: u64) -> String {
    format!("show:{request_id}:{index}:{answer_by}")
}

/// The id of a raise job.
pub fn raise_id(request_id: B256, level: u8, deadline: u64) -> String {
    format!("raise:{request_id}:{level}:{deadline}")
}

/// The id of a deliver job.
pub fn deliver_id(request_id: B256) -> String {
    format!("deliver:{request_id}")
}

/// U256 as a decimal string, as token ids are written.
pub(crate) mod decimal {
    use super::U256;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<U256>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let number = U256::from_str_radix(&text, 10);
        number.map(Some).map_err(|_| D::Error::custom("not a decimal number of up to 256 bits"))
    }
}

/// What the store knows of a job that was taken and isn't settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The job itself, as it was taken.
    pub job: Job,
    /// When, in milliseconds since 1970.
    pub taken_ms: u64,
    /// 0 for the worker that the webhook started; counts up with the leases that went by.
    pub attempt: u64,
    /// Why this job can't be done, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// How many tries ended in the answer that it can't be done.
    #[serde(default)]
    pub refusals: u32,
    /// Which server that runs models was given it, and when, as [`crate::remote`] says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<String>,
    /// The blocks in which its event was told, by their hashes, and that weren't taken back; no more than a few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<B256>,
}

impl Taken {
    fn new(job: &Job, taken_ms: u64, block: Option<B256>) -> Self {
        let (job, blocks) = (job.clone(), block.into_iter().collect());
        Self { job, taken_ms, attempt: 0, refused: None, refusals: 0, errand: None, blocks }
    }

    /// How many leases, or pauses of a job that can't be done, have gone by since it was taken.
    fn leases(&self, now_ms: u64) -> u64 {
        let doublings = self.refusals.saturating_sub(BELIEVED_AFTER).min(u64::BITS / 2);
        let lease = match self.refused {
            Some(_) => (REFUSED_MS << doublings).min(LONGEST_REFUSED_MS),
            None => LEASE_MS,
        };
        now_ms.saturating_sub(self.taken_ms) / lease
    }
}

fn record_key(id: &str) -> String {
    format!("job:{id}")
}

fn claim_key(id: &str, attempt: u64) -> String {
    format!("claim:job:{id}:{attempt}")
}

fn note_key(id: &str) -> String {
    format!("job:note:{id}")
}

fn answer_key(id: &str) -> String {
    format!("job:answer:{id}")
}

/// Keeps what a worker must know about a job when it comes back to it, until the job is settled.
///
/// # Errors
/// If the store fails.
pub async fn note(platform: &impl Platform, id: &str, note: &[u8]) -> Result<()> {
    Ok(platform.set(&note_key(id), note).await?)
}

/// Reads a [`note`].
///
/// # Errors
/// If the store fails.
pub async fn noted(platform: &impl Platform, id: &str) -> Result<Option<Vec<u8>>> {
    Ok(platform.get(&note_key(id)).await?)
}

/// Keeps a job's answer, which waits for the chain, until the job is settled or no longer wanted.
///
/// # Errors
/// If the store fails.
pub async fn keep_answer(platform: &impl Platform, id: &str, answer: &[u8]) -> Result<()> {
    Ok(platform.set(&answer_key(id), answer).await?)
}

/// Reads a [kept answer](keep_answer).
///
/// # Errors
/// If the store fails.
pub async fn kept_answer(platform: &impl Platform, id: &str) -> Result<Option<Vec<u8>>> {
    Ok(platform.get(&answer_key(id)).await?)
}

/// Reads a job's record.
///
/// # Errors
/// If the store fails, or the record isn't one.
pub async fn taken(platform: &impl Platform, id: &str) -> Result<Option<Taken>> {
    let Some(bytes) = platform.get(&record_key(id)).await? else { return Ok(None) };
    crate::json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| Error::Internal(format!("the record of job {id} cannot be read: {e}")).into())
}

async fn record(platform: &impl Platform, taken: &Taken) -> Result<()> {
    let bytes = serde_json::to_vec(taken).map_err(|e| Error::Internal(format!("a job has no JSON form: {e}")))?;
    Ok(platform.set(&record_key(&taken.job.id()), &bytes).await?)
}

/// Takes a job for the first time, whose event was told in this block. False if it was ever taken before.
///
/// # Errors
/// If the store fails; a claim may then have been spent, and sweep takes the job.
pub async fn take(platform: &impl Platform, job: &Job, block: Option<B256>) -> Result<bool> {
    let is_new = platform.claim(&claim_key(&job.id(), 0)).await?;
    if is_new {
        record(platform, &Taken::new(job, platform.now_ms(), block)).await?;
    } else if let Some(block) = block {
        blocks::tell(platform, &job.id(), block).await?;
    }
    Ok(is_new)
}

/// Takes a job whose worker is dead or never was. False if somebody may be at work on it, or if it was refused not
/// long ago.
///
/// # Errors
/// If the store fails.
pub async fn retake(platform: &impl Platform, job: &Job) -> Result<bool> {
    let id = job.id();
    let now = platform.now_ms();
    let fresh = Taken::new(job, now, None);
    let Some(last) = taken(platform, &id).await? else {
        let first = platform.claim(&claim_key(&id, 0)).await?;
        // If another has the claim and no record, it is about to write one or died; the lease begins now.
        record(platform, &fresh).await?;
        return Ok(first);
    };
    let leases = last.leases(now);
    if leases == 0 {
        return Ok(false);
    }
    let (before, attempt) = (last.attempt, last.attempt + leases);
    if !platform.claim(&claim_key(&id, attempt)).await? {
        return Ok(false);
    }
    record(platform, &Taken { attempt, refusals: last.refusals, errand: last.errand, blocks: last.blocks, ..fresh })
        .await?;
    forget_attempts(platform, &id, before, attempt).await?;
    Ok(true)
}

/// Removes the claims on a job that nobody goes on with, but for the first.
async fn forget_claims(platform: &impl Platform, id: &str, last: &Taken) -> Result<()> {
    forget_attempts(platform, id, last.attempt, last.attempt + last.leases(platform.now_ms()) + 1).await
}

/// Removes the claims of attempts that are over: the recorded one, and those before `next` whose claimants may have
/// died before their record. The first attempt's stays, since by it a webhook that comes again is known.
async fn forget_attempts(platform: &impl Platform, id: &str, recorded: u64, next: u64) -> Result<()> {
    let unrecorded = next.saturating_sub(UNRECORDED).max(recorded + 1)..next;
    for attempt in std::iter::once(recorded).chain(unrecorded).filter(|&attempt| attempt > 0) {
        platform.delete(&claim_key(id, attempt)).await?;
    }
    Ok(())
}

/// Gives a job back before its lease is over, since its worker has failed and is done with it.
///
/// # Errors
/// If the store fails.
pub async fn give_back(platform: &impl Platform, id: &str) -> Result<()> {
    let Some(last) = taken(platform, id).await? else { return Ok(()) };
    let taken_ms = last.taken_ms.min((platform.now_ms() + RETRY_MS).saturating_sub(LEASE_MS));
    record(platform, &Taken { taken_ms, ..last }).await
}

/// Notes that a try failed in a way that can't get better. The next one is at least a lease away; and once this is sure,
/// further away each time.
///
/// # Errors
/// If the store fails.
pub async fn refuse(platform: &impl Platform, id: &str, why: &Error) -> Result<()> {
    let Some(last) = taken(platform, id).await? else { return Ok(()) };
    let refusals = last.refusals.saturating_add(1);
    let refused = (refusals >= BELIEVED_AFTER).then(|| why.to_string());
    record(platform, &Taken { taken_ms: platform.now_ms(), refused, refusals, ..last }).await
}

/// Forgets a job that the chain shows as done. The first claim stays for a while, so that a webhook which is
/// delivered again is still known; [`forget`] removes it.
///
/// # Errors
/// If the store fails.
pub async fn settle(platform: &impl Platform, id: &str) -> Result<()> {
    let Some(last) = taken(platform, id).await? else { return Ok(()) };
    forget_claims(platform, id, &last).await?;
    for key in [note_key(id), answer_key(id), record_key(id)] {
        platform.delete(&key).await?;
    }
    Ok(())
}

/// Whether a job that was taken is still somebody's: it isn't settled, and the chain didn't take its event back.
///
/// # Errors
/// If the store fails.
pub async fn is_wanted(platform: &impl Platform, id: &str) -> Result<bool> {
    Ok(platform.get(&record_key(id)).await?.is_some())
}

/// Removes the last trace of a job that was settled long ago.
///
/// # Errors
/// If the store fails.
pub async fn forget(platform: &impl Platform, id: &str) -> Result<()> {
    settle(platform, id).await?;
    Ok(platform.delete(&claim_key(id, 0)).await?)
}

#[cfg(test)]
mod tests;
