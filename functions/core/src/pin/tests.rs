//! The pin step against scripted services.

mod arweave;
mod kubo;
mod psa;
mod quorum;

use super::*;
use crate::cid as unixfs;
use crate::cid::Cid;
use crate::infer::tests::picture_input;
use crate::platform::{HttpResponse, PlatformError};
use crate::testing::{Memory, block_on, job_for};
use alloy_sol_types::SolValue;
use proptest::prelude::*;

const PINATA: &str = "https://uploads.pinata.cloud";

fn drawn(png: Vec<u8>) -> (Job, Inference) {
    let input = picture_input(8);
    let job = job_for(input.abi_encode().into());
    (job, Inference::Picture(Drawn { input, pixel_root: B256::repeat_byte(7), png, engine: None }))
}

fn request(job: &Job, inference: &Inference) -> Request {
    let body = encode(job, inference).expect("encoded");
    Request { method: "POST".into(), path: "/pin".into(), body, ..Request::default() }
}

/// What a service got in its form's file field.
fn file_of(body: &[u8]) -> Vec<u8> {
    let find = |needle: &[u8], from: usize| {
        body[from..].windows(needle.len()).position(|w| w == needle).expect("there") + from
    };
    let start = find(b"\r\n\r\n", find(b"name=\"file\"", 0)) + 4;
    body[start..find(b"\r\n--", body.len() - 100)].to_vec()
}

/// Has a picture pinned; the status and the detail of a problem.
fn pin_picture(platform: &Memory, png: &[u8]) -> (u16, String) {
    let (job, inference) = drawn(png.to_vec());
    pin_answer(platform, &job, &inference)
}

/// Has a tensor's answer pinned, which is one document.
fn pin_tensor(platform: &Memory) -> (u16, String) {
    let (job, _) = drawn(Vec::new());
    pin_answer(platform, &job, &Inference::Tensor { output: Bytes::from_static(b"out"), engine: None })
}

fn pin_answer(platform: &Memory, job: &Job, inference: &Inference) -> (u16, String) {
    let response = block_on(handle(platform, request(job, inference)));
    let body: serde_json::Value = serde_json::from_slice(&response.body).expect("json");
    (response.status, body["detail"].as_str().unwrap_or_default().to_owned())
}

fn ok(body: impl Into<Vec<u8>>) -> std::result::Result<HttpResponse, PlatformError> {
    Ok(HttpResponse { status: 200, body: body.into() })
}

fn kubo_says(platform: &Memory, cid: impl Fn(&[u8]) -> Cid + 'static) {
    platform.serve("http://kubo", move |request| {
        let body = format!("{{\"Name\":\"x\",\"Hash\":\"{}\",\"Size\":\"1\"}}\n", cid(&file_of(&request.body)));
        Ok(HttpResponse { status: 200, body: body.into_bytes() })
    });
}

#[test]
fn what_dispatch_encodes_pin_decodes() {
    let (job, picture) = drawn(b"\x89PNG and more".to_vec());
    for inference in [picture, Inference::Tensor { output: Bytes::from_static(b"out"), engine: None }] {
        assert_eq!(decode(&encode(&job, &inference).expect("encoded")), Ok((job.clone(), inference)));
    }
}

#[test]
fn a_pinned_picture_is_served_and_its_metadata_names_it() {
    let platform = Memory::default().with("pinners", "embedded");
    let (job, inference) = drawn(b"\x89PNG picture".to_vec());
    let response = block_on(handle(&platform, request(&job, &inference)));
    assert_eq!(response.status, GO_ON);
    let answer: serde_json::Value = serde_json::from_slice(&response.body).expect("json");
    let digest: B256 = answer["fulfil"]["contentHash"].as_str().expect("text").parse().expect("a hash");
    let get = |cid: &Cid| {
        let path = format!("/ipfs/{cid}");
        block_on(handle(&platform, Request { method: "GET".into(), path, ..Request::default() }))
    };
    let document = get(&unixfs::of_raw_leaf(digest.0));
    assert_eq!(document.status, 200);
    assert!(document.headers.contains(&("content-type", "application/json".into())));
    let document: serde_json::Value = serde_json::from_slice(&document.body).expect("json");
    let image: Cid = document["verdigris"]["imageCid"].as_str().expect("text").parse().expect("a CID");
    let image = get(&image);
    assert_eq!(image.body, b"\x89PNG picture");
    assert!(image.headers.contains(&("content-type", "image/png".into())));
    assert!(image.headers.contains(&("x-content-type-options", "nosniff".into())));
}

