//! Has a service fetch content by its CID: the IPFS Pinning Service API 1.0.0,
//! <https://ipfs.github.io/pinning-services-api-spec/>.
//!
//! The service gets no bytes, so another must hold them where it finds them. It queues a request and fetches when it
//! likes; we look again until it says `pinned`. What is still `queued` or `pinning` when the time is over counts as not
//! kept *yet*: the service goes on by itself, and the next try finds the same request there instead of making another.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::exchange::Peer;
use super::file::File;
use crate::config;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::http::clip;
use crate::json::open;
use crate::platform::Platform;

pub(super) const SERVICE: &str = "psa";
/// Most origins that the API allows.
const MAX_ORIGINS: usize = 20;
/// How long to wait before looking again for the first time; each pause is half as long again as the one before.
const FIRST_PAUSE_MS: u64 = 200;
/// The longest pause.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// An account.
pub(super) struct Psa {
    /// The API, without a slash at its end.
    url: String,
    token: String,
    /// Multiaddresses of nodes that have the content.
    origins: Vec<String>,
}

/// What the service is asked, and what it says it was asked.
#[derive(Serialize)]
struct Pin<'a> {
    cid: String,
    name: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    origins: &'a [String],
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    app: &'static str,
}

#[derive(Deserialize)]
struct PinStatus {
    requestid: String,
    status: String,
    pin: Named,
    info: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Named {
    cid: String,
}

#[derive(Deserialize)]
struct Found {
    results: Vec<PinStatus>,
}

impl Psa {
    pub(super) async fn configured(platform: &impl Platform) -> Result<Self> {
        let url = config::base_url(platform, "psa_url").await? + &config::path(platform, "psa_path").await?;
        let token = config::required(platform, "psa_token").await?;
        let list = platform.config("psa_origins").await?.unwrap_or_default();
        let origins: Vec<String> =
            list.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
        if origins.len() > MAX_ORIGINS || !origins.iter().all(|origin| origin.starts_with('/')) {
            let reason = format!("is not a comma-separated list of at most {MAX_ORIGINS} multiaddresses");
            return Err(Error::Config { name: "psa_origins", reason }.into());
        }
        Ok(Self { url, token, origins })
    }

    /// Has a file pinned, and waits for that.
    pub(super) async fn keep(&self, platform: &impl Platform, file: &File, by: Until) -> Result<()> {
        let peer = Peer { platform, name: SERVICE, token: &self.token, by };
        let mut state = match self.earlier(&peer, file).await? {
            Some(state) => state,
            None => self.ask(&peer, file).await?,
        };
        let request = segment(&peer, &state.requestid)?;
        let mut pause = FIRST_PAUSE_MS;
        loop {
            peer.agree(&file.cid, &peer.cid(&state.pin.cid)?)?;
            match state.status.as_str() {
                "pinned" => return Ok(()),
                "queued" | "pinning" => {}
                "failed" => return Err(peer.failed(format!("it gave up: {}", details(&state)))),
                other => return Err(peer.failed(format!("its status {:?} is unknown", clip(other, 20)))),
            }
            if by.left(platform.now_ms()) <= pause {
                let reason = format!("it has not fetched the content yet ({}); it goes on by itself", state.status);
                return Err(peer.late(reason));
            }
            platform.sleep(pause).await;
            pause = (pause + pause / 2).min(LONGEST_PAUSE_MS);
            let response = peer.send("GET", format!("{}/pins/{request}", self.url), None, Vec::new()).await?;
            state = peer.json(&response.body)?;
        }
    }

    /// A request of an earlier try that has not failed. What else the service lists is not believed to be ours.
    async fn earlier(&self, peer: &Peer<'_, impl Platform>, file: &File) -> Result<Option<PinStatus>> {
        let cid = file.cid.to_string();
        let url = format!("{}/pins?cid={cid}&status=queued,pinning,pinned&limit=1", self.url);
        let found: Found = peer.json(&peer.send("GET", url, None, Vec::new()).await?.body)?;
        Ok(found.results.into_iter().find(|state| state.pin.cid == cid && state.status != "failed"))
    }

    async fn ask(&self, peer: &Peer<'_, impl Platform>, file: &File) -> Result<PinStatus> {
        let meta = Meta { app: "verdigris" };
        let pin = Pin { cid: file.cid.to_string(), name: file.name, origins: &self.origins, meta };
        let body = serde_json::to_vec(&pin).map_err(|e| Error::Internal(format!("a pin has no JSON form: {e}")))?;
        let response = peer.send("POST", format!("{}/pins", self.url), Some("application/json".into()), body).await?;
        peer.json(&response.body)
    }
}

/// A request's id as a segment of a path. It is any text that the service likes, so it must not lead elsewhere.
fn segment(peer: &Peer<'_, impl Platform>, id: &str) -> Result<String> {
    if id.is_empty() || id.len() > 255 || id.bytes().all(|byte| byte == b'.') {
        return Err(peer.failed(format!("its request id {:?} can't be asked for", clip(id, 20))));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Ok(id.bytes().map(escape).collect())
}

/// Why a request failed, as far as the service says.
fn details(state: &PinStatus) -> String {
    let info = state.info.as_deref().and_then(|info| open(info).ok());
    let said = info.and_then(|info| info.get("status_details")?.into_text());
    clip(said.as_deref().unwrap_or("it doesn't say why"), 120)
}
