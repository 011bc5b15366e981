//! Webhooks of Tenderly's alerts: <https://docs.tenderly.co/monitoring/alerts/destinations/project-scoped>.
//!
//! An alert (say, "event emitted" of the hub and of each collection) brings the whole transaction with all of its logs.
//! Tenderly has no word for a reorganisation; the chain is asked before anything is sent. It looks by GET whether
//! somebody is there before it tells the signing key: until then the setting holds anything at all, so that the route
//! is there.

use alloy_primitives::{Address, B256, Bytes};
use serde::Deserialize;

use super::{Delivery, Signed, Told, WRONG, is_hex_hmac, malformed, parse, rfc3339_ms};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::{Request, clip};

/// Checks a request's signature: the HMAC-SHA256 of the raw body followed by the `date` header, byte for byte as it was
/// sent.
///
/// That header alone says how old the webhook is. What it tells is known by its identity for as long as its job's claim
/// is kept, a little longer than a webhook is taken; one without an age could be sent again for ever after that, so it is
/// refused, which Tenderly shows, and sweep finds what it was about.
///
/// # Errors
/// [`Error::Unauthorized`], or [`Error::Malformed`] for a date in a form that isn't known.
pub fn check<'a>(signing_key: &str, request: &'a Request, _now_ms: u64) -> Result<Signed<'a>> {
    let missing = Error::Unauthorized("x-tenderly-signature and date are needed, once each");
    let header = |name| request.header(name).ok_or_else(|| missing.clone());
    let (signature, date) = (header("x-tenderly-signature")?, header("date")?);
    if !is_hex_hmac(signing_key, &[&request.body, date.as_bytes()], signature) {
        return Err(WRONG.into());
    }
    let unknown = || malformed("its date header is in no form that is known, so it may be of any age");
    Ok(Signed { body: request.body.as_slice().into(), made_ms: date_ms(date).ok_or_else(unknown)? })
}

/// The times that were seen in `date`: Go's own (`2026-11-20 10:00:00.38 +0000 UTC m=+3512798.19`), RFC 3339, and
/// HTTP's (`Fri, 20 Nov 2026 10:00:00 GMT`, with UTC where Go writes it).
fn date_ms(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = date.split(' ').collect();
    match words[..] {
        [moment] => rfc3339_ms(moment),
        [_, day, month, year, time, "GMT" | "UTC"] => {
            let month = 1 + MONTHS.iter().position(|name| *name == month)?;
            rfc3339_ms(&format!("{year}-{month:02}-{day}T{time}Z"))
        }
        [day, time, zone, ..] => {
            let (hours, minutes) = zone.split_at_checked(3)?;
            rfc3339_ms(&format!("{day}T{time}{hours}:{minutes}"))
        }
        _ => None,
    }
}

#[derive(Deserialize)]
struct Payload {
    event_type: String,
}

#[derive(Deserialize)]
struct Alert {
    transaction: Transaction,
}

#[derive(Deserialize)]
struct Transaction {
    /// The chain's id in decimal.
    network: String,
    block_number: u64,
    block_hash: Option<B256>,
    /// Go writes an empty list as null.
    logs: Option<Vec<Log>>,
}

#[derive(Deserialize)]
struct Log {
    address: Address,
    topics: Option<Vec<B256>>,
    data: Option<Bytes>,
}

/// Reads a payload whose signature has been checked.
///
/// # Errors
/// [`Error::MalformedJson`] with the place, or [`Error::Malformed`] for a payload of another type.
pub fn read(body: &[u8], made_ms: u64) -> Result<Told> {
    let payload: Payload = parse(body)?;
    match payload.event_type.as_str() {
        "TEST" => Ok(Told::Test),
        "ALERT" => {
            let Transaction { network, block_number, block_hash, logs } = parse::<Alert>(body)?.transaction;
            let chain_id = network.parse().map_err(|_| malformed("transaction.network is not a number"))?;
            let logs = logs.unwrap_or_default().into_iter();
            let events = logs.map(|log| log.into_event(block_number, block_hash)).collect();
            Ok(Told::Logs(Delivery { made_ms, chain_id: Some(chain_id), events, ..Delivery::default() }))
        }
        other => Err(malformed(format!("event_type {:?} is not served; it is TEST or ALERT", clip(other, 40)))),
    }
}

