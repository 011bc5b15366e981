//! Runs models: for requests on the chain, whose answers go on to be pinned, and for callers who ask directly.

mod recall;

use alloy_primitives::{Address, B256};
use verdigris_model::picture::is_bondable;

use crate::abi::IInferenceHub::Assurance;
use crate::callback::{self, Answer, Outcome};
use crate::config;
use crate::error::{Error, Result};
use crate::event::is_offered;
use crate::executor::{self, Task};
use crate::handoff::{self, GO_ON, Until};
use crate::http::{Request, Response};
use crate::infer::{self, MAX_JOB_SIZE};
use crate::job::{self, Job};
use crate::model::{self, Engine, Kind};
use crate::oracle;
use crate::pin;
use crate::platform::Platform;
use crate::rpc::Rpc;

/// The dispatch component: `POST /jobs` for intake and sweep, `/oracle/…` for everyone.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    match request.path.as_str() {
        "/jobs" => jobs(platform, &request).await.unwrap_or_else(Response::from),
        path if path.starts_with(oracle::PATH) => oracle::handle(platform, &request).await,
        _ => request.not_found().into(),
    }
}

async fn jobs<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let until = Until::of(request, platform.now_ms());
    let job: Job = crate::json::from_slice(&request.body).map_err(|e| Error::json("the job", &e))?;
    match &job {
        Job::Infer { .. } => match callback::ready(platform, &job).await? {
            Some(answer) => hand_over(platform, &answer, until).await,
            None => infer(platform, &job, &job, until).await,
        },
        Job::Raise { .. } => recall::raise(platform, &job, until).await,
        Job::Show { .. } => recall::show(platform, &job, until).await,
        Job::Deliver { .. } => recall::deliver(platform, &job, until).await,
        Job::Draw { .. } => hand_over(platform, &Answer::Draw { job }, until).await,
        Job::Finalise { .. } => hand_over(platform, &Answer::Finalise { job }, until).await,
    }
}

async fn hand_over<P: Platform>(platform: &P, answer: &Answer, until: Until) -> Result<Response> {
    handoff::post(platform, callback::FUNCTION, "/answers", answer, until).await
}

/// Makes an answer, which is to be pinned next. `taken` is the job for which it is made: this one, or one that asks the same
/// question anew.
async fn infer<P: Platform>(platform: &P, job: &Job, taken: &Job, until: Until) -> Result<Response> {
    let Job::Infer { chain_id, hub, request_id, model_id, input, level, .. } = job else {
        return Err(Error::BadInput(format!("job {} has nothing to infer", job.id())).into());
    };
    check_hub(platform, *chain_id, *hub, *request_id).await?;
    match Assurance::try_from(*level) {
        Ok(Assurance::Executed) => return hand_over(platform, &Answer::Execute { job: job.clone() }, until).await,
        Ok(level) if is_offered(level) => {}
        _ => {
            let reason = "it asks for a level that this operator does not offer".into();
            return Err(Error::Unanswerable { request: *request_id, reason }.into());
        }
    }
    let rpc = Rpc::configured(platform).await?;
    let engine = model::load(platform, &rpc, *hub, *model_id).await?;
    let is_bonded = Assurance::try_from(*level) == Ok(Assurance::Optimistic);
    if is_bonded && let Some(reason) = reason_not_to_bond(&engine, input)? {
        return Err(Error::Unanswerable { request: *request_id, reason }.into());
    }
    let id = taken.id();
    if !job::is_wanted(platform, &id).await? {
        return Response::json(200, &Outcome::Settled);
    }
    let inference = match &engine {
        // What we stand for with a bond, nobody else computes for us.
        Engine::Exact(model) if is_bonded => Some(infer::run(model, input, MAX_JOB_SIZE)?),
        engine => {
            let (id, model) = (Some(&*id), *model_id);
            let task = Task { id, model, engine, input, max_size: MAX_JOB_SIZE, until };
            executor::run(platform, task).await?
        }
    };
    let Some(inference) = inference else { return Response::json(202, &Outcome::Early) };
    until.check(platform.now_ms(), &id)?;
    if !job::is_wanted(platform, &id).await? {
        return Response::json(200, &Outcome::Settled);
    }
    let headers = vec![("content-type", pin::MEDIA_TYPE.into())];
    Ok(Response { status: GO_ON, headers, body: pin::encode(job, &inference)? })
}

/// Why the hub couldn't judge a dispute about such an answer.
fn reason_not_to_bond(engine: &Engine, input: &[u8]) -> Result<Option<String>> {
    let model = match engine {
        Engine::Exact(model) => model,
        Engine::Onnx(_) | Engine::Prompt => {
            return Ok(Some("the answer of a model without an exact form can't be bonded".into()));
        }
    };
    if model.kind == Kind::Tensor {
        return Ok(None);
    }
    let size = infer::read_picture_input(input)?.size;
    Ok((!is_bondable(size)).then(|| format!("a picture of {size}×{size} pixels can't be bonded")))
}

async fn check_hub<P: Platform>(platform: &P, chain_id: u64, hub: Address, request: B256) -> Result<()> {
    if (chain_id, hub) == (config::chain_id(platform).await?, config::hub(platform).await?) {
        return Ok(());
    }
    let reason = format!("hub {hub} on chain {chain_id} is not served here");
    Err(Error::Unanswerable { request, reason }.into())
}

#[cfg(test)]
mod tests;
