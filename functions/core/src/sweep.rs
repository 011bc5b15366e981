//! The timer's work: finds on the chain what is still open and has nobody at work on it, and has it done.
//!
//! The chain is the only state that counts. Crashes, lost webhooks, dropped blocks and services that were down all look
//! the same from here: a request that is open, a seed that is not drawn. What sweep keeps for itself (up to which
//! block it has looked, and what was still open before that) only saves it from looking at everything every time; two
//! sweeps that overlap may overwrite each other's notes and lose nothing, since each writes only what it has seen.

mod clean;
mod scan;
mod standing;

use alloy_primitives::{Address, B256, U256, keccak256};
use serde::{Deserialize, Serialize};

use crate::callback::{self, Answer};
use crate::chain::{self, Head};
use crate::config;
use crate::error::{Error, Result};
use crate::event::Served;
use crate::gate;
use crate::handoff::{self, Until};
use crate::http::{Request, Response};
use crate::job::{self, Fields, Job, Kind, Unfit, need};
use crate::outbox::Healed;
use crate::platform::Platform;
use crate::rpc::Rpc;
use crate::secrecy;

/// Jobs that one sweep runs at the same time.
const AT_ONCE: usize = 8;
/// Most jobs that one sweep takes, the oldest first: more than these would only wait for each other.
const MOST_STARTED: usize = 128;
/// The pause after a job's first try; it doubles with each try.
const FIRST_PAUSE_MS: u64 = 3_000;
/// The longest pause between two tries.
const LONGEST_PAUSE_MS: u64 = 5 * 60 * 1000;

const STATE_KEY: &str = "sweep:state";

/// What sweep keeps between its runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct State {
    /// The first block that was not looked at.
    next_block: u64,
    /// The [settings](State::serve) by which the blocks before were looked at.
    settings: B256,
    /// The first block that is still to be read again, since these have changed.
    read_again: Option<u64>,
    /// What was open in the blocks before.
    waiting: Vec<Waiting>,
    /// The first block whose jobs were not forgotten.
    kept_from: u64,
    /// How often the page from there couldn't be read.
    clean_tries: u32,
    /// The newest block of the last sweep.
    seen_number: u64,
    /// Its hash, and digests of the [jobs of each block](Scanned) that will be read again. What was done of those
    /// stays done for as long as the chain keeps that block; what wasn't waits.
    seen: Vec<B256>,
}

impl State {
    /// Takes note of whom is served, and from which block on. If that has changed, what was passed over may be wanted now:
    /// all is read again, beside what is new.
    fn serve(&mut self, served: &Served, start_block: u64) {
        let mut consumers = served.consumers.clone();
        consumers.sort_unstable();
        let numbers = [served.chain_id, start_block].map(u64::to_be_bytes).concat();
        let addresses = consumers.iter().flat_map(|consumer| consumer.as_slice());
        let all: Vec<u8> = numbers.iter().chain(served.hub.as_slice()).chain(addresses).copied().collect();
        let settings = keccak256(all);
        if settings != self.settings && self.next_block > 0 {
            self.read_again = Some(start_block);
        }
        self.settings = settings;
        self.next_block = self.next_block.max(start_block);
        self.kept_from = self.kept_from.max(start_block);
    }
}

/// Something open: enough to ask the chain about it, and to find its event again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    what: What,
    /// The block of its event.
    block: u64,
    /// How often sweep has run it.
    tries: u32,
    /// Not before this moment again, milliseconds since 1970.
    not_before_ms: u64,
    /// The newest block when the chain first showed it as done; the block that did it may yet be dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_at: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase", try_from = "Fields")]
enum What {
    Draw {
        contract: Address,
        #[serde(serialize_with = "job::decimal::serialize")]
        token_id: U256,
        draw_block: u64,
    },
    Infer {
        request_id: B256,
    },
    Finalise {
        request_id: B256,
        final_after: u64,
        output_hash: B256,
    },
    Show {
        request_id: B256,
        index: u32,
        answer_by: u64,
    },
    Raise {
        request_id: B256,
        level: u8,
        deadline: u64,
    },
    Deliver {
        request_id: B256,
    },
}

