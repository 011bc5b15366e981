//! From a request to its answer.

use serde_json::Map;

use crate::batch::BatchError;
use crate::protocol::{InferRequest, InferResponse, ProtocolError};
use crate::repository::Model;
use crate::tensor::DataType;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferError {
    /// It asks for something that isn't there.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The model didn't run.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// Runs a model, with other requests or alone.
///
/// # Errors
/// If the inputs don't fit, an output isn't there, the queue is full or the engine fails.
#[tracing::instrument(skip_all, fields(model = model.name, version = model.version, engine = model.batcher.engine().name()))]
pub async fn infer(model: &Model, mut request: InferRequest) -> Result<InferResponse, InferError> {
    check(model, &request)?;
    let made = model.batcher.run(std::mem::take(&mut request.inputs)).await?;
    let engine = model.batcher.engine();
    let mut parameters = Map::from_iter([("engine".to_owned(), engine.name().into())]);
    if !engine.is_exact() {
        parameters.insert("levels".to_owned(), "attested, quorum".into());
    }
    Ok(InferResponse {
        model_name: model.name.clone(),
        model_version: model.version.to_string(),
        outputs: request.wanted(made)?,
        id: request.id,
        parameters,
    })
}

/// What can be told of a request before the model runs, beside its inputs.
///
/// # Errors
/// If an output isn't there or has no form in JSON, or the level is none that the model's answers can have.
pub fn check(model: &Model, request: &InferRequest) -> Result<(), InferError> {
    check_level(model, request)?;
    let ports = &model.batcher.engine().signature().outputs;
    for wanted in &request.outputs {
        let malformed = |reason: String| Err(ProtocolError::Malformed(reason).into());
        match ports.iter().find(|port| port.name == wanted.name) {
            None => return malformed(format!("the model has no output `{}`", wanted.name)),
            Some(port) if port.datatype == DataType::Fp16 && !wanted.is_binary => {
                return malformed(format!(
                    "output `{}` is FP16, which has no form in JSON: ask for binary data",
                    port.name
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Refuses a level that the model's answers can't have: what isn't the same on every machine can be attested and voted
/// on, but nobody could prove or disprove it.
fn check_level(model: &Model, request: &InferRequest) -> Result<(), ProtocolError> {
    let Some(level) = request.parameters.get("level") else { return Ok(()) };
    let wrong = |reason: String| Err(ProtocolError::Malformed(reason));
    match level.as_str().unwrap_or_default() {
        "attested" | "quorum" => Ok(()),
        "optimistic" | "proven" | "executed" if model.batcher.engine().is_exact() => Ok(()),
        "optimistic" | "proven" | "executed" => {
            wrong(format!("model `{}` is not exact: its levels are attested and quorum", model.name))
        }
        _ => wrong(format!("`level` is attested, quorum, optimistic, proven or executed, not {level}")),
    }
}
