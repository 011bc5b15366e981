//! Webhooks of Alchemy Notify: <https://www.alchemy.com/docs/reference/notify-api-quickstart>.
//!
//! `GRAPHQL` ("custom") webhooks carry the logs of a block. `ADDRESS_ACTIVITY` webhooks carry transfers, each with at
//! most the transfer's own log; the transaction may hold more of interest, so its hash is passed on as well.
//! A block that replaces another comes again under the same number with a higher `sequenceNumber`. Nothing needs to be
//! kept about that: jobs are known by what they ask for, and the chain is asked before anything is sent.

use alloy_primitives::{Address, B256, Bytes, U64};
use serde::Deserialize;

use super::{Delivery, Signed, WRONG, is_hex_hmac, malformed, parse, rfc3339_ms};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::{Request, clip};

/// Checks a request's signature: lower-case hexadecimal HMAC-SHA256 of the raw body.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn check<'a>(signing_key: &str, request: &'a Request, now_ms: u64) -> Result<Signed<'a>> {
    let missing = Error::Unauthorized("header x-alchemy-signature is needed, once");
    let signature = request.header("x-alchemy-signature").ok_or(missing)?;
    if !is_hex_hmac(signing_key, &[&request.body], signature) {
        return Err(WRONG.into());
    }
    // When it was made stands in the body.
    Ok(Signed { body: request.body.as_slice().into(), made_ms: now_ms })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<E> {
    created_at: String,
    event: E,
}

/// The payload's type comes before or after its event, so it is read first, on its own.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    r#type: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct Graphql {
    data: GraphqlBlocks,
}

#[derive(Deserialize)]
struct GraphqlBlocks {
    block: GraphqlBlock,
}

#[derive(Deserialize)]
struct GraphqlBlock {
    number: u64,
    #[serde(default)]
    logs: Vec<GraphqlLog>,
}

#[derive(Deserialize)]
struct GraphqlLog {
    data: Bytes,
    topics: Vec<B256>,
    account: Account,
}

#[derive(Deserialize)]
struct Account {
    address: Address,
}

#[derive(Deserialize)]
struct AddressActivity {
    activity: Vec<Activity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Activity {
    hash: Option<B256>,
    from_address: Option<Address>,
    to_address: Option<Address>,
    raw_contract: Option<RawContract>,
    log: Option<ActivityLog>,
}

#[derive(Deserialize)]
struct RawContract {
    address: Option<Address>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActivityLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_number: U64,
    #[serde(default)]
    removed: bool,
}

/// Reads a payload whose signature has been checked.
///
/// # Errors
/// [`Error::MalformedJson`] with the place, or [`Error::Malformed`] for a payload of another type.
pub fn read(body: &[u8]) -> Result<Delivery> {
    let kind: Kind<'_> = parse(body)?;
    match kind.r#type.as_ref() {
        "GRAPHQL" => {
            let payload: Payload<Graphql> = parse(body)?;
            let block = payload.event.data.block;
            let events = block.logs.into_iter().map(|log| log.into_event(block.number)).collect();
            Ok(Delivery { made_ms: time(&payload.created_at)?, events, ..Delivery::default() })
        }
        "ADDRESS_ACTIVITY" => {
            let payload: Payload<AddressActivity> = parse(body)?;
            let mut delivery = Delivery { made_ms: time(&payload.created_at)?, ..Delivery::default() };
            for activity in payload.event.activity {
                let retracted = activity.log.as_ref().is_some_and(|log| log.removed);
                let contract = activity.raw_contract.and_then(|contract| contract.address);
                let touched = [activity.from_address, activity.to_address, contract];
                if let Some(hash) = activity.hash.filter(|_| !retracted) {
                    delivery.transactions.push((hash, touched.into_iter().flatten().collect()));
                }
                delivery.events.extend(activity.log.map(ActivityLog::into_event));
            }
            Ok(delivery)
        }
        other => Err(malformed(format!("type {:?} is not served; use GRAPHQL or ADDRESS_ACTIVITY", clip(other, 40)))),
    }
}

fn time(text: &str) -> Result<u64> {
    rfc3339_ms(text).ok_or_else(|| malformed("createdAt is not an RFC 3339 time"))
}

impl GraphqlLog {
    fn into_event(self, block: u64) -> Event {
        Event { contract: self.account.address, topics: self.topics, data: self.data, block, retracted: false }
    }
}

impl ActivityLog {
    fn into_event(self) -> Event {
        Event {
            contract: self.address,
            topics: self.topics,
            data: self.data,
            block: self.block_number.to(),
            retracted: self.removed,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::tests::{ART, seed_requested, served};
    use crate::event::{Event, Meaning};
    use proptest::prelude::*;
    use serde_json::json;

    pub(crate) fn graphql(events: &[Event], created_at: &str) -> String {
        let logs: Vec<_> = events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                json!({
                    "data": event.data, "topics": event.topics, "index": index,
                    "account": {"address": event.contract},
                    "transaction": {"hash": B256::ZERO, "from": {"address": ART}},
                })
            })
            .collect();
        json!({
            "webhookId": "wh_1", "id": "whevt_1", "createdAt": created_at, "type": "GRAPHQL",
            "event": {
                "data": {"block": {"hash": B256::ZERO, "number": 5, "timestamp": 1_795_168_800, "logs": logs}},
                "sequenceNumber": "10000000000578619000",
            },
        })
        .to_string()
    }

