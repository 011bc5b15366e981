//! Waits for what a job waits for, as long as its worker's lease lasts: a block, or the end of a challenge window.

use alloy_primitives::U64;

use super::{Answer, FUNCTION, Outcome};
use crate::chain::{self, Head};
use crate::error::{Error, Result};
use crate::handoff::{self, Until};
use crate::job::Job;
use crate::platform::Platform;
use crate::rpc::{Call, Rpc};

/// How far the chain's clock and ours may be apart.
const SKEW_MS: u64 = 15_000;
/// How long a worker first waits before it looks again.
const FIRST_PAUSE_MS: u64 = 200;
/// The longest that it waits; each pause is half as long again as the one before.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// Has a seed drawn as soon as its block is there, or a bonded answer finalised as soon as its window is over. What
/// doesn't come within the lease is left to sweep.
///
/// # Errors
/// What the chain or callback had.
pub async fn finish_when_due<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<()> {
    let answer = match job {
        Job::Draw { .. } => Answer::Draw { job: job.clone() },
        Job::Finalise { final_after, .. } if is_far_away(platform, *final_after, until) => return Ok(()),
        Job::Finalise { .. } => Answer::Finalise { job: job.clone() },
        Job::Infer { .. } | Job::Show { .. } | Job::Raise { .. } | Job::Deliver { .. } => return Ok(()),
    };
    let rpc = Rpc::configured(platform).await?;
    let mut pause = FIRST_PAUSE_MS;
    loop {
        if is_due(platform, &rpc, job).await? {
            let response = handoff::post(platform, FUNCTION, "/answers", &answer, until).await?;
            let outcome: Outcome =
                serde_json::from_slice(&response.body).map_err(|e| Error::json("callback's answer", &e))?;
            if !matches!(outcome, Outcome::Early | Outcome::Unknown) {
                return Ok(());
            }
        }
        if until.left(platform.now_ms()) < 2 * pause {
            return Ok(());
        }
        platform.sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_PAUSE_MS);
    }
}

/// Whether a window ends too late to be waited for.
fn is_far_away<P: Platform>(platform: &P, final_after: u64, until: Until) -> bool {
    let now = platform.now_ms();
    final_after.saturating_mul(1000) > now + until.left(now) + SKEW_MS
}

/// Whether it is worth asking callback, which looks more closely.
async fn is_due<P: Platform>(platform: &P, rpc: &Rpc<P>, job: &Job) -> Result<bool> {
    match job {
        Job::Draw { draw_block, .. } => {
            let number: U64 = rpc.ask(Call::new("eth_blockNumber", ())?).await?;
            Ok(number.to::<u64>() >= *draw_block)
        }
        Job::Finalise { final_after, .. } => {
            // Either clock may be ahead; the hub has the last word.
            let head: Head = rpc.ask(chain::latest_block()?).await?;
            Ok(head.timestamp.to::<u64>().max(platform.now_ms() / 1000) > *final_after)
        }
        Job::Infer { .. } | Job::Show { .. } | Job::Raise { .. } | Job::Deliver { .. } => Ok(true),
    }
}
