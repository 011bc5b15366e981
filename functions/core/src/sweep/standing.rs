//! Asks the chain about everything that may be open, and decides what is to be done about it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};

use super::scan::{Found, REORG_DEPTH};
use super::{Sweep, ToDo, Waiting, What};
use crate::abi::IInferenceHub::Status;
use crate::abi::ISeedArt::{self, Stage};
use crate::callback::Answer;
use crate::chain;
use crate::error::Result;
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::rpc::{Answer as RpcAnswer, Call};

/// Questions of one round trip.
const BATCH: usize = 50;

/// What the chain says about something.
enum Standing {
    /// Done, or it never was.
    Done,
    /// Nothing to do for now.
    Later,
    /// To be worked on.
    Open,
    /// A request that ran out, of this consumer.
    RanOut(Address),
}

impl<P: Platform> Sweep<'_, P> {
    /// What is still open of what waited and what was found, and what to do now. Jobs to do have been taken.
    pub(super) async fn look_at(
        &self,
        waiting: &[Waiting],
        found: BTreeMap<String, Found>,
    ) -> Result<(Vec<Waiting>, ToDo)> {
        let mut entries: BTreeMap<String, Waiting> = waiting.iter().map(|entry| (entry.id(), entry.clone())).collect();
        for (id, Found { job, block }) in &found {
            // An event may have come again in another block; how often it was tried stays.
            entries.entry(id.clone()).or_insert_with(|| Waiting::new(job, *block)).block = *block;
        }
        let entries: Vec<(String, Waiting)> = entries.into_iter().collect();
        let mut open = Vec::new();
        let mut to_do = ToDo::default();
        for batch in entries.chunks(BATCH) {
            let questions = batch.iter().map(|(_, entry)| self.question(entry)).collect::<Result<Vec<_>>>()?;
            let answers = self.rpc.batch(questions).await?;
            for ((id, entry), answer) in batch.iter().zip(answers) {
                let mut entry = entry.clone();
                // One contract that answers nonsense must not keep the others from being looked at.
                let standing = self.standing(&entry, answer).unwrap_or_else(|error| {
                    self.platform.log(&format!("{id}: {error}"));
                    Standing::Later
                });
                match standing {
                    Standing::Done => job::settle(self.platform, id).await?,
                    Standing::Later => open.push(entry),
                    Standing::Open => {
                        let event = found.get(id).map(|found| &found.job);
                        if let Some(job) = self.take(&mut entry, event).await? {
                            to_do.jobs.push(job);
                        }
                        open.push(entry);
                    }
                    Standing::RanOut(_) if self.platform.now_ms() < entry.not_before_ms => open.push(entry),
                    Standing::RanOut(consumer) => match self.renewal(&entry, consumer).await? {
                        Some(renewal) => {
                            entry.tried(self.platform.now_ms());
                            to_do.renewals.push(renewal);
                            open.push(entry);
                        }
                        None => job::settle(self.platform, id).await?,
                    },
                }
            }
        }
        Ok((open, to_do))
    }

    fn question(&self, entry: &Waiting) -> Result<Call> {
        match &entry.what {
            What::Draw { contract, token_id, .. } => chain::token_of(*contract, *token_id),
            What::Infer { request_id } => chain::request_of(self.served.hub, *request_id),
        }
    }

    fn standing(&self, entry: &Waiting, answer: RpcAnswer) -> Result<Standing> {
        let head: u64 = self.head.number.to();
        // A node that is a little behind, or a block that was dropped: the event may come again.
        let unknown = if entry.block + REORG_DEPTH > head { Standing::Later } else { Standing::Done };
        match &entry.what {
            What::Draw { draw_block, .. } => match chain::returned::<ISeedArt::tokenOfCall>(answer) {
                Ok(token) if token.stage != Stage::Minted || token.drawBlock != *draw_block => Ok(Standing::Done),
                Ok(_) if head < *draw_block => Ok(Standing::Later),
                Ok(_) => Ok(Standing::Open),
                Err(error) if error.is_revert() => Ok(unknown),
                Err(error) => Err(error),
            },
            What::Infer { .. } => {
                let asked = chain::read_request(answer)?;
                Ok(match asked.status {
                    Status::Open if asked.request.level as u8 == 0 => Standing::Open,
                    Status::Expired => Standing::RanOut(asked.request.consumer),
                    Status::Unknown => unknown,
                    _ => Standing::Done,
                })
            }
        }
    }

    /// Takes a job that nobody is at work on; `None` if somebody may be, or if it isn't its turn.
    async fn take(&self, entry: &mut Waiting, event: Option<&Job>) -> Result<Option<Job>> {
        let now = self.platform.now_ms();
        if now < entry.not_before_ms {
            return Ok(None);
        }
        let kept = job::taken(self.platform, &entry.id()).await?.map(|taken| taken.job);
        let job = match (kept, event, &entry.what) {
            (Some(job), _, _) => job,
            (None, Some(job), _) => job.clone(),
            (None, None, What::Draw { contract, token_id, draw_block }) => Job::Draw {
                chain_id: self.served.chain_id,
                contract: *contract,
                token_id: *token_id,
                draw_block: *draw_block,
            },
            (None, None, What::Infer { .. }) => match self.event_of(entry).await? {
                Some(job) => job,
                None => return Ok(None),
            },
        };
        if !job::retake(self.platform, &job).await? {
            return Ok(None);
        }
        entry.tried(now);
        Ok(Some(job))
    }

    /// Reads an event again that an earlier sweep saw.
    async fn event_of(&self, entry: &Waiting) -> Result<Option<Job>> {
        let question = chain::work_events(&[self.served.hub], entry.block, entry.block)?;
        let events = chain::read_events(self.rpc.batch(vec![question]).await?.remove(0))?;
        let jobs = events.iter().filter_map(|event| match self.served.meaning(event) {
            crate::event::Meaning::Job(job) => Some(job),
            _ => None,
        });
        Ok(jobs.into_iter().find(|job| job.id() == entry.id()))
    }

    /// A request that ran out is asked anew if it is a token's; any other is its consumer's to ask again.
    async fn renewal(&self, entry: &Waiting, consumer: Address) -> Result<Option<Answer>> {
        let What::Infer { request_id } = &entry.what else { return Ok(None) };
        Ok(self.token_of_request(consumer, *request_id).await?.map(|token_id| Answer::Renew {
            contract: consumer,
            token_id,
            request_id: *request_id,
        }))
    }

    async fn token_of_request(&self, consumer: Address, request_id: B256) -> Result<Option<U256>> {
        match chain::view(&self.rpc, consumer, &ISeedArt::tokenOfRequestCall { requestId: request_id }).await {
            Ok(token_id) => Ok(Some(token_id)),
            // The token has another request by now, or the consumer is no collection.
            Err(error) if error.is_revert() || matches!(error, crate::Error::RpcNonsense { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
