//! From a request to its answer.

use serde_json::Map;

use crate::batch::BatchError;
use crate::protocol::{InferRequest, InferResponse, ProtocolError};
use crate::repository::Model;

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
    let made = model.batcher.run(std::mem::take(&mut request.inputs)).await?;
    Ok(InferResponse {
        model_name: model.name.clone(),
        model_version: model.version.to_string(),
        outputs: request.wanted(made)?,
        id: request.id,
        parameters: Map::from_iter([("engine".to_owned(), model.batcher.engine().name().into())]),
    })
}
