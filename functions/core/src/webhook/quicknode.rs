//! Webhooks of QuickNode Streams: <https://www.quicknode.com/docs/streams/data-sources>.
//!
//! Dataset `logs`, `receipts` or `block_with_receipts`, with the metadata in the body. A filter may cut and reshape it
//! as it likes, as long as the logs in it stay what `eth_getLogs` gives: every object with `topics` and `data` is taken
//! for a log, wherever it stands; one that is none after all is passed over, unless the batch has no other. A batch that
//! replaces blocks (`fix_block_reorgs`) tells in `metadata.reorgs` which blocks it displaces: logs of those are
//! retracted, as are logs with `removed`. The `Batch-*` headers say the same, but nobody signs them, so they are not
//! looked at.

use alloy_primitives::B256;
use serde_json::value::RawValue;

use super::{Delivery, Signed, WRONG, gzip, is_hex_hmac, malformed, parse};
use crate::chain::from_log;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::{Request, clip};
use crate::json::{DEEPEST, Opened, open};
use crate::node::Log;

/// How far the timestamp may lie from our clock, in seconds. Wide, since it isn't documented whether a delivery that is
/// tried again is signed anew, and a stream stops at a delivery that is never taken.
pub const TOLERANCE_S: u64 = 3600;
/// Digits of a time in seconds, until the year 2286.
const TIMESTAMP_DIGITS: usize = 10;

/// Checks a request's signature and age. The signature covers the JSON, also where it travels packed:
/// <https://www.quicknode.com/guides/quicknode-products/streams/validating-incoming-streams-webhook-messages>.
///
/// # Errors
/// [`Error::Unauthorized`], or what is wrong with a body that can't be unpacked within bounds.
pub fn check<'a>(token: &str, request: &'a Request, now_ms: u64) -> Result<Signed<'a>> {
    let missing = Error::Unauthorized("x-qn-nonce, x-qn-timestamp and x-qn-signature are needed, once each");
    let header = |name| request.header(name).ok_or_else(|| missing.clone());
    let (nonce, timestamp, signature) = (header("x-qn-nonce")?, header("x-qn-timestamp")?, header("x-qn-signature")?);
    let seconds = seconds(timestamp)?;
    if seconds.abs_diff(now_ms / 1000) > TOLERANCE_S {
        return Err(Error::Unauthorized("x-qn-timestamp is more than an hour off").into());
    }
    let body = gzip::unpacked(&request.body)?;
    if !is_hex_hmac(token, &[nonce.as_bytes(), timestamp.as_bytes(), &body], signature) {
        return Err(WRONG.into());
    }
    Ok(Signed { body, made_ms: seconds * 1000 })
}

/// Nonce, timestamp and body are signed without anything between them. Since the timestamp has always the same length
/// and the body begins with no digit, digits can't be moved from one to the other.
fn seconds(timestamp: &str) -> Result<u64> {
    let digits = timestamp.len() == TIMESTAMP_DIGITS && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| timestamp.parse().ok()).flatten();
    seconds.ok_or(Error::Unauthorized("x-qn-timestamp is not a time in seconds").into())
}

/// Reads a payload whose signature has been checked.
///
/// # Errors
/// [`Error::MalformedJson`] with the place, or what is wrong with the first thing in it if nothing can be read.
pub fn read(body: &[u8], made_ms: u64) -> Result<Delivery> {
    let payload: &RawValue = parse(body)?;
    let metadata = open(payload).ok().and_then(|payload| payload.get("metadata"));
    let displaced = match metadata.and_then(|metadata| metadata.get("reorgs")) {
        Some(Opened::List(reorgs)) => reorgs.into_iter().filter_map(displaced_hash).collect(),
        _ => Vec::new(),
    };
    let mut found = Found { displaced, delivery: Delivery { made_ms, ..Delivery::default() }, trouble: None };
    found.gather(payload, DEEPEST);
    match found.trouble {
        Some(error) if found.delivery.events.is_empty() => Err(error),
        _ => Ok(found.delivery),
    }
}

/// What was found in a batch up to now.
struct Found {
    /// Hashes of blocks that are no longer part of the chain.
    displaced: Vec<B256>,
    delivery: Delivery,
    /// Why the first thing that couldn't be read couldn't.
    trouble: Option<Box<Error>>,
}

impl Found {
    fn gather(&mut self, node: &RawValue, deepest: usize) {
        if let Err(error) = self.look_into(node, deepest) {
            self.delivery.unread += 1;
            self.trouble.get_or_insert(error);
        }
    }

