//! Rows that Goldsky sends: webhook sinks of Mirror (<https://docs.goldsky.com/mirror/sinks/webhook>) and Turbo, and
//! webhooks of subgraphs (<https://docs.goldsky.com/subgraphs/webhooks>).
//!
//! The rows are those of a chain's `raw_logs` dataset, of which these columns are read: `address`, `topics` (text, with
//! commas between), `data`, `block_number`, `block_timestamp` (seconds), and `block_hash` if it is there. They come one by one or in a list, bare (with
//! or without `_gs_op`) or as changes: `{op, data: {old, new}}`. An entity of a subgraph needs the same columns. A row
//! is removed only when its block is: that is a retraction. Nothing is signed, only a secret is sent along, so the age
//! is that of the newest row's block.

use alloy_primitives::{Address, B256, Bytes, U64};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{Delivery, Signed, malformed, parse};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::Request;
use crate::secrecy;

/// Checks that a request brings the secret. For a sink, make an `httpauth` secret whose header has this name.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn check<'a>(secret: &str, request: &'a Request, now_ms: u64) -> Result<Signed<'a>> {
    let missing = Error::Unauthorized("header goldsky-webhook-secret is needed, once");
    let given = request.header("goldsky-webhook-secret").ok_or(missing)?;
    if !secrecy::is_same(secret, given) {
        return Err(Error::Unauthorized("the secret is wrong").into());
    }
    Ok(Signed { body: request.body.as_slice().into(), made_ms: now_ms })
}

/// Read first, on its own: `data` is a change's rows or a row's text.
#[derive(Deserialize)]
struct Kind {
    op: Option<Op>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum Op {
    #[serde(rename = "INSERT", alias = "i")]
    Insert,
    #[serde(rename = "UPDATE", alias = "u")]
    Update,
    #[serde(rename = "DELETE", alias = "d")]
    Delete,
}

#[derive(Deserialize)]
struct Change {
    op: Op,
    data: Versions,
}

#[derive(Deserialize)]
#[serde(expecting = "a change's rows, `old` and `new`")]
struct Versions {
    old: Option<Row>,
    new: Option<Row>,
}

#[derive(Deserialize)]
struct Row {
    address: Address,
    #[serde(deserialize_with = "topics")]
    topics: Vec<B256>,
    data: Option<Bytes>,
    /// Numbers, or numbers as text.
    block_number: U64,
    block_timestamp: U64,
    block_hash: Option<B256>,
    #[serde(rename = "_gs_op")]
    op: Option<Op>,
}

fn topics<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<B256>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?.unwrap_or_default();
    let topics = text.split(',').map(str::trim).filter(|topic| !topic.is_empty());
    let malformed = |_| serde::de::Error::custom("topics are not words of 32 bytes with commas between");
    topics.map(|topic| topic.parse().map_err(malformed)).collect()
}

/// Reads a payload whose secret has been checked. One without rows was made at `now_ms`.
///
/// # Errors
/// [`Error::MalformedJson`] with the place, or [`Error::Malformed`] for a change without its row.
pub fn read(body: &[u8], now_ms: u64) -> Result<Delivery> {
    let kinds: Vec<Kind> = one_or_many(body)?;
    let rows: Vec<(Row, bool)> = if kinds.iter().any(|kind| kind.op.is_some()) {
        one_or_many(body)?.into_iter().map(Change::into_row).collect::<Result<_>>()?
    } else {
        let rows: Vec<Row> = one_or_many(body)?;
        rows.into_iter().map(|row| (row.op == Some(Op::Delete), row)).map(|(gone, row)| (row, gone)).collect()
    };
    let newest = rows.iter().map(|(row, _)| row.block_timestamp.to::<u64>()).max();
    let made_ms = newest.map_or(now_ms, |seconds| seconds.saturating_mul(1000));
    let events = rows.into_iter().map(|(row, retracted)| row.into_event(retracted)).collect();
    Ok(Delivery { made_ms, events, ..Delivery::default() })
}

fn one_or_many<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>> {
    if body.trim_ascii_start().starts_with(b"[") { parse(body) } else { Ok(vec![parse(body)?]) }
}

impl Change {
    /// The row, and whether it is gone.
    fn into_row(self) -> Result<(Row, bool)> {
        let gone = self.op == Op::Delete;
        let row = if gone { self.data.old } else { self.data.new };
        Ok((row.ok_or_else(|| malformed(if gone { "data.old is missing" } else { "data.new is missing" }))?, gone))
    }
}

