//! Who computes an answer: this function, the one that runs ONNX files, or a worker.

use alloy_primitives::B256;

use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::infer::{self, Inference};
use crate::model::{Engine, Kind};
use crate::onnx;
use crate::platform::Platform;
use crate::remote::client::{self, Computed};

/// A model, and what it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// The job's id; none if somebody waits for the answer.
    pub(crate) id: Option<&'a str>,
    pub(crate) model: B256,
    pub(crate) engine: &'a Engine,
    pub(crate) input: &'a [u8],
    /// Most pixels a side of a picture.
    pub(crate) max_size: u16,
    pub(crate) until: Until,
}

/// Runs a model. None if a worker is still at work.
///
/// # Errors
/// What is wrong with the input or the model, or what a worker or function says.
pub(crate) async fn run<P: Platform>(platform: &P, task: Task<'_>) -> Result<Option<Inference>> {
    if client::takes(platform, &task).await? {
        return remotely(platform, task).await;
    }
    let Task { model, engine, input, max_size, until, .. } = task;
    match engine {
        Engine::Exact(model) => infer::run(model, input, max_size).map(Some),
        Engine::Onnx(file) => {
            let output = onnx::run(platform, model, *file, input, until).await?;
            Ok(Some(Inference::Tensor { output, engine: None }))
        }
        Engine::Prompt => {
            let reason = "it draws pictures and has no exact form, and setting \"worker_models\" gives it to no worker";
            Err(Error::ModelUnusable { model, reason: reason.into() }.into())
        }
    }
}

/// Has a worker run a model. Whoever runs an exact network, the bytes are the same, so who it was isn't kept.
async fn remotely<P: Platform>(platform: &P, task: Task<'_>) -> Result<Option<Inference>> {
    let Task { engine, input, max_size, .. } = task;
    let exact = if let Engine::Exact(model) = engine { Some(&**model) } else { None };
    let is_picture = exact.map_or(matches!(engine, Engine::Prompt), |model| model.kind == Kind::Picture);
    if let Some(model) = exact.filter(|_| !is_picture) {
        infer::check_values(&model.network, input)?;
    }
    let asked = is_picture.then(|| infer::picture_input(input, max_size)).transpose()?;
    let painter = exact.zip(asked.as_ref()).map(|(model, asked)| infer::painter(model, asked)).transpose()?;
    let known = painter.as_ref().zip(asked.as_ref().map(|asked| asked.size));
    let Some(Computed { bytes, engine }) = client::run(platform, task, known).await? else { return Ok(None) };
    let engine = exact.is_none().then_some(engine);
    match asked {
        Some(asked) => infer::picture_of(asked, bytes, engine).map(Some),
        None => Ok(Some(Inference::Tensor { output: bytes.into(), engine })),
    }
}