impl Log {
    fn into_event(self, block: u64, block_hash: Option<B256>) -> Event {
        let (topics, data) = (self.topics.unwrap_or_default(), self.data.unwrap_or_default());
        Event { contract: self.address, topics, data, block, block_hash, retracted: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::seed_requested;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const DATE: &str = "2026-11-20 10:00:00.386157172 +0000 UTC m=+3512798.196320121";
    // printf '{"a":1}%s' "$DATE" | openssl dgst -sha256 -hmac tenderly_test
    const SIGNATURE: &str = "fabdecb65e75d117f8432d183a90e2b4fe8db7aba8a3882d6f1a1eb65baf1af7";

    fn request(date: &str, signature: &str, body: &[u8]) -> Request {
        let headers = [("date", date), ("x-tenderly-signature", signature)];
        let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        Request { headers: headers.to_vec(), body: body.to_vec(), ..Request::default() }
    }

    fn alert(event: &Event) -> Value {
        json!({
            "id": "6d5cfd3b-9f4d-4d7e-9cbb-2b5a0a6a7f5f", "event_type": "ALERT",
            "transaction": {
                "network": "31337", "block_hash": B256::repeat_byte(3), "block_number": 5, "hash": B256::repeat_byte(7),
                "from": event.contract, "to": null, "input": "0x", "value": "0", "nonce": "1",
                "logs": [{"address": event.contract, "topics": event.topics, "data": event.data}],
            },
        })
    }

    #[test]
    fn the_signature_is_that_of_an_independent_computation() {
        let is_signed = |key: &str, date: &str, signature: &str, body: &[u8]| {
            check(key, &request(date, signature, body), 0).is_ok()
        };
        assert!(is_signed("tenderly_test", DATE, SIGNATURE, br#"{"a":1}"#));
        assert!(!is_signed("tenderly_tesT", DATE, SIGNATURE, br#"{"a":1}"#));
        assert!(!is_signed("tenderly_test", DATE, SIGNATURE, br#"{"a":2}"#));
        assert!(!is_signed("tenderly_test", &DATE[..19], SIGNATURE, br#"{"a":1}"#));
        assert!(!is_signed("tenderly_test", DATE, &SIGNATURE[..62], br#"{"a":1}"#));
        assert!(!is_signed("tenderly_test", DATE, "", br#"{"a":1}"#));
    }

    #[test]
    fn the_date_says_the_age_where_its_form_is_known() {
        for (date, ms) in [
            (DATE, Some(1_795_168_800_386)),
            ("2026-11-20 12:30:00 +0230 +0230", Some(1_795_168_800_000)),
            ("2026-11-20T10:00:00Z", Some(1_795_168_800_000)),
            ("Fri, 20 Nov 2026 10:00:00 GMT", Some(1_795_168_800_000)),
            ("Fri, 20 Nov 2026 10:00:00 UTC", Some(1_795_168_800_000)),
            ("Fri, 20 Nov 2026 10:00:00 CET", None),
            ("2026-11-20 10:00:00", None),
            ("2026-11-20 10:00:00 é", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(date_ms(date), ms, "{date}");
        }
    }

    #[test]
    fn a_webhook_whose_date_is_in_no_known_form_is_refused_since_it_may_be_of_any_age() {
        // printf '{"a":1}yesterday' | openssl dgst -sha256 -hmac tenderly_test
        let signature = "a457536bc35e9c8d4a4d7f86604064d8d3600daa4d9a1875c005bd1edebdfd86";
        let request = request("yesterday", signature, br#"{"a":1}"#);
        let error = check("tenderly_test", &request, 0).expect_err("refused");
        assert_eq!(error.status(), 400);
        assert!(error.to_string().contains("date header"), "{error}");
        assert_eq!(check("tenderly_tesT", &request, 0).map_err(|e| e.status()).map(drop), Err(401), "others hear less");
    }

    #[test]
    fn an_alert_s_logs_become_events_of_its_chain() {
        let event = seed_requested(7, 12);
        let told = read(alert(&event).to_string().as_bytes(), 9).expect("read");
        let expected = Delivery { made_ms: 9, chain_id: Some(31337), events: vec![event], ..Delivery::default() };
        assert_eq!(told, Told::Logs(expected));
    }

    #[test]
    fn a_test_is_one_whatever_else_it_holds_and_null_lists_are_empty() {
        assert_eq!(read(br#"{"id":"1","event_type":"TEST","transaction":null}"#, 9), Ok(Told::Test));
        let empty = br#"{"event_type":"ALERT","transaction":{"network":"1","block_number":5,"logs":null}}"#;
        assert!(matches!(read(empty, 9), Ok(Told::Logs(told)) if told.events.is_empty()));
        let mut bare = alert(&seed_requested(7, 12));
        bare["transaction"]["logs"][0]["topics"] = Value::Null;
        bare["transaction"]["logs"][0]["data"] = Value::Null;
        assert!(read(bare.to_string().as_bytes(), 9).is_ok());
    }

    #[test]
    fn another_type_or_a_network_that_is_none_is_refused() {
        assert_eq!(read(br#"{"event_type":"DONE"}"#, 9).map_err(|e| e.status()), Err(400));
        let network = br#"{"event_type":"ALERT","transaction":{"network":"mainnet","block_number":5}}"#;
        let error = read(network, 9).expect_err("refused");
        assert!(error.to_string().contains("transaction.network"), "{error}");
        assert!(matches!(read(b"{\n oops", 9).map_err(|error| *error), Err(Error::MalformedJson { line: 2, .. })));
    }

    proptest! {
        #[test]
        fn any_request_at_all_is_checked_and_read_without_a_panic(
            date in "[0-9 :+-]{0,30}|.{0,30}", signature in "[0-9a-f]{62,66}|.{0,20}",
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
        ) {
            prop_assert!(check("tenderly_test", &request(&date, &signature, &bytes), 0).is_err());
            let _ = date_ms(&date);
            let _ = read(&bytes, 0);
            let mut nearly = alert(&seed_requested(7, 12)).to_string().into_bytes();
            let at = at.index(nearly.len());
            nearly[at] = value;
            let _ = read(&nearly, 0);
            let _ = read(&nearly[..at], 0);
        }
    }
}