impl Row {
    fn into_event(self, retracted: bool) -> Event {
        Event {
            contract: self.address,
            topics: self.topics,
            data: self.data.unwrap_or_default(),
            block: self.block_number.to(),
            block_hash: self.block_hash,
            retracted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::seed_requested;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn request(secret: &str) -> Request {
        let headers = vec![("goldsky-webhook-secret".into(), secret.as_bytes().to_vec())];
        Request { headers, ..Request::default() }
    }

    fn row(event: &Event) -> Value {
        let topics: Vec<String> = event.topics.iter().map(B256::to_string).collect();
        json!({
            "id": "log_0x01_0", "vid": 4, "block_range": "[5,)", "address": event.contract, "topics": topics.join(","),
            "data": event.data, "block_number": 5, "block_timestamp": 1_795_168_800, "block_hash": event.block_hash,
            "log_index": 0,
        })
    }

    fn read_json(payload: &Value) -> Result<Delivery> {
        read(payload.to_string().as_bytes(), 9)
    }

    #[test]
    fn the_secret_must_be_the_same() {
        assert!(check("whs_1", &request("whs_1"), 0).is_ok());
        for wrong in ["whs_2", "whs_", "whs_11", ""] {
            assert_eq!(check("whs_1", &request(wrong), 0).map_err(|e| e.status()).map(drop), Err(401), "{wrong}");
        }
        assert!(check("whs_1", &Request::default(), 0).is_err());
    }

    #[test]
    fn rows_become_events_one_by_one_or_in_a_list_bare_or_as_changes() {
        let event = seed_requested(7, 12);
        let row = row(&event);
        for payload in [
            row.clone(),
            json!([row]),
            json!({"op": "INSERT", "data_source": "art/1", "data": {"new": row, "old": null}}),
            json!([{"op": "UPDATE", "data": {"new": row, "old": row}}]),
        ] {
            let delivery = read_json(&payload).expect("read");
            assert_eq!((delivery.events, delivery.made_ms), (vec![event.clone()], 1_795_168_800_000), "{payload}");
        }
        assert_eq!(read_json(&json!([])), Ok(Delivery { made_ms: 9, ..Delivery::default() }));
    }

    #[test]
    fn a_row_that_is_removed_is_a_retraction() {
        let event = Event { retracted: true, ..seed_requested(7, 12) };
        let mut bare = row(&event);
        bare["_gs_op"] = json!("d");
        for payload in [bare, json!({"op": "DELETE", "data": {"old": row(&event), "new": null}})] {
            assert_eq!(read_json(&payload).expect("read").events, std::slice::from_ref(&event), "{payload}");
        }
    }

    #[test]
    fn numbers_may_be_text_and_lists_may_be_empty() {
        let mut row = row(&Event { topics: vec![], data: Bytes::new(), ..seed_requested(7, 12) });
        row["block_number"] = json!("5");
        row["block_timestamp"] = json!("1795168800");
        row["data"] = Value::Null;
        let delivery = read_json(&row).expect("read");
        assert_eq!((delivery.events[0].block, delivery.made_ms), (5, 1_795_168_800_000));
        assert!(delivery.events[0].topics.is_empty());
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let row = row(&seed_requested(7, 12));
        for (payload, name) in [
            (json!({"op": "DELETE", "data": {"new": row}}), "data.old"),
            (json!({"op": "INSERT", "data": {"old": row}}), "data.new"),
            (json!({"op": "TRUNCATE", "data": {}}), "TRUNCATE"),
            (json!([row, {"op": "INSERT", "data": {"new": row}}]), "`old` and `new`"),
            (json!({"address": row["address"], "topics": "0x12,"}), "topics"),
            (json!({"address": row["address"], "topics": "", "block_number": 1}), "block_timestamp"),
        ] {
            let error = read_json(&payload).expect_err("refused");
            assert!(error.to_string().contains(name), "{payload}: {error}");
        }
        assert!(matches!(read(b"{\n oops", 9).map_err(|error| *error), Err(Error::MalformedJson { line: 2, .. })));
    }

    proptest! {
        #[test]
        fn any_body_at_all_is_read_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
            op in "INSERT|UPDATE|DELETE|.{0,6}",
        ) {
            let _ = read(&bytes, 0);
            let row = row(&seed_requested(7, 12));
            for payload in [json!([row]), json!({"op": op, "data": {"old": row, "new": row}})] {
                let mut nearly = payload.to_string().into_bytes();
                let at = at.index(nearly.len());
                nearly[at] = value;
                let _ = read(&nearly, 0);
                let _ = read(&nearly[..at], 0);
            }
        }
    }
}
