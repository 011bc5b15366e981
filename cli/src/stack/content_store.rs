//! A local content store that answers as an IPFS gateway (`/ipfs/{cid}`) and as Kubo's RPC (`/api/v0/add` and
//! `/api/v0/dag/import`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use hyper::{Method, Request, StatusCode};
use verdigris_core::{car, cid};

use super::server::{Answer, answer, sentence};

/// The largest upload taken, in bytes.
const MAX_UPLOAD: usize = 64 << 20;

/// Why something isn't taken.
type Refusal = (StatusCode, String);

fn refusal((status, reason): Refusal) -> Answer {
    sentence(status, reason)
}

/// Files by CID, in a folder.
#[derive(Clone)]
pub struct ContentStore {
    folder: Arc<Path>,
}

impl ContentStore {
    /// Opens the store in `folder`, which is made if it isn't there.
    pub fn open(folder: PathBuf) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: folder.into() })
    }

    /// Answers one request.
    pub async fn handle(self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        match (request.method(), path.as_str()) {
            (&Method::POST, "/api/v0/add") => self.add(request).await.unwrap_or_else(refusal),
            (&Method::POST, "/api/v0/dag/import") => self.import(request).await.unwrap_or_else(refusal),
            (&Method::GET | &Method::HEAD, path) if path.starts_with("/ipfs/") => {
                self.get(&path["/ipfs/".len()..]).await
            }
            (_, "/api/v0/add" | "/api/v0/dag/import") => {
                sentence(StatusCode::METHOD_NOT_ALLOWED, "Kubo's RPC takes POST only")
            }
            _ => sentence(StatusCode::NOT_FOUND, "here are only /ipfs/{cid}, /api/v0/add and /api/v0/dag/import"),
        }
    }

    /// Kubo's `add` for one file: multipart in, one line of JSON out.
    async fn add(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let (name, file) = upload(request).await?;
        let cid = cid::of(&file).to_string();
        self.keep(&cid, &file).await?;
        let line = serde_json::json!({ "Name": name, "Hash": cid, "Size": file.len().to_string() });
        Ok(answer(StatusCode::OK, "application/json", format!("{line}\n")))
    }

    /// Kubo's `dag import` for one archive of one file.
    async fn import(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let (_, archive) = upload(request).await?;
        let (root, file) = car::read(&archive).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        let cid = root.to_string();
        self.keep(&cid, &file).await?;
        let line = serde_json::json!({ "Root": { "Cid": { "/": cid }, "PinErrorMsg": "" } });
        Ok(answer(StatusCode::OK, "application/json", format!("{line}\n")))
    }

    /// Written beside and renamed, so that a file is either whole or not there.
    async fn keep(&self, cid: &str, file: &[u8]) -> Result<(), Refusal> {
        let (path, draft) = (self.folder.join(cid), self.folder.join(format!("{cid}.part")));
        let kept = async {
            tokio::fs::write(&draft, file).await?;
            tokio::fs::rename(&draft, &path).await
        };
        kept.await.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, format!("{cid} could not be kept: {error}")))
    }

    async fn get(&self, cid: &str) -> Answer {
        // A CID is letters and digits, so it can't leave the folder.
        if cid.is_empty() || !cid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return sentence(StatusCode::BAD_REQUEST, "not a CID");
        }
        match tokio::fs::read(self.folder.join(cid)).await {
            Ok(file) => {
                let mut found = answer(StatusCode::OK, media_type(&file), file);
                let headers = found.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
                if let Ok(tag) = HeaderValue::from_str(&format!("\"{cid}\"")) {
                    headers.insert(ETAG, tag);
                }
                found
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                sentence(StatusCode::NOT_FOUND, format!("{cid} is not kept here"))
            }
            Err(error) => sentence(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

/// The name and the content of the first file of a form.
async fn upload(request: Request<Incoming>) -> Result<(String, Bytes), Refusal> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type)
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("not a multipart form: {error}")))?;
    let body = Limited::new(request.into_body(), MAX_UPLOAD)
        .collect()
        .await
        .map_err(|error| (StatusCode::PAYLOAD_TOO_LARGE, format!("upload not taken: {error}")))?;
    first_file(body.to_bytes(), boundary).await.map_err(|reason| (StatusCode::BAD_REQUEST, reason))
}

async fn first_file(body: Bytes, boundary: String) -> Result<(String, Bytes), String> {
    let stream = futures::stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut form = multer::Multipart::new(stream, boundary);
    let field = form.next_field().await.map_err(|error| format!("malformed form: {error}"))?;
    let field = field.ok_or("the form holds no file")?;
    let name = field.file_name().unwrap_or("file").to_owned();
    let bytes = field.bytes().await.map_err(|error| format!("malformed form: {error}"))?;
    Ok((name, bytes))
}

fn media_type(file: &[u8]) -> &'static str {
    match file {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'{', ..] => "application/json",
        _ => "application/octet-stream",
    }
}
