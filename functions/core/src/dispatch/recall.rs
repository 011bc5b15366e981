//! Takes up requests again that were answered before: their input is in the event with which they were made.

use alloy_primitives::{Address, B256};
use verdigris_model::picture::{Picture, TILE_BYTES};

use super::{check_hub, hand_over, infer};
use crate::abi::IInferenceHub::{Assurance, InferenceRequested, Status};
use crate::callback::{Answer, Outcome, Part};
use crate::chain::{self, Asked};
use crate::config;
use crate::error::{Error, Result};
use crate::event::infer_job;
use crate::executor::{self, Task};
use crate::handoff::Until;
use crate::http::Response;
use crate::infer::{self as inference, MAX_JOB_SIZE};
use crate::job::{self, Job, LEAVES};
use crate::model;
use crate::platform::Platform;
use crate::rpc::{Answer as RpcAnswer, Call, Rpc};

/// An answer is to reach a higher level: the question is answered again, at that level. The same question gives the
/// same bytes, so the answer is the one that was accepted.
pub(super) async fn raise<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<Response> {
    let Job::Raise { chain_id, hub, request_id, level, deadline } = job else {
        return Err(Error::BadInput(format!("job {} raises nothing", job.id())).into());
    };
    check_hub(platform, *chain_id, *hub, *request_id).await?;
    let rpc = Rpc::configured(platform).await?;
    let (asked, answer) = standing(&rpc, *hub, *request_id, chain::level_of(*hub, *request_id)?).await?;
    let wanted = asked.raise_from(chain::read_level(answer)?) == Assurance::try_from(*level).ok();
    if !wanted || asked.request.deadline != *deadline || !is_served(platform, &asked).await? {
        return settled(platform, job, &asked).await;
    }
    // What only gives evidence isn't worth drawing a picture twice.
    let head: chain::Head = rpc.ask(chain::latest_block()?).await?;
    if !chain::is_deep(platform, &rpc, (*hub, *request_id), &asked, head.number.to()).await? {
        return Response::json(202, &Outcome::Early);
    }
    let mut again = infer_job(*chain_id, *hub, request(&rpc, *hub, *request_id).await?);
    if let Job::Infer { level: asked_level, deadline: asked_deadline, .. } = &mut again {
        (*asked_level, *asked_deadline) = (*level, *deadline);
    }
    infer(platform, &again, job, until).await
}

/// Somebody wants to see a tile of a bonded picture, or the leaves of its tree: it is drawn again.
pub(super) async fn show<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<Response> {
    let Job::Show { chain_id, hub, request_id, index, .. } = job else {
        return Err(Error::BadInput(format!("job {} shows nothing", job.id())).into());
    };
    check_hub(platform, *chain_id, *hub, *request_id).await?;
    let rpc = Rpc::configured(platform).await?;
    let (asked, answer) = standing(&rpc, *hub, *request_id, chain::proposal_of(*hub, *request_id)?).await?;
    if chain::read_proposal(answer)?.is_none() || !is_served(platform, &asked).await? {
        return settled(platform, job, &asked).await;
    }
    let InferenceRequested { modelId: model_id, input, .. } = request(&rpc, *hub, *request_id).await?;
    let model = model::load(platform, &rpc, *hub, model_id).await?.exact(model_id)?;
    let (drawn, picture) = inference::draw(&model, &input, MAX_JOB_SIZE)?;
    let answer = Answer::Show { job: job.clone(), input, output: drawn.output(), part: part(&picture, *index) };
    hand_over(platform, &answer, until).await
}

/// What is demanded. A tile that the picture doesn't have is empty, without a path: that there is none is all that can be
/// shown of it.
fn part(picture: &Picture, index: u32) -> Part {
    let words = |hashes: Vec<[u8; 32]>| hashes.into_iter().map(B256::from).collect();
    if index == LEAVES {
        return Part::Leaves(words(picture.leaves()));
    }
    match picture.tile_proof(index) {
        Ok(shown) => Part::Tile { pixels: shown.tile.into(), proof: words(shown.proof) },
        Err(_) => Part::Tile { pixels: [0; TILE_BYTES].into(), proof: Vec::new() },
    }
}

/// A consumer's callback failed, so it still waits for its answer, of which the hub only keeps the hash.
pub(super) async fn deliver<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<Response> {
    let Job::Deliver { chain_id, hub, request_id } = job else {
        return Err(Error::BadInput(format!("job {} delivers nothing", job.id())).into());
    };
    check_hub(platform, *chain_id, *hub, *request_id).await?;
    let rpc = Rpc::configured(platform).await?;
    let (asked, answer) = standing(&rpc, *hub, *request_id, chain::receipt_of(*hub, *request_id)?).await?;
    if chain::read_undelivered(answer)?.is_none() || !is_served(platform, &asked).await? {
        return settled(platform, job, &asked).await;
    }
    let InferenceRequested { modelId: model_id, input, .. } = request(&rpc, *hub, *request_id).await?;
    let engine = model::load(platform, &rpc, *hub, model_id).await?;
    let id = job.id();
    let (id, engine, input) = (Some(&*id), &engine, &input);
    let task = Task { id, model: model_id, engine, input, max_size: MAX_JOB_SIZE, until };
    let inference = executor::run(platform, task).await?;
    let Some(inference) = inference else { return Response::json(202, &Outcome::Early) };
    hand_over(platform, &Answer::Deliver { job: job.clone(), output: inference.output() }, until).await
}

/// The request as the hub keeps it, and the answer to one more question.
async fn standing<P: Platform>(rpc: &Rpc<P>, hub: Address, request_id: B256, more: Call) -> Result<(Asked, RpcAnswer)> {
    let mut answers = rpc.batch(vec![chain::request_of(hub, request_id)?, more]).await?;
    let more = answers.remove(1);
    Ok((chain::read_request(answers.remove(0))?, more))
}

/// What was asked, from the event.
async fn request<P: Platform>(rpc: &Rpc<P>, hub: Address, request_id: B256) -> Result<InferenceRequested> {
    chain::asked(rpc, hub, request_id).await?.ok_or_else(|| {
        let reason = "no node gives the event with which it was made, and only that holds its input".into();
        Error::Unanswerable { request: request_id, reason }.into()
    })
}

async fn is_served<P: Platform>(platform: &P, asked: &Asked) -> Result<bool> {
    Ok(config::consumers(platform).await?.contains(&asked.request.consumer))
}

async fn settled<P: Platform>(platform: &P, job: &Job, asked: &Asked) -> Result<Response> {
    if asked.status == Status::Unknown {
        return Response::json(202, &Outcome::Unknown);
    }
    job::settle(platform, &job.id()).await?;
    Response::json(200, &Outcome::Settled)
}
