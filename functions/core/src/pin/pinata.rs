//! Pins to Pinata: <https://docs.pinata.cloud/api-reference/endpoint/upload-a-file>.
//!
//! Pinata doesn't say how it cuts large files. Up to 256 KiB there is nothing to cut; above that we send the finished
//! tree as an archive, so the root is ours either way.

use serde::Deserialize;

use super::exchange::Peer;
use super::file::File;
use super::multipart;
use crate::car;
use crate::config;
use crate::error::Result;
use crate::handoff::Until;
use crate::platform::Platform;

pub(super) const SERVICE: &str = "pinata";
/// The smallest chunk that any importer uses by default.
const ONE_LEAF: usize = 256 * 1024;

/// An account.
pub(super) struct Pinata {
    /// Where uploads go, without a slash at its end.
    url: String,
    jwt: String,
}

impl Pinata {
    pub(super) async fn configured(platform: &impl Platform) -> Result<Self> {
        let url = config::base_url(platform, "pinata_url").await?;
        Ok(Self { url, jwt: config::required(platform, "pinata_jwt").await? })
    }

    /// Uploads and pins a file.
    pub(super) async fn keep(&self, platform: &impl Platform, file: &File, by: Until) -> Result<()> {
        #[derive(Deserialize)]
        struct Uploaded {
            data: Record,
        }
        #[derive(Deserialize)]
        struct Record {
            cid: String,
        }
        let peer = Peer { platform, name: SERVICE, token: &self.jwt, by };
        let url = format!("{}/v3/files", self.url);
        let response = peer.send("POST", url, Some(multipart::content_type()), form(file)).await?;
        let uploaded: Uploaded = peer.json(&response.body)?;
        peer.agree(&file.cid, &peer.cid(&uploaded.data.cid)?)
    }
}

fn form(file: &File) -> Vec<u8> {
    let mut fields = vec![("network", "public"), ("name", file.name)];
    if file.content.len() <= ONE_LEAF {
        fields.push(("cid_version", "v1"));
        return multipart::form(&fields, file.name, file.content_type, &file.content);
    }
    fields.push(("car", "true"));
    multipart::form(&fields, file.name, car::MEDIA_TYPE, &car::archive(&file.content).1)
}
