//! What the other functions have of `remote`: dispatch asks it, intake hears for it.

use alloy_primitives::Bytes;
use serde_json::value::RawValue;
use verdigris_model::picture::Painter;

use super::message::{Asked, Form};
use super::{FUNCTION, RUN, TOLD, told};
use crate::error::{Error, Result};
use crate::executor::Task;
use crate::frame;
use crate::gate;
use crate::handoff::{self, Until};
use crate::http::{Request, Response};
use crate::infer;
use crate::job;
use crate::json::{Opened, from_slice, open};
use crate::model::{Engine, Kind, Model};
use crate::platform::{MAX_VALUE, Platform};

/// Where workers tell us; below it, by the job's id and a token, what isn't signed.
pub(super) const PATH: &str = "/webhooks/worker";
/// Pixels of a worker's picture that are drawn here, too. Of a picture that is wrong in a tenth of its pixels, one in 800
/// passes.
const PIXELS_COMPARED: usize = 64;
/// Most bytes that are kept of what is told of a job, in its record. They are quoted there, and beside other things.
pub(super) const MOST_TOLD: usize = MAX_VALUE / 4 * 3;
/// Before an errand whose answer was wrong.
pub(super) const WRONG: &str = "wrong ";
/// The engine of a worker that doesn't name its own.
const UNNAMED: &str = "unnamed";
/// Where it is kept which workers failed.
const BREAKERS: &str = "workers";

/// What a worker has computed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Computed {
    /// The output as the hub takes it; a picture's pixels, three bytes each.
    pub(crate) bytes: Vec<u8>,
    /// What computed it.
    pub(crate) engine: String,
}

/// Whether a worker is to answer a question: setting `worker_models` lists ids of models, `onnx` (what has no exact form),
/// `all`, and numbers: an exact network with more steps than that ([`infer::steps`]).
///
/// # Errors
/// If the setting can't be read.
pub(crate) async fn takes(platform: &impl Platform, task: &Task<'_>) -> Result<bool> {
    let list = platform.config("worker_models").await?.unwrap_or_default();
    let is_listed = |entry: &str| match (entry, task.engine) {
        ("all", _) | ("onnx", Engine::Onnx(_) | Engine::Prompt) => true,
        (entry, Engine::Exact(model)) if let Ok(most) = entry.parse() => {
            infer::steps(model, task.input, infer::MAX_JOB_SIZE) > most
        }
        (entry, _) => entry.parse() == Ok(task.model),
    };
    Ok(list.split(',').map(str::trim).any(is_listed))
}

/// Has a worker answer a question. None if it isn't done yet. A picture of which something is known is compared with it.
///
/// # Errors
/// [`Error::Function`]: 422 if no worker can do it, 503 if none is well and has room.
pub(crate) async fn run<P: Platform>(
    platform: &P,
    task: Task<'_>,
    known: Option<(&Painter, u16)>,
) -> Result<Option<Computed>> {
    let id = task.id.unwrap_or_default();
    let errand = job::taken(platform, id).await?.and_then(|taken| taken.errand).unwrap_or_default();
    let breakers = platform.get(BREAKERS).await?.unwrap_or_default().into();
    let (form, input) = (form(task.engine), Bytes::copy_from_slice(task.input));
    let asked = Asked { id: id.into(), model: task.model, form, input, breakers, errand };
    let mut answer = ask(platform, &asked, task.until).await?;
    if answer.status == 200 {
        let Some(fault) = known.and_then(|(painter, size)| difference(painter, size, &answer.output)) else {
            return Ok(Some(Computed { bytes: answer.output, engine: answer.engine }));
        };
        // Whoever asks next tells who was wrong.
        (answer.errand, answer.status, answer.detail) = (format!("{WRONG}{}", answer.errand), 503, fault);
    }
    if answer.errand != asked.errand {
        job::send_out(platform, id, answer.errand).await?;
    }
    if answer.status == 202 { Ok(None) } else { Err(failure(answer.status, answer.detail)) }
}