    fn address_activity(event: &Event) -> String {
        json!({
            "webhookId": "wh_1", "id": "whevt_2", "createdAt": "2026-11-20T10:00:00.000Z", "type": "ADDRESS_ACTIVITY",
            "event": {
                "network": "ETH_SEPOLIA",
                "activity": [
                    {
                        "blockNum": "0x5", "hash": B256::repeat_byte(7), "fromAddress": ART, "toAddress": ART,
                        "value": 1, "category": "token", "erc721TokenId": "0x7",
                        "rawContract": {"rawValue": "0x", "address": ART, "decimals": null},
                        "log": {
                            "address": event.contract, "topics": event.topics, "data": event.data,
                            "blockNumber": "0x5", "blockHash": B256::ZERO, "transactionHash": B256::repeat_byte(7),
                            "transactionIndex": "0x0", "logIndex": "0x1", "removed": event.retracted,
                        },
                    },
                    {"blockNum": "0x5", "hash": B256::repeat_byte(8), "fromAddress": ART, "toAddress": null, "category": "external", "rawContract": {"address": null}},
                ],
            },
        })
        .to_string()
    }

    #[test]
    fn the_signature_is_that_of_an_independent_computation() {
        // printf '{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let signature = "51426af50a41dd7ff2cd3f116594734766d4018d15d6fb07169aee5d2959adf5";
        let is_signed = |key: &str, body: &[u8], signature: &str| {
            let headers = vec![("x-alchemy-signature".into(), signature.as_bytes().to_vec())];
            check(key, &Request { headers, body: body.to_vec(), ..Request::default() }, 0).is_ok()
        };
        assert!(is_signed("whsec_test", br#"{"a":1}"#, signature));
        assert!(!is_signed("whsec_tesT", br#"{"a":1}"#, signature));
        assert!(!is_signed("whsec_test", br#"{"a":2}"#, signature));
        assert!(!is_signed("whsec_test", br#"{"a":1}"#, &signature[..62]));
        assert!(!is_signed("whsec_test", br#"{"a":1}"#, ""));
        assert!(!is_signed("whsec_test", br#"{"a":1}"#, "zz"));
    }

    #[test]
    fn a_block_s_logs_become_events() {
        let event = seed_requested(7, 12);
        let delivery =
            read(graphql(std::slice::from_ref(&event), "2026-11-20T10:00:00.000Z").as_bytes()).expect("read");
        assert_eq!(delivery.events, [event]);
        assert_eq!(delivery.made_ms, 1_795_168_800_000);
    }

    #[test]
    fn an_activity_gives_its_log_and_the_transactions_to_look_at() {
        let event = seed_requested(7, 12);
        let delivery = read(address_activity(&event).as_bytes()).expect("read");
        assert_eq!(delivery.events, [event]);
        let expected = [(B256::repeat_byte(7), vec![ART, ART, ART]), (B256::repeat_byte(8), vec![ART])];
        assert_eq!(delivery.transactions, expected);
    }

    #[test]
    fn a_removed_log_is_a_retraction_and_its_transaction_is_not_looked_at() {
        let event = Event { retracted: true, ..seed_requested(7, 12) };
        let delivery = read(address_activity(&event).as_bytes()).expect("read");
        assert!(matches!(served().meaning(&delivery.events[0]), Meaning::Retracted(_)));
        assert_eq!(delivery.transactions, [(B256::repeat_byte(8), vec![ART])]);
    }

    #[test]
    fn malformed_json_is_refused_with_its_place() {
        let error = read(b"{\"type\":\n  oops}").expect_err("refused");
        assert!(matches!(*error, Error::MalformedJson { line: 2, .. }), "{error:?}");
        let body = graphql(&[seed_requested(7, 12)], "2026-11-20T10:00:00.000Z").replace("0x00000", "0xzzzzz");
        assert!(matches!(read(body.as_bytes()).map_err(|error| *error), Err(Error::MalformedJson { .. })));
    }

    #[test]
    fn another_type_or_a_time_that_is_none_is_refused() {
        assert_eq!(read(br#"{"type":"MINED_TRANSACTION"}"#).map_err(|e| e.status()), Err(400));
        assert_eq!(read(graphql(&[], "yesterday").as_bytes()).map_err(|e| e.status()), Err(400));
    }

    proptest! {
        #[test]
        fn any_body_at_all_is_read_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
        ) {
            let _ = read(&bytes);
            for mut nearly in [graphql(&[seed_requested(7, 12)], "2026-11-20T10:00:00Z"), address_activity(&seed_requested(1, 2))].map(String::into_bytes) {
                let at = at.index(nearly.len());
                nearly[at] = value;
                let _ = read(&nearly);
                let _ = read(&nearly[..at]);
            }
        }
    }
}