#[test]
fn content_that_is_not_there_is_404_and_what_is_no_cid_is_400() {
    let platform = Memory::default();
    let get = |path: &str| {
        block_on(handle(&platform, Request { method: "GET".into(), path: path.into(), ..Request::default() })).status
    };
    assert_eq!(get(&format!("/ipfs/{}", unixfs::of(b"x"))), 404);
    assert_eq!(get("/ipfs/../pin"), 400);
    assert_eq!(get("/ipfs/"), 400);
    assert_eq!(get("/elsewhere"), 404);
    assert_eq!(get("/pin"), 405);
}

#[test]
fn kubo_is_told_the_profile_and_believed_only_if_its_cid_is_ours() {
    let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo/");
    kubo_says(&platform, unixfs::of);
    let (job, inference) = drawn(b"\x89PNG picture".to_vec());
    assert_eq!(block_on(handle(&platform, request(&job, &inference))).status, GO_ON);
    let sent = platform.requests("http://kubo");
    assert_eq!(sent.len(), 2);
    assert!(sent[0].url.starts_with("http://kubo/api/v0/add?cid-version=1&raw-leaves=true&chunker=size-1048576"));
}

#[test]
fn a_service_that_keeps_something_else_stops_the_answer() {
    let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo");
    kubo_says(&platform, |_| unixfs::of(b"something else"));
    let (job, inference) = drawn(b"\x89PNG picture".to_vec());
    assert_eq!(block_on(handle(&platform, request(&job, &inference))).status, 502);
}

#[test]
fn a_service_that_is_down_or_slow_is_502_or_504() {
    for (failure, status) in [
        (Err(PlatformError::Connection("refused".into())), 502),
        (Err(PlatformError::Timeout(1)), 504),
        (Ok(HttpResponse { status: 500, body: b"disk full".to_vec() }), 502),
        (Ok(HttpResponse { status: 200, body: b"<html>".to_vec() }), 502),
    ] {
        let platform = Memory::default().with("pinners", "kubo").with("kubo_url", "http://kubo");
        platform.serve("http://kubo", move |_| failure.clone());
        let (job, inference) = drawn(b"\x89PNG picture".to_vec());
        assert_eq!(block_on(handle(&platform, request(&job, &inference))).status, status);
    }
}

#[test]
fn pinata_gets_small_files_as_they_are_and_large_ones_as_an_archive() {
    let platform =
        Memory::default().with("pinners", "pinata").with("pinata_url", PINATA).with("pinata_jwt", "secret-token");
    let large = [b"\x89PNG".to_vec(), vec![1; 300 * 1024]].concat();
    let expected = unixfs::of(&large);
    platform.serve(PINATA, move |request| {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let is_archive = text.contains("name=\"car\"");
        let cid = if is_archive { expected } else { unixfs::of(&file_of(&request.body)) };
        assert_eq!(is_archive, request.body.len() > 256 * 1024);
        assert!(request.headers.contains(&("authorization", "Bearer secret-token".into())));
        Ok(HttpResponse { status: 200, body: format!("{{\"data\":{{\"id\":\"1\",\"cid\":\"{cid}\"}}}}").into_bytes() })
    });
    let (job, inference) = drawn(large);
    assert_eq!(block_on(handle(&platform, request(&job, &inference))).status, GO_ON);
    assert_eq!(platform.requests(PINATA).len(), 2);
}

proptest! {
    #[test]
    fn any_body_at_all_is_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cut in any::<prop::sample::Index>(),
    ) {
        let _ = decode(&bytes);
        let (job, inference) = drawn(vec![1; 20]);
        let body = encode(&job, &inference).expect("encoded");
        let _ = decode(&body[..cut.index(body.len())]);
    }
}