    /// Takes a log, or what is in anything else.
    fn look_into(&mut self, node: &RawValue, deepest: usize) -> Result<()> {
        let Some(deeper) = deepest.checked_sub(1) else {
            return Err(malformed(format!("it is nested more than {DEEPEST} layers deep")));
        };
        let nodes = match open(node).map_err(|e| Error::json("the webhook", &e))? {
            Opened::List(nodes) => nodes,
            Opened::Object(fields) if fields.contains_key("topics") && fields.contains_key("data") => {
                let log: Log = crate::json::from_slice(node.get().as_bytes()).map_err(|error| Error::Malformed {
                    what: "a log in the webhook",
                    reason: clip(&error.to_string(), 200),
                })?;
                self.delivery.events.extend(from_log(log).map(|event| {
                    let is_displaced = event.block_hash.is_some_and(|hash| self.displaced.contains(&hash));
                    Event { retracted: event.retracted || is_displaced, ..event }
                }));
                return Ok(());
            }
            Opened::Object(fields) => fields.into_values().collect(),
            Opened::Text(_) | Opened::Other => return Ok(()),
        };
        nodes.into_iter().for_each(|node| self.gather(node, deeper));
        Ok(())
    }
}

fn displaced_hash(reorg: &RawValue) -> Option<B256> {
    let reorg = open(reorg).ok()?;
    let hash = ["hash", "block_hash", "blockHash"].iter().find_map(|name| reorg.get(name)?.into_text());
    hash?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::seed_requested;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const NOW_MS: u64 = 1_795_168_800_000;
    // printf 'n-11795168800{"a":1}' | openssl dgst -sha256 -hmac qnsec_test
    const SIGNATURE: &str = "d294e8453437fbe4468b66ef8f4d1242688ff6b06b963ac365617e799c702ddb";

    fn request(nonce: &str, timestamp: &str, signature: &str, body: &[u8]) -> Request {
        let headers = [("x-qn-nonce", nonce), ("x-qn-timestamp", timestamp), ("x-qn-signature", signature)];
        let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        Request { headers: headers.to_vec(), body: body.to_vec(), ..Request::default() }
    }

    fn at(now_ms: u64) -> Result<()> {
        check("qnsec_test", &request("n-1", "1795168800", SIGNATURE, br#"{"a":1}"#), now_ms).map(drop)
    }

    fn log(event: &Event) -> Value {
        json!({
            "address": event.contract, "topics": event.topics, "data": event.data, "blockNumber": "0x5",
            "blockHash": event.block_hash, "transactionHash": B256::ZERO, "transactionIndex": "0x0", "logIndex": "0x0",
            "removed": event.retracted,
        })
    }

    fn events(payload: &Value) -> Vec<Event> {
        read(payload.to_string().as_bytes(), 9).expect("read").events
    }

    #[test]
    fn the_signature_is_that_of_an_independent_computation() {
        assert_eq!(at(NOW_MS), Ok(()));
        let refused = |token: &str, request: &Request| check(token, request, NOW_MS).map(drop) == Err(WRONG.into());
        let body = br#"{"a":1}"#;
        assert!(refused("qnsec_tesT", &request("n-1", "1795168800", SIGNATURE, body)));
        assert!(refused("qnsec_test", &request("n-2", "1795168800", SIGNATURE, body)));
        assert!(refused("qnsec_test", &request("n-1", "1795168801", SIGNATURE, body)));
        assert!(refused("qnsec_test", &request("n-1", "1795168800", SIGNATURE, b"{}")));
        assert!(refused("qnsec_test", &request("n-1", "1795168800", &SIGNATURE[..62], body)));
        assert!(refused("qnsec_test", &request("n-1", "1795168800", "", body)));
    }

    #[test]
    fn the_signature_covers_what_a_packed_body_unpacks_to() {
        // python3: gzip.compress(b'{"a":1}', mtime=0).hex()
        let packed = hex::decode("1f8b0800000000000203ab564a54b232ac0500afac1b5607000000").expect("hex");
        let request = request("n-1", "1795168800", SIGNATURE, &packed);
        let signed = check("qnsec_test", &request, NOW_MS).expect("signed");
        assert_eq!((signed.body.as_ref(), signed.made_ms), (&br#"{"a":1}"#[..], NOW_MS));
    }

    #[test]
    fn one_from_too_long_ago_or_from_the_future_is_refused() {
        assert_eq!(at(NOW_MS + TOLERANCE_S * 1000), Ok(()));
        assert!(at(NOW_MS + TOLERANCE_S * 1000 + 1000).is_err());
        assert!(at(NOW_MS - TOLERANCE_S * 1000 - 1000).is_err());
    }

    /// The same bytes are signed, so only the timestamp's length tells.
    #[test]
    fn digits_do_not_move_between_the_nonce_and_the_timestamp() {
        for (nonce, timestamp) in
            [("n-11", "795168800"), ("n-", "11795168800"), ("n-11795168800", ""), ("n-1", "+795168800")]
        {
            let request = request(nonce, timestamp, SIGNATURE, br#"{"a":1}"#);
            for now_ms in [NOW_MS, 795_168_800_000, 11_795_168_800_000, 0] {
                assert!(check("qnsec_test", &request, now_ms).is_err(), "{nonce} {timestamp}");
            }
        }
    }

    #[test]
    fn logs_are_found_in_every_dataset_and_behind_every_filter() {
        let event = seed_requested(7, 12);
        let log = log(&event);
        for payload in [
            json!({"data": [[log, log]], "metadata": {"dataset": "logs", "reorgs": null}}),
            json!({"data": [[{"logs": [log], "status": "0x1"}, {"logs": [log]}]], "metadata": {}}),
            json!({"data": [{"block": {"number": "0x5", "logsBloom": "0x"}, "receipts": [{"logs": [log, log]}]}]}),
            json!([log, log]),
            json!({"matched": {"mine": [log]}, "also": log}),
        ] {
            assert_eq!(events(&payload), [event.clone(), event.clone()], "{payload}");
        }
        for nothing in [json!(null), json!([]), json!({"data": [null], "metadata": null}), json!("text")] {
            assert!(events(&nothing).is_empty());
        }
    }

    #[test]
    fn removed_logs_and_logs_of_displaced_blocks_are_retracted() {
        let (old, new) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let in_block = |token, block| Event { block_hash: Some(block), ..seed_requested(token, 12) };
        let removed = Event { retracted: true, ..in_block(8, new) };
        let payload = json!({
            "data": [[log(&in_block(7, old)), log(&in_block(7, new)), log(&removed)]],
            "metadata": {
                "blocks_reorged": [5], "reorgs": [{"block_number": 5, "hash": old, "timestamp": 1_795_168_800}],
            },
        });
        let displaced = Event { retracted: true, ..in_block(7, old) };
        assert_eq!(events(&payload), [displaced, in_block(7, new), removed]);
    }

    #[test]
    fn what_cannot_be_read_does_not_keep_the_logs_beside_it_from_being_taken() {
        let event = seed_requested(7, 12);
        let deep: Value = serde_json::from_str(&["[".repeat(50), "]".repeat(50)].concat()).expect("json");
        for odd in [json!({"topics": null, "data": {"of": "a filter"}}), json!({"topics": ["0x12"], "data": 1}), deep] {
            for payload in [json!({"data": [[odd, log(&event), {"more": [odd]}]]}), json!([odd, [odd], log(&event)])] {
                let delivery = read(payload.to_string().as_bytes(), 9).expect("read");
                assert_eq!((delivery.events.as_slice(), delivery.unread), (&[event.clone()][..], 2), "{payload}");
            }
            assert_eq!(read(json!([odd, odd]).to_string().as_bytes(), 9).map_err(|error| error.status()), Err(400));
        }
    }

    #[test]
    fn a_log_that_is_none_is_refused_and_malformed_json_with_its_place() {
        let error = read(br#"{"data":[{"topics":["0x12"],"data":"0x","address":"0x"}]}"#, 0).expect_err("refused");
        assert_eq!(error.status(), 400);
        assert!(error.to_string().starts_with("a log in the webhook is malformed"), "{error}");
        assert!(matches!(read(b"{\n oops", 0).map_err(|error| *error), Err(Error::MalformedJson { line: 2, .. })));
        for layers in [DEEPEST + 1, 100_000] {
            let deep = ["[".repeat(layers), "]".repeat(layers)].concat();
            assert_eq!(read(deep.as_bytes(), 0).expect_err("too deep").status(), 400);
        }
    }

    proptest! {
        #[test]
        fn any_request_at_all_is_checked_and_read_without_a_panic(
            nonce in ".{0,20}", timestamp in "[0-9]{8,12}|.{0,12}", signature in "[0-9a-f]{62,66}|.{0,20}",
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
        ) {
            prop_assert!(check("qnsec_test", &request(&nonce, &timestamp, &signature, &bytes), NOW_MS).is_err());
            let _ = read(&bytes, 0);
            let mut nearly = json!({"data": [log(&seed_requested(7, 12))]}).to_string().into_bytes();
            let at = at.index(nearly.len());
            nearly[at] = value;
            let _ = read(&nearly, 0);
            let _ = read(&nearly[..at], 0);
        }
    }
}
