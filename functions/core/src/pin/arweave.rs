//! Keeps files on Arweave: signs them as data items here, and has a bundler take them (Turbo's
//! `POST /tx/{token}`, <https://docs.ardrive.io/docs/turbo/upload-service>).
//!
//! An item's id is known before the upload, and the bundler counts only if it names the same. The item carries the
//! content's CID as a tag, so whoever knows the CID finds it on any Arweave gateway that answers GraphQL. The metadata
//! doesn't name the id: it depends on who signs, and operators who answer the same request must make the same document.

use alloy_signer_local::PrivateKeySigner;
use serde::Deserialize;

use super::exchange::Peer;
use super::file::File;
use crate::ans104;
use crate::config;
use crate::error::Result;
use crate::handoff::Until;
use crate::http::clip;
use crate::platform::{HttpResponse, Platform};

pub(super) const SERVICE: &str = "arweave";
/// A bundler, and who signs.
pub(super) struct Arweave {
    /// Where items are taken.
    url: String,
    key: PrivateKeySigner,
}

impl Arweave {
    pub(super) async fn configured(platform: &impl Platform) -> Result<Self> {
        let url = config::base_url(platform, "arweave_url").await? + &config::path(platform, "arweave_path").await?;
        Ok(Self { url, key: config::key(platform, "arweave_key").await? })
    }

    /// Signs a file and uploads it.
    pub(super) async fn keep(&self, platform: &impl Platform, file: &File, by: Until) -> Result<()> {
        let peer = Peer { platform, name: SERVICE, token: "", by };
        let cid = file.cid.to_string();
        let tags = [("Content-Type", file.content_type), ("App-Name", "Verdigris"), ("IPFS-CID", &cid)];
        let item = ans104::sign(&file.content, &tags, &self.key)?;
        let address = item.address();
        let kind = Some("application/octet-stream".into());
        let response = peer.send("POST", self.url.clone(), kind, item.bytes).await?;
        if is_known_already(&response, &address) {
            return Ok(());
        }
        #[derive(Deserialize)]
        struct Receipt {
            id: String,
        }
        let receipt: Receipt = peer.json(&response.body)?;
        peer.agree(&address, &clip(&receipt.id, 80))
    }
}

/// Turbo says of an item that it was given before, in a sentence and not in JSON, that it has that id already.
fn is_known_already(response: &HttpResponse, address: &str) -> bool {
    response.status == 202 && String::from_utf8_lossy(&response.body).split_whitespace().any(|word| word == address)
}
