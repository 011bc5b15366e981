//! Waits for what a job waits for, as long as its worker's lease lasts: a block, or the end of a challenge window.

use serde::Deserialize;

use super::{Answer, FUNCTION, ready};
use crate::abi::IInferenceHub::Status as RequestStatus;
use crate::chain::{self, Head};
use crate::config;
use crate::error::Result;
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
        Job::Finalise { final_after, .. } if is_far_away(platform, *final_after, until) => {
            // Sweep's, in a while.
            forget_if_invented(platform, &Rpc::configured(platform).await?, job).await?;
            return Ok(true);
        }
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
            if status(&response) == Status::Further {
                return Ok(true);
            }
        }
        if !job::is_wanted(platform, &job.id()).await? {
            return Ok(false);
        }
        if until.left(platform.now_ms()) < 2 * pause {
            return forget_if_invented(platform, &rpc, job).await;
        }
        platform.sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_PAUSE_MS);
    }
}

/// Forgets a job of which the chain knows nothing: its event was invented, or is of a block that was dropped. If the
/// event comes again, so does the job. True: there is no more to do.
///
/// # Errors
/// If the store fails.
pub(crate) async fn forget_unknown(platform: &impl Platform, job: &Job) -> Result<bool> {
    platform.log(&format!("job {}: the chain knows nothing of it", job.id()));
    job::retract(platform, &job.id(), None).await?;
    Ok(true)
}

/// Forgets a job about a token or a request that isn't there; true if so.
async fn forget_if_invented<P: Platform>(platform: &P, rpc: &Rpc<P>, job: &Job) -> Result<bool> {
    let question = match job {
        Job::Draw { contract, token_id, .. } => chain::token_of(*contract, *token_id)?,
        Job::Finalise { hub, request_id, .. } => chain::request_of(*hub, *request_id)?,
        _ => return Ok(false),
    };
    let answer = rpc.batch(vec![question]).await?.remove(0);
    let is_invented = match job {
        Job::Draw { .. } => chain::read_token(answer)?.is_none(),
        _ => chain::read_request(answer)?.status == RequestStatus::Unknown,
    };
    if is_invented { forget_unknown(platform, job).await } else { Ok(false) }
}

/// What callback has answered; as far as another function that passes its answer on says nothing else.
pub(crate) fn status(response: &Response) -> Status {
    #[derive(Deserialize)]
    struct Told {
        status: Status,
    }
    crate::json::from_slice(&response.body).map_or(Status::Further, |told: Told| told.status)
}

/// As much of an [`Outcome`](super::Outcome) as tells whether to come again.
#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It is too early.
    Early,
    /// The chain knows nothing of the job.
    Unknown,
    /// Something came of it.
    #[serde(other)]
    Further,
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
