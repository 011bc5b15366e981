//! Stores an answer where anyone finds it by its content, and describes it, before anything of it goes on the chain.
//!
//! Content addresses are computed here and compared with what each service says, so a service that keeps something
//! else, or nothing, can't make us sign for it. Several services are asked at the same time; a quorum of them must hold
//! the content before the answer goes on.

mod arweave;
mod embedded;
mod exchange;
mod file;
mod kubo;
mod multipart;
mod pinata;
mod psa;
mod quorum;
mod service;

use alloy_primitives::{B256, Bytes};
use futures::future::join;
use serde::{Deserialize, Serialize};

use crate::callback::Answer;
use crate::error::{Error, Result};
use crate::frame;
use crate::gate;
use crate::handoff::{GO_ON, Until};
use crate::http::{Request, Response};
use crate::infer::{self, Drawn, Inference};
use crate::job::Job;
use crate::metadata::{self, Origin};
use crate::platform::Platform;
use file::File;
use quorum::Quorum;

/// Largest `/pin` body: a job and the PNG of the largest picture that is drawn, did it not compress at all.
pub const MAX_BODY: usize = 20 << 20;
/// Time that a file's uploads may take together.
const TIMEOUT_MS: u64 = 8_000;

/// The media type of that body.
pub const MEDIA_TYPE: &str = "application/vnd.verdigris.answer";

/// What dispatch hands over as the body of `POST /pin`: this in JSON and, for a picture, its PNG behind it ([`frame`]).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    job: Job,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_root: Option<B256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<String>,
}

/// Forms the body of `POST /pin`.
///
/// # Errors
/// [`Error::Internal`] if the job has no JSON form.
pub fn encode(job: &Job, inference: &Inference) -> Result<Vec<u8>> {
    let (pixel_root, output, png, engine) = match inference {
        Inference::Tensor { output, engine } => (None, Some(output.clone()), &[][..], engine.clone()),
        Inference::Picture(drawn) => (Some(drawn.pixel_root), None, drawn.png.as_slice(), drawn.engine.clone()),
    };
    let header = serde_json::to_vec(&Header { job: job.clone(), pixel_root, output, engine })
        .map_err(|e| Error::Internal(format!("a job has no JSON form: {e}")))?;
    Ok(frame::join(&header, png))
}

/// Reads the body of `POST /pin`.
fn decode(body: &[u8]) -> Result<(Job, Inference)> {
    let malformed = |reason: &str| Box::new(Error::Malformed { what: "the answer to pin", reason: reason.into() });
    let (header, png) = frame::split(body).ok_or_else(|| malformed("it ends too early"))?;
    let header: Header = crate::json::from_slice(header).map_err(|e| Error::json("the answer to pin", &e))?;
    let (png, engine) = (png.to_vec(), header.engine);
    let inference = match (header.pixel_root, header.output, &header.job) {
        (None, Some(output), _) if png.is_empty() => Inference::Tensor { output, engine },
        (Some(pixel_root), None, Job::Infer { input, .. }) => {
            Inference::Picture(Drawn { input: infer::read_picture_input(input)?, pixel_root, png, engine })
        }
        _ => return Err(malformed("it is neither a picture nor a tensor's output")),
    };
    Ok((header.job, inference))
}

/// The pin component: `POST /pin` for what dispatch has made, `GET /ipfs/{cid}` for everyone.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    if let Some(cid) = request.path.strip_prefix("/ipfs/") {
        let response = content(platform, &request, cid).await.unwrap_or_else(Response::from);
        return response.with_header("access-control-allow-origin", "*");
    }
    let result = match request.path.as_str() {
        "/pin" => match request.only("POST") {
            Ok(()) => pin(platform, request).await,
            Err(error) => Err(error),
        },
        _ => Err(request.not_found()),
    };
    result.unwrap_or_else(Response::from)
}

async fn content<P: Platform>(platform: &P, request: &Request, cid: &str) -> Result<Response> {
    gate::caller(platform, request, "ipfs").await?;
    request.only("GET")?;
    embedded::serve(platform, request, cid).await
}

async fn pin<P: Platform>(platform: &P, request: Request) -> Result<Response> {
    let until = Until::of(&request, platform.now_ms());
    let (job, inference) = decode(&request.body)?;
    // A large picture is in memory but once while it is uploaded.
    drop(request);
    let Job::Infer { chain_id, hub, request_id, model_id, input, .. } = &job else {
        let reason = "it makes no answer that could be pinned".into();
        return Err(Error::Malformed { what: "the job", reason }.into());
    };
    let quorum = Quorum::configured(platform).await?;
    let origin = Origin { chain_id: *chain_id, hub: *hub, request_id: *request_id, model_id: *model_id };
    let (output, document, image) = match inference {
        Inference::Tensor { output, engine } => {
            let document = metadata::tensor(&origin, input, &output, engine.as_deref())?;
            (output, document, None)
        }
        Inference::Picture(drawn) => {
            let image = File::new("picture.png", "image/png", drawn.png);
            let engine = drawn.engine.as_deref();
            let document = metadata::picture(&origin, &drawn.input, drawn.pixel_root, &image.cid, engine)?;
            (infer::picture_output(drawn.pixel_root, &image.cid), document, Some(image))
        }
    };
    let document = File::new("metadata.json", "application/json", document);
    let content_hash = B256::from(document.cid.digest());
    let by = until.within(TIMEOUT_MS, platform.now_ms());
    // Both addresses are known beforehand, so neither upload has to wait for the other, nor ends if the other fails:
    // what is kept needs not be uploaded at the next try.
    let image = async {
        match image {
            Some(image) => quorum.keep(platform, image, by).await,
            None => Ok(()),
        }
    };
    let (image, document) = join(image, quorum.keep(platform, document, by)).await;
    image.and(document)?;
    Response::json(GO_ON, &Answer::Fulfil { job, output, content_hash })
}

#[cfg(test)]
mod tests;
