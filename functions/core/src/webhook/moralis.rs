//! Webhooks of Moralis Streams: <https://docs.moralis.com/streams/webhooks/webhook-payloads>.
//!
//! A stream with `includeContractLogs`. Each block comes twice, with `confirmed` false and true, in any order; work
//! starts with whichever is first, and the other one is known. Nothing is taken back: what a reorganisation drops never
//! gets its `true`, and the chain is asked before anything is sent. Nothing that is signed says when a delivery was
//! made, so its age is its block's.

use alloy_primitives::{Address, B256, Bytes, U64, keccak256};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{Delivery, Signed, Told, WRONG, malformed, parse};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::Request;

/// Checks a request's signature: `0x` and the Keccak-256 of the raw body followed by the secret
/// (<https://docs.moralis.com/streams/security-and-reliability/webhook-security>). Not an HMAC, and needs to be none:
/// without the secret, Keccak's digest can't be continued behind it.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn check<'a>(secret: &str, request: &'a Request, now_ms: u64) -> Result<Signed<'a>> {
    let missing = Error::Unauthorized("header x-signature is needed, once");
    let signature = request.header("x-signature").ok_or(missing)?;
    let mut given = [0; 32];
    hex::decode_to_slice(signature.strip_prefix("0x").unwrap_or_default(), &mut given).map_err(|_| WRONG)?;
    let expected = keccak256([&request.body, secret.as_bytes()].concat());
    if !bool::from(expected.as_slice().ct_eq(given.as_slice())) {
        return Err(WRONG.into());
    }
    Ok(Signed { body: request.body.as_slice().into(), made_ms: now_ms })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    chain_id: String,
    stream_id: String,
    block: Block,
    #[serde(default)]
    logs: Vec<Log>,
}

/// All of its values are text.
#[derive(Deserialize)]
struct Block {
    number: String,
    hash: String,
    timestamp: String,
}

#[derive(Deserialize)]
struct Log {
    address: Address,
    data: Option<Bytes>,
    topic0: Option<B256>,
    topic1: Option<B256>,
    topic2: Option<B256>,
    topic3: Option<B256>,
}

/// Reads a payload whose signature has been checked. One of no stream or no block is the test that precedes a stream's
/// start, which is answered like any other.
///
/// # Errors
/// [`Error::MalformedJson`] with the place, or [`Error::Malformed`] for a number that is none.
pub fn read(body: &[u8]) -> Result<Told> {
    let payload: Payload = parse(body)?;
    let block = payload.block;
    if payload.stream_id.is_empty() || block.hash.is_empty() {
        return Ok(Told::Test);
    }
    let number = |text: &str, what: &str| text.parse::<u64>().map_err(|_| malformed(format!("{what} is not a number")));
    let chain_id: U64 = payload.chain_id.parse().map_err(|_| malformed("chainId is not a number"))?;
    let made_ms = number(&block.timestamp, "block.timestamp")?.saturating_mul(1000);
    let height = number(&block.number, "block.number")?;
    let hash = block.hash.parse().ok();
    let events = payload.logs.into_iter().map(|log| log.into_event(height, hash)).collect();
    Ok(Told::Logs(Delivery { made_ms, chain_id: Some(chain_id.to()), events, ..Delivery::default() }))
}

