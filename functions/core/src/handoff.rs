//! From one function to the next: where they are, how long the work may still take, what their answers mean.
//!
//! Who has taken a job hands what comes of one function on to the next: so each works only as long as it has something to
//! do, and holds nothing while others work. The job's lease (see [`crate::job`]) is passed along as a moment, so that the
//! last in the line knows whether it may still sign.

mod queue;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

pub use queue::{Progress, resume};

use crate::abi::IInferenceHub::Status as RequestStatus;
use crate::callback::{self, Status};
use crate::chain;
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::infer;
use crate::job::{self, BUDGET_MS, Job};
use crate::pin;
use crate::platform::{HttpRequest, Platform};
use crate::problem;
use crate::rpc::Rpc;
use crate::together::{for_each, meanwhile};

/// The header with the moment, in milliseconds since 1970, after which nothing more is signed for this job.
const HEADER: &str = "verdigris-until";
/// The status of an answer that is for the next function in the line.
pub const GO_ON: u16 = 201;
/// What follows on dispatch: the functions, their paths, and what they take.
const LINE: [(&str, &str, &str); 2] =
    [("pin", "/pin", pin::MEDIA_TYPE), (callback::FUNCTION, "/answers", "application/json")];

/// Pixels of a picture that takes one place: 362², so that of the largest there is one at a time.
const PIXELS: usize = 1 << 17;

/// The moment after which a worker must not sign any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until(u64);

impl Until {
    /// For a job that is being taken right now.
    pub fn starting(now_ms: u64) -> Self {
        Self(now_ms.saturating_add(BUDGET_MS))
    }

    /// As the function before said, never later than if the job had been taken now.
    pub fn of(request: &Request, now_ms: u64) -> Self {
        let latest = Self::starting(now_ms);
        let said = request.header(HEADER).and_then(|text| text.parse().ok());
        said.map_or(latest, |ms| Self(u64::min(ms, latest.0)))
    }

    /// This moment, or the one that is `ms` milliseconds from now if that is sooner.
    pub fn within(self, ms: u64, now_ms: u64) -> Self {
        Self(self.0.min(now_ms.saturating_add(ms)))
    }

    /// Refuses when the moment has passed.
    ///
    /// # Errors
    /// [`Error::LeaseOver`].
    pub fn check(self, now_ms: u64, job: &str) -> Result<()> {
        if now_ms > self.0 { Err(Error::LeaseOver(job.into()).into()) } else { Ok(()) }
    }

    /// Milliseconds left.
    pub fn left(self, now_ms: u64) -> u64 {
        self.0.saturating_sub(now_ms)
    }
}

/// Hands JSON to another function and passes its answer on.
///
/// # Errors
/// [`Error::Function`] if it answers with a problem, [`Error::FunctionUnreachable`] if it doesn't answer.
pub async fn post<P: Platform>(
    platform: &P,
    function: &'static str,
    path: &str,
    body: &impl Serialize,
    until: Until,
) -> Result<Response> {
    let body = serde_json::to_vec(body).map_err(|e| Error::Internal(format!("a message has no JSON form: {e}")))?;
    post_bytes(platform, function, path, "application/json", body, until).await
}

/// Hands bytes to another function and passes its answer on.
///
/// # Errors
/// As [`post`].
pub async fn post_bytes<P: Platform>(
    platform: &P,
    function: &'static str,
    path: &str,
    content_type: &'static str,
    body: Vec<u8>,
    until: Until,
) -> Result<Response> {
    let request = HttpRequest {
        method: "POST",
        url: format!("http://{function}.spin.internal{path}"),
        headers: vec![("content-type", content_type.into()), (HEADER, until.0.to_string())],
        body,
        // A little longer than the work may take, so that the reason for a failure comes back.
        timeout_ms: until.left(platform.now_ms()) + 1_000,
        max_response: pin::MAX_BODY,
    };
    let response = platform.http(request).await.map_err(|reason| Error::FunctionUnreachable { function, reason })?;
    if response.is_success() {
        let headers = vec![("content-type", "application/json".into())];
        return Ok(Response { status: response.status, headers, body: response.body });
    }
    let status = if (400..600).contains(&response.status) { response.status } else { 502 };
    Err(Error::Function { function, status, detail: problem::detail_of(&response.body) }.into())
}

/// Has jobs done that were taken, so many at the same time; fewer where pictures are large, since all may be in one
/// instance's memory. Never fails: what is not done is brought back by the queue, where there is one, and else found by
/// sweep. The queue has all before any is begun.
pub async fn run_all<P: Platform>(platform: &P, jobs: &[Job], at_once: usize, until: Until) {
    let is_kept = &Cell::new(true);
    for_each(
        jobs,
        at_once,
        |_| 1,
        |job| async move {
            let kept = queue::keep(platform, job, until).await;
            is_kept.set(kept && is_kept.get());
        },
    )
    .await;
    for_each(jobs, at_once, weight, |job| async move {
        // One that the queue hasn't is nobody's to look at; those beside it are looked at once more than needed.
        if work(platform, job, until).await && is_kept.get() {
            queue::done(platform, job, until).await;
        }
    })
    .await;
}