fn failure(status: u16, detail: String) -> Box<Error> {
    Error::Function { function: "worker", status, detail }.into()
}

/// What `remote` said.
struct Answer {
    status: u16,
    errand: String,
    engine: String,
    detail: String,
    breakers: Bytes,
    output: Vec<u8>,
}

async fn ask<P: Platform>(platform: &P, asked: &Asked, until: Until) -> Result<Answer> {
    let form = "application/octet-stream";
    let response = handoff::post_bytes(platform, FUNCTION, RUN, form, asked.to_bytes(), until).await?;
    let read = || {
        let (head, output) = frame::split(&response.body)?;
        let head = open(from_slice::<&RawValue>(head).ok()?).ok()?;
        let text = |name| head.get(name).and_then(Opened::into_text).unwrap_or_default();
        Some(Answer {
            status: head.closed("status")?.get().parse().ok()?,
            errand: text("errand"),
            engine: head.get("engine").and_then(Opened::into_text).unwrap_or_else(|| UNNAMED.into()),
            detail: text("detail"),
            breakers: text("breakers").parse().ok()?,
            output: output.to_vec(),
        })
    };
    let answer = read().ok_or_else(|| failure(502, "its message makes no sense".into()))?;
    if answer.breakers != asked.breakers {
        platform.set(BREAKERS, &answer.breakers).await?;
    }
    Ok(answer)
}

fn form(engine: &Engine) -> Form {
    match engine {
        Engine::Onnx(_) => Form::File,
        Engine::Prompt => Form::Prompt,
        Engine::Exact(model) => match &**model {
            Model { kind: Kind::Picture, .. } => Form::Picture,
            Model { network, .. } => {
                let spec = network.spec();
                let latent = spec.latent.as_ref().map_or(0, |domain| domain.lo);
                Form::Exact {
                    signed: [spec.input.lo < 0, latent < 0],
                    outputs: network.output_len(),
                    is_raw: network.output_is_raw(),
                }
            }
        },
    }
}

/// Compares some pixels, which nobody can foresee, with those that are drawn here.
fn difference(painter: &Painter, size: u16, pixels: &[u8]) -> Option<String> {
    let mut places = [0; 4 * PIXELS_COMPARED];
    if let Err(error) = getrandom::fill(&mut places) {
        return Some(error.to_string());
    }
    places.as_chunks().0.iter().find_map(|&[x, dx, y, dy]| {
        let (x, y) = (u16::from_le_bytes([x, dx]) % size, u16::from_le_bytes([y, dy]) % size);
        let at = 3 * (usize::from(y) * usize::from(size) + usize::from(x));
        let is_same = painter.pixel(size, x, y).is_ok_and(|drawn| pixels.get(at..at + 3) == Some(&drawn[..]));
        (!is_same).then(|| format!("its picture is another at ({x}, {y})"))
    })
}

/// Whether workers tell us at this path.
pub(crate) fn is_told_at(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|way| way.is_empty() || way.starts_with('/'))
}

/// Takes what a worker tells of a job, and goes on with it.
///
/// # Errors
/// If it isn't a worker's, or the store fails.
pub(crate) async fn hear<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let until = Until::starting(platform.now_ms());
    let form = "application/octet-stream";
    let checked = handoff::post_bytes(platform, FUNCTION, TOLD, form, told::to_bytes(request), until).await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(error) => return Err(gate::wrong(platform, request, error).await),
    };
    gate::provider(platform, "worker").await?;
    // What can be asked for needn't be kept.
    let told = if request.path == PATH || request.body.len() > MOST_TOLD { &[][..] } else { &request.body };
    let (id, told) = (String::from_utf8_lossy(&checked.body), String::from_utf8_lossy(told));
    if let Some(job) = job::wake(platform, &id, &told).await? {
        let inner = platform.clone();
        platform.spawn(async move { handoff::run_all(&inner, &[job], 1, until).await });
    }
    Response::json(200, &())
}
