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
    network: Option<String>,
    data: GraphqlBlocks,
}

#[derive(Deserialize)]
struct GraphqlBlocks {
    block: GraphqlBlock,
}

#[derive(Deserialize)]
struct GraphqlBlock {
    number: u64,
    /// If the webhook's query asks for it.
    hash: Option<B256>,
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
    network: Option<String>,
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
    block_hash: Option<B256>,
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
            let Graphql { network, data: GraphqlBlocks { block } } = payload.event;
            let mut delivery = delivery(&payload.created_at, network.as_deref())?;
            delivery.events = block.logs.into_iter().map(|log| log.into_event(block.number, block.hash)).collect();
            Ok(delivery)
        }
        "ADDRESS_ACTIVITY" => {
            let payload: Payload<AddressActivity> = parse(body)?;
            let AddressActivity { network, activity } = payload.event;
            let mut delivery = delivery(&payload.created_at, network.as_deref())?;
            for activity in activity {
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

/// A delivery without anything in it yet.
fn delivery(created_at: &str, network: Option<&str>) -> Result<Delivery> {
    let made_ms = rfc3339_ms(created_at).ok_or_else(|| malformed("createdAt is not an RFC 3339 time"))?;
    Ok(Delivery { made_ms, chain_id: network.and_then(chain_id), ..Delivery::default() })
}

/// The chain that Alchemy calls so (<https://www.alchemy.com/docs/reference/notify-api-endpoints>, `network`), of those
/// on which most is deployed. What has another name is taken for the chain that is served.
fn chain_id(network: &str) -> Option<u64> {
    Some(match network {
        "ETH_MAINNET" => 1,
        "OPT_MAINNET" => 10,
        "BNB_MAINNET" => 56,
        "MATIC_MAINNET" => 137,
        "BASE_MAINNET" => 8_453,
        "ARB_MAINNET" => 42_161,
        "AVAX_MAINNET" => 43_114,
        "MATIC_AMOY" => 80_002,
        "BASE_SEPOLIA" => 84_532,
        "ARB_SEPOLIA" => 421_614,
        "ETH_HOODI" => 560_048,
        "ETH_SEPOLIA" => 11_155_111,
        "OPT_SEPOLIA" => 11_155_420,
        _ => return None,
    })
}

impl GraphqlLog {
    fn into_event(self, block: u64, block_hash: Option<B256>) -> Event {
        let (contract, topics, data) = (self.account.address, self.topics, self.data);
        Event { contract, topics, data, block, block_hash, retracted: false }
    }
}

impl ActivityLog {
    fn into_event(self) -> Event {
        Event {
            contract: self.address,
            topics: self.topics,
            data: self.data,
            block: self.block_number.to(),
            block_hash: self.block_hash,
            retracted: self.removed,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::tests::{ART, BLOCK_HASH, seed_requested, served};
    use crate::event::{Event, Meaning};
    use proptest::prelude::*;
    use serde_json::{Value, json};

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
                "data": {"block": {"hash": BLOCK_HASH, "number": 5, "timestamp": 1_795_168_800, "logs": logs}},
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
                            "blockNumber": "0x5", "blockHash": event.block_hash, "transactionHash": B256::repeat_byte(7),
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
    fn the_network_says_the_chain_where_its_name_is_known() {
        for (network, chain_id) in [
            (json!("ETH_SEPOLIA"), Some(11_155_111)),
            (json!("MATIC_MAINNET"), Some(137)),
            (json!("MARS_MAINNET"), None),
            (json!(""), None),
            (Value::Null, None),
        ] {
            for body in [graphql(&[], "2026-11-20T10:00:00Z"), address_activity(&seed_requested(7, 12))] {
                let mut payload: Value = serde_json::from_str(&body).expect("json");
                payload["event"]["network"] = network.clone();
                assert_eq!(read(payload.to_string().as_bytes()).expect("read").chain_id, chain_id, "{network}");
            }
        }
        assert_eq!(read(graphql(&[], "2026-11-20T10:00:00Z").as_bytes()).expect("read").chain_id, None);
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
