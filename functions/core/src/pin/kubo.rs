//! Pins to a Kubo node: <https://docs.ipfs.tech/reference/kubo/rpc/#api-v0-add>.

use serde::Deserialize;

use super::{File, multipart, send};
use crate::cid::Cid;
use crate::config;
use crate::error::{Error, Result};
use crate::platform::{HttpRequest, Platform};

const SERVICE: &str = "kubo";

/// The profile `unixfs-v1-2025` in Kubo's words.
const QUERY: &str = "cid-version=1&raw-leaves=true&chunker=size-1048576&max-file-links=1024&hash=sha2-256&pin=true\
                     &wrap-with-directory=false&progress=false&cid-base=base32";

/// Adds and pins a file; the CID is the one that the node says it has.
pub(super) async fn add(platform: &impl Platform, file: &File<'_>) -> Result<Cid> {
    let missing = || Error::Config { name: "kubo_url", reason: "is missing; set it".into() };
    let url = config::endpoint(platform, "kubo_url").await?.ok_or_else(missing)?;
    let request = HttpRequest {
        method: "POST",
        url: format!("{}/api/v0/add?{QUERY}", url.trim_end_matches('/')),
        headers: vec![("content-type", multipart::content_type())],
        body: multipart::form(&[], file.name, file.content_type, file.content),
        timeout_ms: super::TIMEOUT_MS,
        max_response: super::MAX_ANSWER,
    };
    let body = send(platform, SERVICE, request).await?;
    read(&body)
}

/// The answer is a line of JSON a file; ours is the last line.
fn read(body: &[u8]) -> Result<Cid> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Added {
        hash: String,
    }
    let line = body.split(|&byte| byte == b'\n').rfind(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let added: Added = serde_json::from_slice(line).map_err(|e| super::nonsense(SERVICE, &e))?;
    super::read_cid(SERVICE, &added.hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_line_of_the_answer_counts() {
        let answer = b"{\"Name\":\"a\",\"Bytes\":5}\n{\"Name\":\"a\",\"Hash\":\"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e\",\"Size\":\"11\"}\n\n";
        assert_eq!(read(answer), Ok(crate::cid::of(b"hello world")));
    }

    proptest! {
        #[test]
        fn any_answer_at_all_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
