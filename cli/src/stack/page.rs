//! Serves the bundled page and its `config.json`, which says where chain, contracts and gateway are.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, StatusCode};

use super::server::{Answer, answer, sentence};
use crate::error::CliError;
use crate::place::Endpoints;

/// As `web/public/_headers` has it for hosts that read that. Nobody is to have clicks on a wallet's page through a frame.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A worker's policy comes with its own script, and not from the page: it draws, and tells nobody.
const OF_WORKERS: HeaderValue =
    HeaderValue::from_static("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");

/// The page's files, and what `config.json` says.
#[derive(Clone)]
pub struct Page {
    folder: Arc<Path>,
    config: Arc<str>,
}

impl Page {
    /// A page whose files lie in `folder`.
    pub fn new(folder: PathBuf, endpoints: &Endpoints) -> Result<Self, CliError> {
        let config = serde_json::to_string(endpoints).map_err(|error| CliError::malformed("config.json", error))?;
        Ok(Self { folder: folder.into(), config: config.into() })
    }

    /// Answers one request.
    pub async fn handle(self, request: Request<Incoming>) -> Answer {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return sentence(StatusCode::METHOD_NOT_ALLOWED, "this server only gives files");
        }
        let mut answer = match request.uri().path() {
            "/config.json" => answer(StatusCode::OK, "application/json", self.config.to_string()),
            "/" => self.file("index.html").await,
            path => self.file(path.trim_start_matches('/')).await,
        };
        answer.headers_mut().extend(HEADERS);
        if request.uri().path().starts_with("/assets/") {
            answer.headers_mut().append(CONTENT_SECURITY_POLICY, OF_WORKERS);
        }
        answer
    }

    async fn file(&self, path: &str) -> Answer {
        let relative = Path::new(path);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return sentence(StatusCode::BAD_REQUEST, "not a path inside the page");
        }
        match tokio::fs::read(self.folder.join(relative)).await {
            Ok(file) => answer(StatusCode::OK, media_type(relative), file),
            Err(_) => sentence(StatusCode::NOT_FOUND, format!("there is no /{path}")),
        }
    }
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
