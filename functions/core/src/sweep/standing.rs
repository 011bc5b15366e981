//! Asks the chain about everything that may be open, and decides what is to be done about it.

use alloy_primitives::{Address, B256, U256};

use super::scan::{Found, REORG_DEPTH, Scanned};
use super::{Looked, MOST_STARTED, Sweep, ToDo, Waiting, What};
use crate::abi::IInferenceHub::{Status, levelOfCall, proposalOfCall, receiptOfCall, requestOfCall};
use crate::abi::ISeedArt::{self, Stage};
use crate::callback::Answer;
use crate::chain::{self, ByHash};
use crate::error::{Error, Result};
use crate::event::is_offered;
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::rpc::{Answer as RpcAnswer, Call};

/// Most questions of one round trip.
const QUESTIONS: usize = 50;
/// How long a sweep looks, in milliseconds: what it doesn't come to in that time is the next one's.
const LOOKS_FOR_MS: u64 = 15_000;
/// Tries after which a consumer whose callback keeps failing is left to itself; anyone can still deliver.
const MOST_DELIVERIES: u32 = 8;

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
    /// What is still open of what waited and what was found, and what to do now. Jobs to do have been taken. What can't be
    /// looked at now stays.
    pub(super) async fn look_at(&self, waiting: &[Waiting], mut found: Scanned) -> Looked {
        let mut looked = Looked::default();
        let entries = self.entries(waiting, &mut found, &mut looked);
        let (mut rest, until) = (entries.as_slice(), self.platform.now_ms() + LOOKS_FOR_MS);
        while !rest.is_empty() && self.platform.now_ms() < until {
            let (count, asked) = self.standings(rest, &found).await;
            let (batch, left) = rest.split_at(count);
            rest = left;
            let standings = asked.unwrap_or_else(|error| {
                self.trouble(&mut looked, "what may be open", error);
                batch.iter().map(|_| Standing::Later).collect()
            });
            for ((id, entry), standing) in batch.iter().zip(standings) {
                let event = found.jobs.get(id);
                let acted = self.act(entry.clone(), standing, event.map(|found| &found.job), &mut looked.to_do).await;
                let entry = acted.unwrap_or_else(|error| {
                    self.trouble(&mut looked, id, error);
                    Some(entry.clone())
                });
                // What was done when it was first seen was done long ago.
                let waited = event.is_none_or(|found| found.waited);
                looked.open.extend(entry.filter(|entry| entry.done_at.is_none() || waited));
            }
        }
        looked.open.extend(rest.iter().map(|(_, entry)| entry.clone()));
        looked
    }

    /// What is to be looked at, the oldest first: what waited, and what was found where the last sweep didn't see it done.
    /// What stays done for sure is open without a look.
    fn entries(&self, waiting: &[Waiting], found: &mut Scanned, looked: &mut Looked) -> Vec<(String, Waiting)> {
        let mut entries = Vec::new();
        for entry in waiting {
            let (id, mut entry) = (entry.id(), entry.clone());
            // An event may have come again in another block; how often it was tried stays.
            if let Some(found) = found.jobs.get_mut(&id) {
                (found.waited, entry.block) = (true, found.block);
            }
            if self.is_still_done(&entry) {
                looked.open.push(entry);
            } else {
                entries.push((id, entry));
            }
        }
        let fresh = found.jobs.iter().filter(|(_, found)| !found.waited);
        for (id, Found { job, block, .. }) in fresh {
            let is_seen = |(number, digest): &(u64, B256)| number == block && self.seen.contains(digest);
            if !found.blocks.iter().any(is_seen) {
                entries.push((id.clone(), Waiting::new(job, *block)));
            }
        }
        entries.sort_by_key(|(_, entry)| entry.block);
        entries
    }

    /// Whether the block that was seen to have done it still stands.
    fn is_still_done(&self, entry: &Waiting) -> bool {
        let head: u64 = self.head.number.to();
        !self.seen.is_empty() && entry.done_at.is_some_and(|done_at| head < done_at + REORG_DEPTH)
    }

    fn trouble(&self, looked: &mut Looked, what: &str, error: Box<Error>) {
        self.platform.log(&format!("sweep: {what}: {error}"));
        looked.trouble = Some(error);
    }

    /// What the chain says about as many of them as one round trip has room for, and how many those are.
    async fn standings(&self, entries: &[(String, Waiting)], found: &Scanned) -> (usize, Result<Vec<Standing>>) {
        let (mut questions, mut counts) = (Vec::with_capacity(QUESTIONS), Vec::with_capacity(QUESTIONS));
        for (_, entry) in entries {
            match self.questions(entry) {
                Ok(about) if questions.is_empty() || questions.len() + about.len() <= QUESTIONS => {
                    counts.push(about.len());
                    questions.extend(about);
                }
                Ok(_) => break,
                Err(error) => return (entries.len(), Err(error)),
            }
        }
        let mut answers = match self.rpc.batch(questions).await {
            Ok(answers) => answers.into_iter(),
            Err(error) => return (counts.len(), Err(error)),
        };
        let standings = entries.iter().zip(&counts).map(|((id, entry), count)| {
            let answers: Vec<RpcAnswer> = answers.by_ref().take(*count).collect();
            // One contract that answers nonsense must not keep the others from being looked at.
            self.standing(entry, answers, found).unwrap_or_else(|error| {
                self.platform.log(&format!("{id}: {error}"));
                Standing::Later
            })
        });
        let standings = standings.collect();
        (counts.len(), Ok(standings))
    }

    /// Does what is due; gives the entry back if it stays open.
    async fn act(
        &self,
        mut entry: Waiting,
        standing: Standing,
        event: Option<&Job>,
        to_do: &mut ToDo,
    ) -> Result<Option<Waiting>> {
        let done_at = entry.done_at.take();
        match standing {
            Standing::Later => {}
            Standing::Open if to_do.jobs.len() >= MOST_STARTED => {}
            Standing::Open => {
                if let Some(job) = self.take(&mut entry, event).await? {
                    to_do.jobs.push(job);
                }
            }
            Standing::RanOut(_) if self.platform.now_ms() < entry.not_before_ms => {}
            Standing::RanOut(consumer) => match self.renewal(&entry, consumer).await? {
                Some(renewal) => {
                    entry.tried(self.platform.now_ms());
                    to_do.renewals.push(renewal);
                }
                None => return self.done(entry, done_at).await,
            },
            Standing::Done => return self.done(entry, done_at).await,
        }
        Ok(Some(entry))
    }

    /// Forgets the job, but goes on looking after what was done late: if the block that did it is dropped, its event is
    /// too old to be read again. The events of the rest are read again for as long as that matters.
    async fn done(&self, entry: Waiting, done_at: Option<u64>) -> Result<Option<Waiting>> {
        job::settle(self.platform, &entry.id()).await?;
        let head: u64 = self.head.number.to();
        let done_at = done_at.unwrap_or(head);
        let came_late = done_at > entry.block + REORG_DEPTH / 2;
        Ok((came_late && head < done_at + REORG_DEPTH).then_some(Waiting { done_at: Some(done_at), ..entry }))
    }

    /// All are asked about one block: what is done there stays done while the chain keeps it.
    fn questions(&self, entry: &Waiting) -> Result<Vec<Call>> {
        let (hub, at) = (self.served.hub, ByHash { block_hash: self.head.hash });
        let request = |id| chain::call_at(hub, &requestOfCall { requestId: id }, at);
        let proposal = |id| chain::call_at(hub, &proposalOfCall { requestId: id }, at);
        Ok(match entry.what {
            What::Draw { contract, token_id, .. } => {
                vec![chain::call_at(contract, &ISeedArt::tokenOfCall { tokenId: token_id }, at)?]
            }
            What::Infer { request_id } => vec![request(request_id)?],
            What::Finalise { request_id, .. } | What::Show { request_id, .. } => {
                vec![request(request_id)?, proposal(request_id)?]
            }
            What::Deliver { request_id } => {
                vec![request(request_id)?, chain::call_at(hub, &receiptOfCall { requestId: request_id }, at)?]
            }
            What::Raise { request_id, .. } => vec![
                request(request_id)?,
                proposal(request_id)?,
                chain::call_at(hub, &levelOfCall { requestId: request_id }, at)?,
            ],
        })
    }

    fn standing(&self, entry: &Waiting, answers: Vec<RpcAnswer>, found: &Scanned) -> Result<Standing> {
        let head: u64 = self.head.number.to();
        let mut answers = answers.into_iter();
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        // A node that is a little behind, or a block that was dropped: the event may come again.
        let unknown = if entry.block + REORG_DEPTH > head { Standing::Later } else { Standing::Done };
        if let What::Draw { draw_block, .. } = &entry.what {
            return Ok(match chain::read_token(next()?)? {
                None => unknown,
                Some(token) if token.stage != Stage::Minted || token.draw_block != *draw_block => Standing::Done,
                Some(_) if head < draw_block.saturating_add(self.confirmations) => Standing::Later,
                Some(_) => Standing::Open,
            });
        }
        let asked = chain::read_request(next()?)?;
        if asked.status == Status::Unknown {
            return Ok(unknown);
        }
        if !self.served.consumers.contains(&asked.request.consumer) {
            return Ok(Standing::Done);
        }
        // What is to be answered waits until the chain keeps it for sure.
        let open = if entry.block + self.confirmations > head { Standing::Later } else { Standing::Open };
        // Between two blocks the chain's time stands still, ours doesn't; the hub has the last word.
        let now = self.head.timestamp.to::<u64>().max(self.platform.now_ms() / 1000);
        Ok(match entry.what {
            What::Draw { .. } => Standing::Done,
            What::Infer { .. } => match asked.status {
                Status::Open if is_offered(asked.request.level) => open,
                // A fraud proof may open it again.
                Status::Proposed => Standing::Later,
                Status::Expired => Standing::RanOut(asked.request.consumer),
                _ => Standing::Done,
            },
            What::Finalise { output_hash, .. } => match chain::read_proposal(next()?)? {
                Some(proposal) if proposal.outputHash != output_hash => Standing::Done,
                Some(proposal) if now > proposal.finalAfter => Standing::Open,
                Some(_) => Standing::Later,
                None => Standing::Done,
            },
            What::Show { request_id, index, answer_by } => {
                let shown = |entry: &Waiting| {
                    found.shown.iter().any(|shown| (shown.0, shown.1) == (request_id, index) && shown.2 >= entry.block)
                };
                match chain::read_proposal(next()?)? {
                    Some(_) if now <= answer_by && !shown(entry) => Standing::Open,
                    _ => Standing::Done,
                }
            }
            What::Deliver { .. } => match chain::read_undelivered(next()?)? {
                Some(_) if entry.tries < MOST_DELIVERIES => Standing::Open,
                _ => Standing::Done,
            },
            What::Raise { level, deadline, .. } => {
                let proposal = chain::read_proposal(next()?)?;
                let wanted = asked.raise_from(chain::read_level(next()?)?).map(|level| level as u8);
                match proposal {
                    _ if wanted != Some(level) || asked.request.deadline != deadline => Standing::Done,
                    Some(_) => Standing::Later,
                    // It ran out; whoever paid for it takes the fee back with `expire`.
                    None if self.head.timestamp.to::<u64>() > deadline => Standing::Done,
                    None => open,
                }
            }
        })
    }

    /// Takes a job that nobody is at work on; `None` if somebody may be, or if it isn't its turn.
    async fn take(&self, entry: &mut Waiting, event: Option<&Job>) -> Result<Option<Job>> {
        let now = self.platform.now_ms();
        if now < entry.not_before_ms {
            return Ok(None);
        }
        let kept = job::taken(self.platform, &entry.id()).await?.map(|taken| taken.job);
        let job = match (event, kept, &entry.what) {
            (Some(job), _, _) => job.clone(),
            (None, Some(job), _) => job,
            (None, None, What::Draw { contract, token_id, draw_block }) => Job::Draw {
                chain_id: self.served.chain_id,
                contract: *contract,
                token_id: *token_id,
                draw_block: *draw_block,
            },
            (None, None, _) => match self.event_of(entry).await? {
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
        let events = self.events(&[self.served.hub], entry.block, entry.block).await?;
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
            Err(error) if error.is_revert() || matches!(*error, Error::RpcNonsense { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