impl Log {
    fn into_event(self, block: u64, block_hash: Option<B256>) -> Event {
        let topics = [self.topic0, self.topic1, self.topic2, self.topic3];
        Event {
            contract: self.address,
            topics: topics.into_iter().map_while(|topic| topic).collect(),
            data: self.data.unwrap_or_default(),
            block,
            block_hash,
            retracted: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::seed_requested;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    // Keccak-256 as FIPS 202's permutation with the padding of before the standard, computed in Python.
    const SIGNATURE: &str = "0xaa318319dbae12f7fa9c3b8dc2721120c28cf681b20e1e366a93e76cf0778350";

    fn request(signature: &str, body: &[u8]) -> Request {
        let headers = vec![("x-signature".into(), signature.as_bytes().to_vec())];
        Request { headers, body: body.to_vec(), ..Request::default() }
    }

    fn payload(event: &Event) -> Value {
        let topic = |index: usize| event.topics.get(index);
        json!({
            "confirmed": false, "chainId": "0x7a69", "abi": [], "streamId": "c28d9e2e-ae9d-4fe6-9fc0-5fcde2dcdd17",
            "tag": "art", "retries": 0, "txs": [], "txsInternal": [], "nftTransfers": [],
            "block": {"number": "5", "hash": B256::repeat_byte(3), "timestamp": "1795168800"},
            "logs": [{
                "logIndex": "2", "transactionHash": B256::ZERO, "address": event.contract, "data": event.data,
                "topic0": topic(0), "topic1": topic(1), "topic2": topic(2), "topic3": topic(3),
            }],
        })
    }

    fn read_json(payload: &Value) -> Result<Told> {
        read(payload.to_string().as_bytes())
    }

    #[test]
    fn the_signature_is_that_of_an_independent_computation() {
        let is_signed =
            |secret: &str, signature: &str, body: &[u8]| check(secret, &request(signature, body), 0).is_ok();
        assert!(is_signed("secret", SIGNATURE, br#"{"a":1}"#));
        assert!(!is_signed("secreT", SIGNATURE, br#"{"a":1}"#));
        assert!(!is_signed("secret", SIGNATURE, br#"{"a":2}"#));
        assert!(!is_signed("secret", &SIGNATURE[2..], br#"{"a":1}"#), "0x is part of it");
        assert!(!is_signed("secret", &SIGNATURE[..64], br#"{"a":1}"#));
        assert!(!is_signed("secret", "", br#"{"a":1}"#));
        // python3: hashlib.sha3_256 of the same, which differs in the padding.
        let sha3 = "0x08ab1a55ccb8a169ddc09c35aed9ca16757d5d4af51e6ff5deca4dd7a396ea8a";
        assert!(!is_signed("secret", sha3, br#"{"a":1}"#));
    }

    #[test]
    fn a_block_s_logs_become_events_of_its_chain_and_time() {
        let event = seed_requested(7, 12);
        let told = read_json(&payload(&event)).expect("read");
        let expected =
            Delivery { made_ms: 1_795_168_800_000, chain_id: Some(31337), events: vec![event], ..Delivery::default() };
        assert_eq!(told, Told::Logs(expected));
    }

    #[test]
    fn the_test_before_a_stream_starts_is_one() {
        // <https://docs.moralis.com/streams/webhooks/test-webhooks>
        let test = json!({
            "confirmed": true, "chainId": "", "streamId": "", "tag": "", "retries": 0,
            "block": {"number": "", "hash": "", "timestamp": ""}, "logs": [], "txs": [], "txsInternal": [],
            "erc20Transfers": [], "erc20Approvals": [], "nftTransfers": [],
            "nftApprovals": {"ERC721": [], "ERC1155": []}, "abi": {},
        });
        assert_eq!(read_json(&test), Ok(Told::Test));
    }

    #[test]
    fn a_log_without_topics_is_one() {
        let event = Event { topics: vec![], ..seed_requested(7, 12) };
        assert!(matches!(read_json(&payload(&event)), Ok(Told::Logs(told)) if told.events == [event]));
    }

    #[test]
    fn numbers_that_are_none_are_named() {
        for (place, name) in
            [("/chainId", "chainId"), ("/block/number", "block.number"), ("/block/timestamp", "block.timestamp")]
        {
            let mut payload = payload(&seed_requested(7, 12));
            *payload.pointer_mut(place).expect("a field") = json!("x");
            let error = read_json(&payload).expect_err("refused");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(matches!(read(b"{\n oops").map_err(|error| *error), Err(Error::MalformedJson { line: 2, .. })));
    }

    proptest! {
        #[test]
        fn any_request_at_all_is_checked_and_read_without_a_panic(
            signature in "(0x)?[0-9a-f]{62,66}|.{0,20}",
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
        ) {
            prop_assert!(check("secret", &request(&signature, &bytes), 0).is_err());
            let _ = read(&bytes);
            let mut nearly = payload(&seed_requested(7, 12)).to_string().into_bytes();
            let at = at.index(nearly.len());
            nearly[at] = value;
            let _ = read(&nearly);
            let _ = read(&nearly[..at]);
        }
    }
}