/// How many places a job takes.
fn weight(job: &Job) -> usize {
    let Job::Infer { input, .. } = job else { return 1 };
    infer::read_picture_input(input).map_or(1, |asked| usize::from(asked.size).pow(2).div_ceil(PIXELS))
}

/// Hands a job to whoever does such jobs, and notes how it ended. False if it isn't done yet.
async fn work<P: Platform>(platform: &P, job: &Job, until: Until) -> bool {
    if let Err(error) = until.check(platform.now_ms(), &job.id()) {
        platform.log(&error.to_string());
        return false;
    }
    let result = match job {
        Job::Infer { .. } | Job::Show { .. } | Job::Raise { .. } | Job::Deliver { .. } => {
            answer(platform, job, until).await
        }
        Job::Draw { .. } | Job::Finalise { .. } => callback::finish_when_due(platform, job, until).await,
    };
    let error = match result {
        Ok(done) => return done,
        Err(error) => error,
    };
    platform.log(&format!("job {}: {error}", job.id()));
    let noted = match &error {
        error if error.is_final() => job::refuse(platform, &job.id(), error).await,
        // Nobody answers in time: somebody may still be at work.
        error if error.status() == 504 => Ok(()),
        _ => job::give_back(platform, &job.id()).await,
    };
    if let Err(error) = noted {
        platform.log(&format!("job {}: {error}", job.id()));
    }
    false
}

/// Has an answer made, pinned and sent. Nothing is pinned, which is paid for or for good, and nothing is noted for what
/// somebody may have invented. False if it isn't done yet.
async fn answer<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<bool> {
    let made = post(platform, "dispatch", "/jobs", job, until);
    let (standing, made) = meanwhile(standing(platform, job, until), made).await;
    let standing = match standing {
        Ok(standing) => standing,
        // The time in which the chain was to answer may have gone by while this machine computed.
        Err(_) => self::standing(platform, job, until).await?,
    };
    match standing {
        RequestStatus::Unknown => return callback::forget_unknown(platform, job).await,
        RequestStatus::Open => {}
        // Its answer is bonded, and may still fail.
        RequestStatus::Proposed => return Ok(true),
        // An old event, told again: the request has its answer, or doesn't want one any more.
        _ => return job::settle(platform, &job.id()).await.map(|()| true),
    }
    let mut response = made?;
    for (function, path, content_type) in LINE {
        if response.status == GO_ON {
            response = post_bytes(platform, function, path, content_type, response.body, until).await?;
        }
    }
    match callback::status(&response) {
        Status::Early => callback::finish_when_due(platform, job, until).await,
        Status::Unknown => callback::forget_unknown(platform, job).await,
        Status::Further => Ok(true),
    }
}

/// Where the request stands that an infer job is about; dispatch asks about the others, which are as good as open here.
async fn standing<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<RequestStatus> {
    let Job::Infer { hub, request_id, .. } = job else { return Ok(RequestStatus::Open) };
    let rpc = Rpc::configured(platform).await?;
    Ok(chain::request_soon(platform, &rpc, *hub, *request_id, until).await?.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::tests::picture_input;
    use alloy_sol_types::SolValue;

    #[test]
    fn a_job_takes_places_as_its_picture_takes_memory() {
        let weight_of = |input: Vec<u8>| weight(&crate::testing::job_for(input.into()));
        let sizes = [16, 256, 362, 363, 1024, 2048].map(|size| weight_of(picture_input(size).abi_encode()));
        assert_eq!(sizes, [1, 1, 1, 2, 8, 32]);
        assert_eq!(weight_of(vec![1, 2, 3]), 1);
    }

    #[test]
    fn a_lease_can_be_shortened_by_whoever_asks_but_not_lengthened() {
        let said = |text: &str| {
            let headers = vec![(HEADER.to_string(), text.as_bytes().to_vec())];
            Until::of(&Request { headers, ..Request::default() }, 1_000)
        };
        assert_eq!(said("1500"), Until(1_500));
        assert_eq!(said("99999999999999"), Until::starting(1_000));
        assert_eq!(said("soon"), Until::starting(1_000));
        assert_eq!(Until(5).check(5, "x"), Ok(()));
        assert_eq!(Until(5).check(6, "x"), Err(Error::LeaseOver("x".into()).into()));
    }
}
