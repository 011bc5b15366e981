//! Stores an answer where anyone finds it by its content, and describes it, before anything of it goes on the chain.
//!
//! Content addresses are computed here and compared with what each service says, so a service that keeps something
//! else, or nothing, can't make us sign for it.

mod embedded;
mod kubo;
mod multipart;
mod pinata;

use alloy_primitives::{B256, Bytes};
use futures::future::try_join;
use serde::{Deserialize, Serialize};

use crate::callback::{self, Answer};
use crate::cid::{self as unixfs, Cid};
use crate::error::{Error, Result};
use crate::handoff::{self, Until};
use crate::http::{Request, Response};
use crate::infer::{self, Drawn, Inference};
use crate::job::Job;
use crate::metadata::{self, Origin};
use crate::platform::{HttpRequest, Platform, PlatformError};

/// Largest `/pin` body: a job and the PNG of the largest picture that is drawn, did it not compress at all.
pub const MAX_BODY: usize = 20 << 20;
/// Time that one upload may take.
const TIMEOUT_MS: u64 = 8_000;
/// Most bytes of a service's answer.
const MAX_ANSWER: usize = 64 * 1024;

/// A file on its way to a service.
struct File<'a> {
    name: &'a str,
    content_type: &'a str,
    content: &'a [u8],
    cid: Cid,
}

impl<'a> File<'a> {
    fn new(name: &'a str, content_type: &'a str, content: &'a [u8]) -> Self {
        Self { name, content_type, content, cid: unixfs::of(content) }
    }
}

/// What dispatch hands over: a header in JSON and, for a picture, its PNG behind it.
///
/// The body of `POST /pin` is the header's length (u32, big-endian), the header, the PNG.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    job: Job,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_root: Option<B256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Bytes>,
}

/// Forms the body of `POST /pin`.
///
/// # Errors
/// [`Error::Internal`] if the job has no JSON form.
pub fn encode(job: &Job, inference: &Inference) -> Result<Vec<u8>> {
    let (pixel_root, output, png) = match inference {
        Inference::Tensor(output) => (None, Some(output.clone()), &[][..]),
        Inference::Picture(drawn) => (Some(drawn.pixel_root), None, drawn.png.as_slice()),
    };
    let header = serde_json::to_vec(&Header { job: job.clone(), pixel_root, output })
        .map_err(|e| Error::Internal(format!("a job has no JSON form: {e}")))?;
    let mut body = Vec::with_capacity(4 + header.len() + png.len());
    body.extend_from_slice(&(header.len() as u32).to_be_bytes());
    body.extend_from_slice(&header);
    body.extend_from_slice(png);
    Ok(body)
}

/// Reads the body of `POST /pin`; takes it, since the PNG in it may be large.
fn decode(mut body: Vec<u8>) -> Result<(Job, Inference)> {
    let malformed = |reason: &str| Error::Malformed { what: "the answer to pin", reason: reason.into() };
    let len = body.first_chunk::<4>().ok_or_else(|| malformed("it is shorter than its first field"))?;
    let end = (u32::from_be_bytes(*len) as usize).saturating_add(4);
    let header = body.get(4..end).ok_or_else(|| malformed("its header is longer than the body"))?;
    let header: Header = serde_json::from_slice(header).map_err(|e| Error::json("the answer to pin", &e))?;
    let png = body.split_off(end);
    let inference = match (header.pixel_root, header.output, &header.job) {
        (None, Some(output), _) if png.is_empty() => Inference::Tensor(output),
        (Some(pixel_root), None, Job::Infer { input, .. }) => {
            Inference::Picture(Drawn { input: infer::read_picture_input(input)?, pixel_root, png })
        }
        _ => return Err(malformed("it is neither a picture nor a tensor's output")),
    };
    Ok((header.job, inference))
}

