//! Pins to Pinata: <https://docs.pinata.cloud/api-reference/endpoint/upload-a-file>.
//!
//! Pinata doesn't say how it cuts large files. Up to 256 KiB there is nothing to cut; above that we send the finished
//! tree as an archive, so the root is ours either way.

use serde::Deserialize;

use super::{File, multipart, send};
use crate::car;
use crate::cid::Cid;
use crate::config;
use crate::error::Result;
use crate::platform::{HttpRequest, Platform};

const SERVICE: &str = "pinata";
/// The smallest chunk that any importer uses by default.
const ONE_LEAF: usize = 256 * 1024;

/// Uploads and pins a file; the CID is the one that the service says it has.
pub(super) async fn add(platform: &impl Platform, file: &File<'_>) -> Result<Cid> {
    let url = platform.config("pinata_url").await?.unwrap_or_else(|| "https://uploads.pinata.cloud".into());
    let jwt = config::required(platform, "pinata_jwt").await?;
    let mut fields = vec![("network", "public"), ("name", file.name)];
    let body = if file.content.len() <= ONE_LEAF {
        fields.push(("cid_version", "v1"));
        multipart::form(&fields, file.name, file.content_type, file.content)
    } else {
        fields.push(("car", "true"));
        let (_, archive) = car::archive(file.content);
        multipart::form(&fields, file.name, "application/vnd.ipld.car", &archive)
    };
    let request = HttpRequest {
        method: "POST",
        url: format!("{}/v3/files", url.trim_end_matches('/')),
        headers: vec![("content-type", multipart::content_type()), ("authorization", format!("Bearer {jwt}"))],
        body,
        timeout_ms: super::TIMEOUT_MS,
        max_response: super::MAX_ANSWER,
    };
    read(&send(platform, SERVICE, request).await?)
}

fn read(body: &[u8]) -> Result<Cid> {
    #[derive(Deserialize)]
    struct Uploaded {
        data: Record,
    }
    #[derive(Deserialize)]
    struct Record {
        cid: String,
    }
    let uploaded: Uploaded = serde_json::from_slice(body).map_err(|e| super::nonsense(SERVICE, &e))?;
    super::read_cid(SERVICE, &uploaded.data.cid)
}