impl TryFrom<Fields> for What {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> std::result::Result<Self, Unfit> {
        let of = &mut fields;
        Ok(match need(&mut of.kind, "kind")? {
            Kind::Draw => Self::Draw {
                contract: need(&mut of.contract, "contract")?,
                token_id: need(&mut of.token_id, "tokenId")?,
                draw_block: need(&mut of.draw_block, "drawBlock")?,
            },
            Kind::Infer => Self::Infer { request_id: need(&mut of.request_id, "requestId")? },
            Kind::Finalise => Self::Finalise {
                request_id: need(&mut of.request_id, "requestId")?,
                final_after: need(&mut of.final_after, "finalAfter")?,
                output_hash: need(&mut of.output_hash, "outputHash")?,
            },
            Kind::Show => Self::Show {
                request_id: need(&mut of.request_id, "requestId")?,
                index: need(&mut of.index, "index")?,
                answer_by: need(&mut of.answer_by, "answerBy")?,
            },
            Kind::Raise => Self::Raise {
                request_id: need(&mut of.request_id, "requestId")?,
                level: need(&mut of.level, "level")?,
                deadline: need(&mut of.deadline, "deadline")?,
            },
            Kind::Deliver => Self::Deliver { request_id: need(&mut of.request_id, "requestId")? },
        })
    }
}

impl Waiting {
    fn new(job: &Job, block: u64) -> Self {
        let what = match *job {
            Job::Draw { contract, token_id, draw_block, .. } => What::Draw { contract, token_id, draw_block },
            Job::Infer { request_id, .. } => What::Infer { request_id },
            Job::Finalise { request_id, final_after, ref output, .. } => {
                What::Finalise { request_id, final_after, output_hash: keccak256(output) }
            }
            Job::Show { request_id, index, answer_by, .. } => What::Show { request_id, index, answer_by },
            Job::Raise { request_id, level, deadline, .. } => What::Raise { request_id, level, deadline },
            Job::Deliver { request_id, .. } => What::Deliver { request_id },
        };
        Self { what, block, tries: 0, not_before_ms: 0, done_at: None }
    }

    fn id(&self) -> String {
        match &self.what {
            What::Draw { contract, token_id, draw_block } => job::draw_id(*contract, *token_id, *draw_block),
            What::Infer { request_id } => request_id.to_string(),
            What::Finalise { request_id, final_after, .. } => job::finalise_id(*request_id, *final_after),
            What::Show { request_id, index, answer_by } => job::show_id(*request_id, *index, *answer_by),
            What::Raise { request_id, level, deadline } => job::raise_id(*request_id, *level, *deadline),
            What::Deliver { request_id } => job::deliver_id(*request_id),
        }
    }

    /// It is being run; if that keeps failing, it is left alone for longer and longer.
    fn tried(&mut self, now_ms: u64) {
        self.not_before_ms = now_ms + (FIRST_PAUSE_MS << self.tries.min(16)).min(LONGEST_PAUSE_MS);
        self.tries += 1;
    }
}

/// What a sweep found and did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    /// The newest block.
    head: u64,
    /// The first block that was not looked at.
    next_block: u64,
    /// What is open, whoever is at work on it.
    open: usize,
    /// Jobs that are being run now.
    started: usize,
    /// What was wrong with the outbox, if it could be looked at.
    outbox: Option<Healed>,
}

/// The things to do that a sweep found.
#[derive(Debug, Default)]
struct ToDo {
    jobs: Vec<Job>,
    renewals: Vec<Answer>,
}

/// What came of looking at all that may be open.
#[derive(Default)]
struct Looked {
    open: Vec<Waiting>,
    to_do: ToDo,
    /// The last that kept something from being looked at.
    trouble: Option<Box<Error>>,
}

/// What the steps of a sweep share.
struct Sweep<'a, P> {
    platform: &'a P,
    rpc: Rpc<P>,
    served: Served,
    head: Head,
    /// How many blocks must follow the one with a request.
    confirmations: u64,
    /// What the last sweep [saw](State::seen); nothing if the chain has dropped a block since.
    seen: Vec<B256>,
}

/// The sweep component: `POST /sweep` with the bearer token.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    let result = if request.path == "/sweep" { sweep(platform, &request).await } else { Err(request.not_found()) };
    result.unwrap_or_else(Response::from)
}