/// The pin component: `POST /pin` for dispatch, `GET /ipfs/{cid}` for everyone.
pub async fn handle<P: Platform>(platform: &P, request: Request) -> Response {
    let result = match request.path.strip_prefix("/ipfs/") {
        Some(cid) => embedded::serve(platform, &request, cid).await,
        None if request.path == "/pin" => match request.only("POST") {
            Ok(()) => pin(platform, request).await,
            Err(error) => Err(error),
        },
        None => Err(request.not_found()),
    };
    result.unwrap_or_else(Response::from)
}

async fn pin<P: Platform>(platform: &P, request: Request) -> Result<Response> {
    let until = Until::of(&request, platform.now_ms());
    let (job, inference) = decode(request.body)?;
    let Job::Infer { chain_id, hub, request_id, model_id, input, .. } = &job else {
        return Err(Error::Malformed { what: "the job", reason: "it makes no answer that could be pinned".into() });
    };
    let origin = Origin { chain_id: *chain_id, hub: *hub, request_id: *request_id, model_id: *model_id };
    let (output, document, image) = match &inference {
        Inference::Tensor(output) => (output.clone(), metadata::tensor(&origin, input, output)?, None),
        Inference::Picture(drawn) => {
            let image = File::new("picture.png", "image/png", &drawn.png);
            let document = metadata::picture(&origin, &drawn.input, drawn.pixel_root, &image.cid)?;
            (infer::picture_output(drawn.pixel_root, &image.cid), document, Some(image))
        }
    };
    let file = File::new("metadata.json", "application/json", &document);
    // Both addresses are known beforehand, so neither upload has to wait for the other.
    match &image {
        Some(image) => drop(try_join(everywhere(platform, image), everywhere(platform, &file)).await?),
        None => everywhere(platform, &file).await?,
    }
    let content_hash = B256::from(file.cid.digest());
    let answer = Answer::Fulfil { job, output, content_hash };
    handoff::post(platform, callback::FUNCTION, "/answers", &answer, until).await
}

/// Stores a file with every configured service, one after the other.
async fn everywhere<P: Platform>(platform: &P, file: &File<'_>) -> Result<()> {
    let pinners = platform.config("pinners").await?.unwrap_or_else(|| "embedded".into());
    for pinner in pinners.split(',').map(str::trim).filter(|pinner| !pinner.is_empty()) {
        let (service, actual) = match pinner {
            "embedded" => ("embedded", embedded::add(platform, file).await?),
            "kubo" => ("kubo", kubo::add(platform, file).await?),
            "pinata" => ("pinata", pinata::add(platform, file).await?),
            _ => {
                let reason = "names a service that is unknown; use embedded, kubo, pinata".into();
                return Err(Error::Config { name: "pinners", reason });
            }
        };
        // A service may write the same content in CIDv0; the content is what counts, so digests would do, but
        // metadata and contracts hold CIDv1 and gateways may serve only what they were given.
        if actual != file.cid {
            let (expected, actual) = (file.cid.to_string(), actual.to_string());
            return Err(Error::CidMismatch { service, expected, actual });
        }
    }
    Ok(())
}

/// Sends a request to a service and hands back the body of a good answer.
async fn send(platform: &impl Platform, service: &'static str, request: HttpRequest) -> Result<Vec<u8>> {
    let failed = |reason: String, timed_out| Error::Pin { service, reason, timed_out };
    let response =
        platform.http(request).await.map_err(|e| failed(e.to_string(), matches!(e, PlatformError::Timeout(_))))?;
    if response.is_success() {
        return Ok(response.body);
    }
    let said = crate::http::clip(&String::from_utf8_lossy(&response.body), 120);
    Err(failed(format!("HTTP status {}: {said}", response.status), false))
}

fn nonsense(service: &'static str, error: &serde_json::Error) -> Error {
    Error::Pin { service, reason: format!("its answer makes no sense: {error}"), timed_out: false }
}

fn read_cid(service: &'static str, text: &str) -> Result<Cid> {
    text.parse().map_err(|_| Error::Pin {
        service,
        reason: format!("its answer holds no CID: {:?}", crate::http::clip(text, 80)),
        timed_out: false,
    })
}

#[cfg(test)]
mod tests;
