//! Waits for what a job waits for, as long as its worker's lease lasts: a block, or the end of a challenge window.

use serde::Deserialize;

use super::{Answer, FUNCTION, ready};
use crate::chain::{self, Head};
use crate::config;
use crate::error::{Error, Result};
use crate::handoff::{self, Until};
use crate::http::Response;
use crate::job::{self, Job};
use crate::platform::Platform;
use crate::rpc::Rpc;

/// How far the chain's clock and ours may be apart.
const SKEW_MS: u64 = 15_000;
/// How long a worker first waits before it looks again.
const FIRST_PAUSE_MS: u64 = 200;
/// The longest that it waits; each pause is half as long again as the one before.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// Has a seed drawn as soon as its block is there, an answer that is ready sent as soon as its request lies deep enough,
/// or a bonded answer finalised as soon as its window is over. False if that doesn't come within the lease; then it is
/// for whoever has the next one.
///
/// # Errors
/// What the chain or callback had.
pub async fn finish_when_due<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<bool> {
    let answer = match job {
        Job::Draw { .. } => Some(Answer::Draw { job: job.clone() }),
        // Sweep's, in a while.
        Job::Finalise { final_after, .. } if is_far_away(platform, *final_after, until) => return Ok(true),
        Job::Finalise { .. } => Some(Answer::Finalise { job: job.clone() }),
        Job::Infer { .. } => ready(platform, job).await?,
        Job::Show { .. } | Job::Raise { .. } | Job::Deliver { .. } => None,
    };
    let Some(answer) = answer else { return Ok(false) };
    let rpc = Rpc::configured(platform).await?;
    let mut due = Due::of(platform, job).await?;
    let mut pause = FIRST_PAUSE_MS;
    loop {
        if due.is_now(platform, &rpc).await? {
            let response = handoff::post(platform, FUNCTION, "/answers", &answer, until).await?;
            if told(&response)?.status == Status::Further {
                return Ok(true);
            }
        }
        if until.left(platform.now_ms()) < 2 * pause || !job::is_wanted(platform, &job.id()).await? {
            return Ok(false);
        }
        platform.sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_PAUSE_MS);
    }
}

/// Whether callback has answered that it is too early.
pub(crate) fn is_early(response: &Response) -> bool {
    told(response).is_ok_and(|told| told.status == Status::Early)
}

/// As much of an [`Outcome`](super::Outcome) as tells whether to come again.
#[derive(Deserialize)]
struct Told {
    status: Status,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Early,
    Unknown,
    #[serde(other)]
    Further,
}

fn told(response: &Response) -> Result<Told> {
    serde_json::from_slice(&response.body).map_err(|e| Error::json("callback's answer", &e))
}

/// Whether a window ends too late to be waited for.
fn is_far_away<P: Platform>(platform: &P, final_after: u64, until: Until) -> bool {
    let now = platform.now_ms();
    final_after.saturating_mul(1000) > now + until.left(now) + SKEW_MS
}

/// When it is worth asking callback, which looks more closely.
enum Due {
    /// From a block on.
    Block(u64),
    /// After a moment, Unix seconds.
    After(u64),
    /// With every new block; this was the last one.
    NextBlock(Option<u64>),
}

impl Due {
    async fn of(platform: &impl Platform, job: &Job) -> Result<Self> {
        Ok(match job {
            Job::Draw { draw_block, .. } => {
                Self::Block(draw_block.saturating_add(config::confirmations(platform).await?))
            }
            Job::Finalise { final_after, .. } => Self::After(*final_after),
            _ => Self::NextBlock(None),
        })
    }

    async fn is_now<P: Platform>(&mut self, platform: &P, rpc: &Rpc<P>) -> Result<bool> {
        let head: Head = rpc.ask(chain::latest_block()?).await?;
        let number = head.number.to();
        Ok(match self {
            Self::Block(first) => number >= *first,
            // Either clock may be ahead; the hub has the last word.
            Self::After(moment) => head.timestamp.to::<u64>().max(platform.now_ms() / 1000) > *moment,
            Self::NextBlock(last) => last.replace(number) != Some(number),
        })
    }
}