async fn sweep<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    if let Err(error) = authorize(platform, request).await {
        return Err(gate::wrong(platform, request, error).await);
    }
    gate::timer(platform).await?;
    request.only("POST")?;
    let rpc = Rpc::configured(platform).await?;
    rpc.survey(config::chain_id(platform).await?).await?;
    let start_block = match platform.config("start_block").await? {
        Some(_) => config::parsed(platform, "start_block", "a block number").await?,
        None => 0,
    };
    let served = config::served(platform).await?;
    let mut state = load(platform).await?;
    state.serve(&served, start_block);
    let Heads { head, cleanable, still_seen } = heads(&rpc, &state).await?;
    let seen = std::mem::take(&mut state.seen);
    let seen = if still_seen { seen } else { Vec::new() };
    let confirmations = config::confirmations(platform).await?;
    let sweep = Sweep { platform, rpc, served, head, confirmations, seen };
    let found = sweep.scan(&state, start_block).await?;
    (state.next_block, state.read_again) = (found.next_block, found.read_again);
    (state.seen_number, state.seen) = (head.number.to(), vec![head.hash]);
    let read_again = found.blocks.iter().filter(|(number, _)| number + scan::REORG_DEPTH >= found.next_block);
    state.seen.extend(read_again.map(|(_, digest)| digest));
    let Looked { open, to_do, trouble } = sweep.look_at(&state.waiting, found).await;
    state.keep(open);
    // What was taken is begun, whatever else goes wrong.
    let saved = save(platform, &state).await;
    let started = to_do.jobs.len() + to_do.renewals.len();
    let outbox = heal(platform).await;
    start(platform, to_do);
    saved?;
    if cleanable {
        sweep.clean(&mut state).await;
        save(platform, &state).await?;
    }
    let report = Report {
        head: head.number.to(),
        next_block: state.next_block,
        open: state.waiting.iter().filter(|entry| entry.done_at.is_none()).count(),
        started,
        outbox,
    };
    trouble.map_or_else(|| Response::json(200, &report), Err)
}

async fn authorize<P: Platform>(platform: &P, request: &Request) -> Result<()> {
    let token = config::required(platform, "sweep_token").await?;
    let given = request.bearer().ok_or(Error::Unauthorized("a bearer token is needed"))?;
    if secrecy::is_same(&token, given) { Ok(()) } else { Err(Error::Unauthorized("the bearer token is wrong").into()) }
}

async fn load<P: Platform>(platform: &P) -> Result<State> {
    let Some(bytes) = platform.get(STATE_KEY).await? else { return Ok(State::default()) };
    // Notes that can't be read are worth nothing more than a look at everything.
    Ok(crate::json::from_slice(&bytes).unwrap_or_default())
}

async fn save<P: Platform>(platform: &P, state: &State) -> Result<()> {
    let bytes =
        serde_json::to_vec(state).map_err(|e| Error::Internal(format!("sweep's notes have no JSON form: {e}")))?;
    Ok(platform.set(STATE_KEY, &bytes).await?)
}

/// What a sweep begins with.
struct Heads {
    /// The newest block.
    head: Head,
    /// Whether the oldest page of jobs is old enough to be forgotten.
    cleanable: bool,
    /// Whether the chain keeps the block that was the newest for the last sweep.
    still_seen: bool,
}

async fn heads<P: Platform>(rpc: &Rpc<P>, state: &State) -> Result<Heads> {
    let page_end = state.kept_from + clean::PAGE - 1;
    let page_end = (page_end < state.next_block).then_some(page_end);
    let mut questions = vec![chain::latest_block()?, chain::block_at(state.seen_number)?];
    if let Some(number) = page_end {
        questions.push(chain::block_at(number)?);
    }
    let mut answers = rpc.batch(questions).await?.into_iter();
    let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
    let head: Head = next()?.read()?;
    let seen: Option<Head> = next()?.read()?;
    let page: Option<Head> = if page_end.is_some() { next()?.read()? } else { None };
    let age = page.map_or(0, |page| head.timestamp.saturating_sub(page.timestamp).to::<u64>());
    let still_seen = seen.map(|seen| seen.hash).as_ref() == state.seen.first();
    Ok(Heads { head, cleanable: age > clean::OLD_S, still_seen })
}

/// Has the outbox repaired. A callback that can't be reached is no reason to give up the rest.
async fn heal<P: Platform>(platform: &P) -> Option<Healed> {
    let until = Until::starting(platform.now_ms());
    let (path, empty) = (callback::OUTBOX, b"{}".to_vec());
    match handoff::post_bytes(platform, callback::FUNCTION, path, "application/json", empty, until).await {
        Ok(response) => crate::json::from_slice(&response.body).ok(),
        Err(error) => {
            platform.log(&format!("sweep: {error}"));
            None
        }
    }
}

/// Goes on after the response.
fn start<P: Platform>(platform: &P, to_do: ToDo) {
    let inner = platform.clone();
    let until = Until::starting(platform.now_ms());
    platform.spawn(async move {
        let platform = &inner;
        handoff::run_all(platform, &to_do.jobs, AT_ONCE, until).await;
        for renewal in &to_do.renewals {
            if let Err(error) = handoff::post(platform, callback::FUNCTION, "/answers", renewal, until).await {
                platform.log(&format!("sweep: {error}"));
            }
        }
    });
}

#[cfg(test)]
pub(crate) mod tests;
