//! Runs models: for requests on the chain, whose answers go on to be pinned, and for callers who ask directly.

mod recall;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use serde::{Deserialize, Serialize};
use verdigris_model::picture::is_bondable;

use crate::abi::IInferenceHub::Assurance;
use crate::callback::{self, Answer, Outcome};
use crate::config;
use crate::error::{Error, Result};
use crate::event::is_offered;
use crate::gate;
use crate::handoff::{self, GO_ON, Until};
use crate::http::{Request, Response};
use crate::infer::{self, Inference, MAX_DIRECT_SIZE, MAX_JOB_SIZE};
use crate::job::{self, Job};
use crate::model::{self, Engine, Kind};
use crate::onnx;
use crate::pin;
use crate::platform::Platform;
use crate::rpc::Rpc;

/// Longest input of a direct question, as long as the hub's.
const MAX_INPUT: usize = 16_384;

/// Steps ([`Cost::steps`](verdigris_model::network::Cost::steps)) of a run that count as one unit of a caller's limit:
/// some 20 ms.
const STEPS_A_UNIT: u64 = 20_000_000;

/// What a run of an ONNX file counts, whatever it takes: half a second.
const ONNX_UNITS: u64 = 25;

/// A direct question.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    model_id: B256,
    input: Bytes,
}

/// The answer to a [`Question`]. It holds nothing that differs from one time to the next, so that several callers who
/// must agree (the nodes of an oracle network) get the same bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    model_id: B256,
    input_hash: B256,
    output: Bytes,
    output_hash: B256,
}

/// The dispatch component: `POST /jobs` for intake and sweep, `POST /infer` for everyone.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    match request.path.as_str() {
        "/jobs" => jobs(platform, &request).await.unwrap_or_else(Response::from),
        "/infer" => {
            let response = direct(platform, &request).await.unwrap_or_else(Response::from);
            response.with_header("access-control-allow-origin", "*")
        }
        _ => request.not_found().into(),
    }
}

async fn jobs<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let until = Until::of(request, platform.now_ms());
    let job: Job = serde_json::from_slice(&request.body).map_err(|e| Error::json("the job", &e))?;
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
    if Assurance::try_from(*level) == Ok(Assurance::Optimistic)
        && let Some(reason) = reason_not_to_bond(&engine, input)?
    {
        return Err(Error::Unanswerable { request: *request_id, reason }.into());
    }
    let id = taken.id();
    if !job::is_wanted(platform, &id).await? {
        return Response::json(200, &Outcome::Settled);
    }
    let inference = run(platform, *model_id, &engine, input, until).await?;
    until.check(platform.now_ms(), &id)?;
    if !job::is_wanted(platform, &id).await? {
        return Response::json(200, &Outcome::Settled);
    }
    let headers = vec![("content-type", pin::MEDIA_TYPE.into())];
    Ok(Response { status: GO_ON, headers, body: pin::encode(job, &inference)? })
}

/// Runs a model for a request on the chain.
async fn run<P: Platform>(platform: &P, id: B256, engine: &Engine, input: &[u8], until: Until) -> Result<Inference> {
    match engine {
        Engine::Exact(model) => infer::run(model, input, MAX_JOB_SIZE),
        Engine::Onnx(file) => onnx::run(platform, id, *file, input, until).await.map(Inference::Tensor),
    }
}

/// Why the hub couldn't judge a dispute about such an answer.
fn reason_not_to_bond(engine: &Engine, input: &[u8]) -> Result<Option<String>> {
    let model = match engine {
        Engine::Exact(model) => model,
        Engine::Onnx(_) => return Ok(Some("the answer of a model without an exact form can't be bonded".into())),
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

async fn direct<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    if request.method == "OPTIONS" {
        gate::anybody(platform, request).await?;
        let headers = vec![
            ("access-control-allow-methods", "POST".to_string()),
            ("access-control-allow-headers", "authorization, content-type, x-api-key".to_string()),
            ("access-control-max-age", "86400".to_string()),
        ];
        return Ok(Response { status: 204, headers, body: Vec::new() });
    }
    let pass = gate::caller(platform, request, "infer").await?;
    request.only("POST")?;
    let question: Question = serde_json::from_slice(&request.body).map_err(|e| Error::json("the question", &e))?;
    if question.input.len() > MAX_INPUT {
        let reason = format!("it has {} bytes, at most {MAX_INPUT} are taken", question.input.len());
        return Err(Error::BadInput(reason).into());
    }
    let rpc = Rpc::configured(platform).await?;
    let hub = config::hub(platform).await?;
    let output = match model::load(platform, &rpc, hub, question.model_id).await? {
        Engine::Exact(model) => {
            // What is quickly done was paid for at the gate.
            pass.charge(infer::steps(&model, &question.input, MAX_DIRECT_SIZE) / STEPS_A_UNIT).await?;
            infer::run(&model, &question.input, MAX_DIRECT_SIZE)?.output()
        }
        Engine::Onnx(file) => {
            pass.charge(ONNX_UNITS).await?;
            let until = Until::starting(platform.now_ms());
            onnx::run(platform, question.model_id, file, &question.input, until).await?
        }
    };
    let reply = Reply {
        model_id: question.model_id,
        input_hash: keccak256(&question.input),
        output_hash: keccak256(&output),
        output,
    };
    Response::json(200, &reply)
}

#[cfg(test)]
mod tests;
