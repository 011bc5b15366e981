//! Pins to a Kubo node: <https://docs.ipfs.tech/reference/kubo/rpc/>.
//!
//! A file of one block is added as it is. A larger one goes as an archive of its finished tree, so that the node has
//! nothing to cut up, whatever its version and settings.

use serde::Deserialize;

use super::exchange::Peer;
use super::file::File;
use super::multipart;
use crate::car;
use crate::cid::Cid;
use crate::config;
use crate::error::Result;
use crate::handoff::Until;
use crate::platform::Platform;

pub(super) const SERVICE: &str = "kubo";

/// The profile `unixfs-v1-2025` in Kubo's words.
const ADD: &str = "add?cid-version=1&raw-leaves=true&chunker=size-1048576&max-file-links=1024&hash=sha2-256&pin=true\
                   &wrap-with-directory=false&progress=false&cid-base=base32";
const IMPORT: &str = "dag/import?pin-roots=true&cid-base=base32";

/// A node.
pub(super) struct Kubo {
    /// Its RPC, without a slash at its end.
    url: String,
}

impl Kubo {
    pub(super) async fn configured(platform: &impl Platform) -> Result<Self> {
        Ok(Self { url: config::base_url(platform, "kubo_url").await? })
    }

    /// Adds and pins a file.
    pub(super) async fn keep(&self, platform: &impl Platform, file: &File, by: Until) -> Result<()> {
        let peer = Peer { platform, name: SERVICE, token: "", by };
        let (command, form) = if file.is_one_block() {
            (ADD, multipart::form(&[], file.name, file.content_type, &file.content))
        } else {
            (IMPORT, multipart::form(&[], "archive.car", car::MEDIA_TYPE, &car::archive(&file.content).1))
        };
        let url = format!("{}/api/v0/{command}", self.url);
        let response = peer.send("POST", url, Some(multipart::content_type()), form).await?;
        let kept = if file.is_one_block() { added(&peer, &response.body) } else { imported(&peer, &response.body) };
        peer.agree(&file.cid, &kept?)
    }
}

/// A line of JSON a file; ours is the last line.
fn added(peer: &Peer<'_, impl Platform>, body: &[u8]) -> Result<Cid> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Added {
        hash: String,
    }
    let added: Added = peer.json(lines(body).last().unwrap_or_default())?;
    peer.cid(&added.hash)
}

/// A line of JSON a root, and other lines. A root may be there and still not be pinned.
fn imported(peer: &Peer<'_, impl Platform>, body: &[u8]) -> Result<Cid> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Line {
        root: Option<Root>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Root {
        cid: Link,
        #[serde(default)]
        pin_error_msg: String,
    }
    /// A CID in DAG-JSON.
    #[derive(Deserialize)]
    struct Link {
        #[serde(rename = "/")]
        cid: String,
    }
    let mut roots = Vec::new();
    for line in lines(body) {
        roots.extend(peer.json::<Line>(line)?.root);
    }
    match roots.as_slice() {
        [root] if root.pin_error_msg.is_empty() => peer.cid(&root.cid.cid),
        [root] => Err(peer.failed(format!("it could not pin: {}", crate::http::clip(&root.pin_error_msg, 120)))),
        _ => Err(peer.failed(format!("it names {} roots of an archive that has one", roots.len()))),
    }
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}
