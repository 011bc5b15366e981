//! A bundler that takes signed items.

use super::*;
use crate::ans104;
use alloy_signer_local::PrivateKeySigner;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

fn deployed() -> Memory {
    let key = B256::repeat_byte(7).to_string();
    let platform = Memory::default().with("pinners", "arweave").with("arweave_url", "http://turbo/");
    platform.with("arweave_path", "/tx/ethereum").with("arweave_key", &key)
}

/// The id of an item that arrived.
fn id_of(item: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&item[2..67]))
}

#[test]
fn a_file_goes_as_a_signed_item_that_names_its_cid() {
    let platform = deployed();
    platform.serve("http://turbo", |request| ok(format!("{{\"id\":\"{}\",\"winc\":\"0\"}}", id_of(&request.body))));
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    let sent = platform.requests("http://turbo/tx/ethereum");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.headers == [("content-type", "application/octet-stream".to_owned())]));
    let cid = unixfs::of(b"\x89PNG").to_string();
    let tags = [("Content-Type", "image/png"), ("App-Name", "Verdigris"), ("IPFS-CID", cid.as_str())];
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
    let item = ans104::sign(b"\x89PNG", &tags, &key).expect("signed");
    assert!(sent.iter().any(|request| request.body == item.bytes));
}

#[test]
fn a_retry_sends_the_same_items_and_is_content_if_the_bundler_has_them() {
    let platform = deployed();
    platform.serve("http://turbo", |request| {
        let body = format!("Data item with ID {} has already been uploaded to this service!", id_of(&request.body));
        Ok(HttpResponse { status: 202, body: body.into_bytes() })
    });
    for _ in 0..2 {
        assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    }
    let sent: Vec<_> = platform.requests("http://turbo").into_iter().map(|request| request.body).collect();
    assert_eq!(sent[..2], sent[2..]);
}

#[test]
fn a_bundler_that_names_another_id_or_none_does_not_count() {
    for (status, body, reason) in [
        (200, r#"{"id":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}"#, "arweave says that the content's address is"),
        (200, "{}", "not what was expected"),
        (202, "Data item with ID 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU is known", "not what was expected"),
        (402, "Insufficient balance", "HTTP status 402: Insufficient balance"),
    ] {
        let platform = deployed();
        platform.serve("http://turbo", move |_| Ok(HttpResponse { status, body: body.into() }));
        let (got, detail) = pin_picture(&platform, b"\x89PNG");
        assert_eq!(got, 502);
        assert!(detail.contains(reason), "{detail}");
    }
}

#[test]
fn the_metadata_is_the_same_whoever_keeps_it() {
    let content_hash = |platform: &Memory| {
        platform.serve("http://turbo", |request| ok(format!("{{\"id\":\"{}\"}}", id_of(&request.body))));
        let (job, inference) = drawn(b"\x89PNG".to_vec());
        let response = block_on(handle(platform, request(&job, &inference)));
        let answer: serde_json::Value = serde_json::from_slice(&response.body).expect("json");
        answer["fulfil"]["contentHash"].as_str().expect("a hash").to_owned()
    };
    let without = content_hash(&deployed().with("pinners", "embedded"));
    assert_eq!(content_hash(&deployed()), without);
    assert_eq!(content_hash(&deployed().with("arweave_key", &B256::repeat_byte(8).to_string())), without);
}
