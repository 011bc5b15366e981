//! Webhooks that follow <https://www.standardwebhooks.com>: how senders without a format of their own tell us logs.
//!
//! The payload is `{"type": "chain.logs", "timestamp": …, "data": {"logs": […]}}` with logs as `eth_getLogs` gives them.
//! Messages of other types are not for us; senders have some of their own, for tests among others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::{Delivery, Signed, Told, WRONG, is_hmac, parse};
use crate::chain::from_log;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::node::Log;

/// How far the timestamp may lie from our clock, in seconds.
pub const TOLERANCE_S: u64 = 5 * 60;
/// Most signatures in one header (keys are rolled over by sending several).
const MAX_SIGNATURES: usize = 16;

/// Checks a request's signature and age.
///
/// # Errors
/// [`Error::Unauthorized`], or [`Error::Config`] if our own secret, the setting `name`, is none.
pub fn check<'a>(name: &'static str, secret: &str, request: &'a Request, now_ms: u64) -> Result<Signed<'a>> {
    let no_secret = || Error::Config { name, reason: "is not whsec_ and base64".into() };
    let key = secret.strip_prefix("whsec_").ok_or_else(no_secret)?;
    let key = BASE64.decode(key.trim()).map_err(|_| no_secret())?;
    let missing = Error::Unauthorized("webhook-id, webhook-timestamp and webhook-signature are needed, once each");
    let header = |name| request.header(name).ok_or_else(|| missing.clone());
    let (id, timestamp, signatures) =
        (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let mut signed = false;
    for signature in signatures.split(' ').take(MAX_SIGNATURES) {
        let Some(text) = signature.strip_prefix("v1,") else { continue };
        let Ok(bytes) = BASE64.decode(text) else { continue };
        signed |= is_hmac(&key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", &request.body], &bytes);
    }
    if !signed {
        return Err(WRONG.into());
    }
    let seconds: u64 = timestamp.parse().map_err(|_| Error::Unauthorized("webhook-timestamp is not a number"))?;
    if seconds.abs_diff(now_ms / 1000) > TOLERANCE_S {
        return Err(Error::Unauthorized("webhook-timestamp is more than five minutes off").into());
    }
    Ok(Signed { body: request.body.as_slice().into(), made_ms: seconds.saturating_mul(1000) })
}

#[derive(Deserialize)]
struct Kind {
    r#type: String,
}

#[derive(Deserialize)]
struct Payload {
    data: Logs,
}

#[derive(Deserialize)]
struct Logs {
    logs: Vec<Log>,
}

/// Reads a payload whose signature has been checked.
///
/// # Errors
/// [`Error::MalformedJson`] with the place.
pub fn read(body: &[u8], made_ms: u64) -> Result<Told> {
    let kind: Kind = parse(body)?;
    if kind.r#type != "chain.logs" {
        return Ok(Told::Test);
    }
    let events = parse::<Payload>(body)?.data.logs.into_iter().filter_map(from_log).collect();
    Ok(Told::Logs(Delivery { made_ms, events, ..Delivery::default() }))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::Event;
    use crate::event::tests::seed_requested;
    use alloy_primitives::B256;
    use proptest::prelude::*;
    use serde_json::json;

    /// The example of the specification's libraries:
    /// <https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/rust/src/lib.rs>.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: u64 = 1_614_265_330;
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    pub(crate) fn request(id: &str, time: &str, signature: &str, body: &str) -> Request {
        let header = |name: &str, value: &str| (name.to_string(), value.as_bytes().to_vec());
        Request {
            method: "POST".into(),
            path: "/webhooks/standard".into(),
            headers: vec![
                header("webhook-id", id),
                header("webhook-timestamp", time),
                header("webhook-signature", signature),
            ],
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    pub(crate) fn payload(events: &[Event]) -> String {
        let logs: Vec<_> = events
            .iter()
            .map(|event| {
                json!({
                    "address": event.contract, "topics": event.topics, "data": event.data, "blockNumber": "0x5",
                    "blockHash": event.block_hash, "transactionHash": B256::ZERO, "transactionIndex": "0x0",
                    "logIndex": "0x0", "removed": event.retracted,
                })
            })
            .collect();
        json!({"type": "chain.logs", "timestamp": "2026-11-20T10:00:00Z", "data": {"logs": logs}}).to_string()
    }

    fn at(seconds: u64, signature: &str) -> Result<()> {
        check("x", SECRET, &request(ID, &TIME.to_string(), signature, BODY), seconds * 1000).map(drop)
    }

    #[test]
    fn the_specification_s_own_example_is_accepted() {
        assert_eq!(at(TIME, SIGNATURE), Ok(()));
    }

    #[test]
    fn one_right_signature_among_others_is_enough() {
        let others = format!("v1a,xyz= v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {SIGNATURE}");
        assert_eq!(at(TIME, &others), Ok(()));
    }

    #[test]
    fn a_wrong_signature_body_id_or_secret_is_refused() {
        assert!(at(TIME, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=").is_err());
        assert!(at(TIME, &SIGNATURE.replace("v1,", "v2,")).is_err());
        assert!(at(TIME, "").is_err());
        let time = TIME.to_string();
        assert!(check("x", SECRET, &request(ID, &time, SIGNATURE, "{}"), TIME * 1000).is_err());
        assert!(check("x", SECRET, &request("msg_x", &time, SIGNATURE, BODY), TIME * 1000).is_err());
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert!(check("x", other, &request(ID, &time, SIGNATURE, BODY), TIME * 1000).is_err());
    }

    #[test]
    fn a_webhook_from_too_long_ago_or_from_the_future_is_refused() {
        assert_eq!(at(TIME + TOLERANCE_S, SIGNATURE), Ok(()));
        assert!(at(TIME + TOLERANCE_S + 1, SIGNATURE).is_err());
        assert!(at(TIME - TOLERANCE_S - 1, SIGNATURE).is_err());
    }

    #[test]
    fn a_secret_that_is_none_is_our_own_mistake() {
        let error = check("x", "nonsense", &request(ID, "1", SIGNATURE, BODY), 0).expect_err("misconfigured");
        assert_eq!(error.status(), 500);
    }

    #[test]
    fn logs_become_events() {
        let event = seed_requested(7, 12);
        let told = read(payload(std::slice::from_ref(&event)).as_bytes(), 9).expect("read");
        assert_eq!(told, Told::Logs(Delivery { made_ms: 9, events: vec![event], ..Delivery::default() }));
    }

    #[test]
    fn messages_of_other_types_are_heard_and_what_is_no_message_is_refused() {
        for other in [&br#"{"type":"test","data":null}"#[..], br#"{"type":"chain.blocks"}"#, br#"{"type":"","data":7}"#]
        {
            assert_eq!(read(other, 9), Ok(Told::Test));
        }
        for wrong in [&b"{}"[..], b"[]", br#"{"type":7}"#, br#"{"type":"chain.logs","data":{}}"#] {
            assert_eq!(read(wrong, 9).map_err(|error| error.status()), Err(400));
        }
    }

    proptest! {
        #[test]
        fn any_request_at_all_is_checked_and_read_without_a_panic(
            id in ".{0,20}", time in ".{0,20}", signature in "(v1,|v1a,| |[a-zA-Z0-9+/=]){0,20}",
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut request = request(&id, &time, &signature, "");
            request.body = body;
            prop_assert!(check("x", SECRET, &request, TIME * 1000).is_err());
            let _ = read(&request.body, 0);
        }
    }
}
