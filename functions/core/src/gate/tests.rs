//! The gate in front of every function, in the whole house in memory.

use std::net::IpAddr;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::abi::IInferenceGateway::inferCall;
use crate::event::tests::seed_requested;
use crate::http::Response;
use crate::infer::tests::picture_input;
use crate::testing::deployment::{Deployment, MODEL};
use crate::testing::{Memory, block_on};
use crate::{dispatch, intake, pin, sweep};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, SolValue};

const SPIN: &str = include_str!("../../../../spin.toml");
const WRANGLER: &str = include_str!("../../../../wrangler.toml");
const PROTOCOL: &str = include_str!("../../../../docs/protocol.md");
const OPENAPI: &str = include_str!("../../../openapi.yaml");
const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";

fn digest_of(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

/// A house with two keys, in which sources and keys have few units.
fn house() -> Deployment {
    let house = Deployment::new();
    let keys = format!("ann:{}, bob:{}", digest_of("key-of-ann"), digest_of("key-of-bob"));
    let settings = [("api_keys", keys.as_str()), ("rate_per_source", "3"), ("rate_per_key", "5")];
    for (name, value) in settings {
        let _ = house.platform.clone().with(name, value);
    }
    house
}

fn request(method: &str, path: &str, source: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_string(), value.as_bytes().to_vec()));
    let source: Option<IpAddr> = source.parse().ok();
    Request { method: method.into(), path: path.into(), headers: headers.collect(), body: Vec::new(), source }
}

/// A question for a picture.
fn question(size: u16, source: &str, headers: &[(&str, &str)]) -> Request {
    let body = json!({"modelId": MODEL, "input": Bytes::from(picture_input(size).abi_encode())});
    Request { body: body.to_string().into_bytes(), ..request("POST", "/oracle/infer", source, headers) }
}

/// The same as a contract's query to the gateway.
fn query(size: u16, source: &str, headers: &[(&str, &str)]) -> Request {
    let call = inferCall { modelId: MODEL, input: picture_input(size).abi_encode().into() };
    let data = Bytes::from(call.abi_encode());
    request("GET", &format!("/oracle/ccip/{}/{data}.json", Address::ZERO), source, headers)
}

fn with_key(key: &str) -> [(&'static str, &str); 1] {
    [("x-api-key", key)]
}

/// A request to whichever function has the route.
fn ask(platform: &Memory, request: Request) -> Response {
    match request.path.as_str() {
        path if path.starts_with("/oracle/") => block_on(dispatch::handle(platform, request)),
        "/sweep" => block_on(sweep::handle(platform, request)),
        path if path.starts_with("/ipfs/") => block_on(pin::handle(platform, request)),
        _ => block_on(intake::handle(platform, request)),
    }
}

fn statuses(platform: &Memory, count: usize, request: &Request) -> Vec<u16> {
    (0..count).map(|_| ask(platform, request.clone()).status).collect()
}

#[test]
fn every_public_route_counts_its_callers_and_answers_429_when_it_is_too_much() {
    let cid = "/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    for (asking, answer) in [
        (question(16, HERE, &[]), 200),
        (query(16, HERE, &[]), 200),
        (request("GET", cid, HERE, &[]), 404),
        (request("GET", "/healthz", HERE, &[]), 200),
        (request("GET", "/webhooks/tenderly", HERE, &[]), 200),
        (request("POST", "/webhooks/alchemy", HERE, &[("x-alchemy-signature", "00")]), 401),
        (request("OPTIONS", "/oracle/infer", HERE, &[]), 204),
        (request("GET", "/oracle/infer", HERE, &[]), 405),
        (request("OPTIONS", "/oracle/ccip", HERE, &[]), 204),
        (request("POST", "/oracle/ccip", HERE, &[]), 400),
        (request("PUT", "/oracle/ccip", HERE, &[]), 405),
        (request("POST", "/oracle/nothing", HERE, &[]), 404),
        (request("POST", cid, HERE, &[]), 405),
        (request("PUT", "/healthz", HERE, &[]), 405),
        (request("PUT", "/webhooks/alchemy", HERE, &[]), 405),
        (request("POST", "/webhooks/goldsky", HERE, &[]), 404), // It isn't set up.
        (request("POST", "/webhooks/nobody", HERE, &[]), 404),
        (request("GET", "/jobs", HERE, &[]), 404),
        (request("GET", "/sweep", HERE, &[]), 401),
        (request("POST", "/sweep", HERE, &[("authorization", "Bearer guessed")]), 401),
        (question(16, HERE, &with_key("guessed")), 401),
        (query(16, HERE, &with_key("guessed")), 503), // Its client goes on to the next gateway.
    ] {
        let house = house();
        let platform = house.platform.clone().with("tenderly_signing_key", "anything");
        assert_eq!(statuses(&platform, 5, &asking), [answer, answer, answer, 429, 429], "{}", asking.path);
        let refused = ask(&platform, asking.clone());
        assert!(refused.headers.contains(&("retry-after", "60".into())), "{:?}", refused.headers);
        let problem: Value = serde_json::from_slice(&refused.body).expect("json");
        assert_eq!(problem["type"], "urn:verdigris:problem:too-many-requests");
        let elsewhere = Request { source: ELSEWHERE.parse().ok(), ..asking.clone() };
        assert_eq!(ask(&platform, elsewhere).status, answer, "another source has its own units");
        platform.advance(60_000);
        assert_eq!(ask(&platform, asking).status, answer);
    }
}

#[test]
fn a_key_has_its_own_units_wherever_its_owner_is() {
    let house = house();
    assert_eq!(statuses(&house.platform, 4, &question(16, HERE, &[])), [200, 200, 200, 429]);
    assert_eq!(statuses(&house.platform, 3, &question(16, HERE, &with_key("key-of-ann"))), [200; 3]);
    let bearer = [("authorization", "Bearer key-of-ann")];
    assert_eq!(statuses(&house.platform, 3, &question(16, ELSEWHERE, &bearer)), [200, 200, 429]);
    assert_eq!(statuses(&house.platform, 1, &question(16, HERE, &with_key("key-of-bob"))), [200]);
    assert_eq!(statuses(&house.platform, 5, &query(16, HERE, &with_key("key-of-bob"))), [200, 200, 200, 200, 429]);
}

#[test]
fn a_wrong_key_is_401_and_never_counts_as_none() {
    let house = house();
    for headers in [
        &with_key("key-of-eve")[..],
        &with_key(""),
        &[("authorization", "Basic key-of-ann")],
        &[("x-api-key", "key-of-ann"), ("x-api-key", "key-of-ann")],
        &[("x-api-key", "no"), ("authorization", "Bearer key-of-ann")],
    ] {
        house.platform.advance(60_000);
        assert_eq!(ask(&house.platform, question(16, HERE, headers)).status, 401, "{headers:?}");
    }
    let none_set = Deployment::new();
    assert_eq!(ask(&none_set.platform, question(16, HERE, &with_key("any"))).status, 401);
}

#[test]
fn a_route_that_is_not_open_wants_a_key() {
    let cid = "/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    for (setting, oracle, ipfs) in [("", 200, 404), ("oracle", 200, 401), (" ipfs", 401, 404), ("none", 401, 401)] {
        let house = house();
        let platform = house.platform.clone().with("open_routes", setting);
        assert_eq!(ask(&platform, question(16, HERE, &[])).status, oracle, "{setting}");
        let gateway = if oracle == 401 { 503 } else { oracle };
        assert_eq!(ask(&platform, query(16, HERE, &[])).status, gateway, "{setting}");
        assert_eq!(ask(&platform, request("GET", cid, HERE, &[])).status, ipfs, "{setting}");
        assert_eq!(ask(&platform, question(16, HERE, &with_key("key-of-ann"))).status, 200);
    }
    let platform = house().platform.with("open_routes", "everything");
    assert_eq!(ask(&platform, question(16, HERE, &[])).status, 500);
}

#[test]
fn what_takes_long_costs_more_and_is_refused_before_it_is_begun() {
    let house = house();
    let platform = house.platform.clone().with("rate_per_source", "100");
    assert_eq!(ask(&platform, question(512, HERE, &[])).status, 200);
    // What is left is enough for small ones, and not for many large ones.
    assert_eq!(statuses(&platform, 3, &question(16, HERE, &[])), [200; 3]);
    assert!(statuses(&platform, 8, &query(512, HERE, &[])).contains(&429));
    let before = platform.requests("http://").len();
    assert_eq!(ask(&platform, question(16, HERE, &[])).status, 429);
    assert_eq!(platform.requests("http://").len(), before, "the chain is not asked for who is refused");
}

#[test]
fn wrong_signatures_of_others_never_silence_a_provider_not_even_from_its_own_address() {
    let house = house();
    let wrong = request("POST", "/webhooks/alchemy", HERE, &[("x-alchemy-signature", "00")]);
    assert!(statuses(&house.platform, 50, &wrong).contains(&429));
    let minted = house.mint(7);
    let right = Request { source: HERE.parse().ok(), ..intake::tests::alchemy(&[minted]) };
    assert_eq!(ask(&house.platform, right).status, 200);
}

#[test]
fn a_provider_s_burst_passes_and_counts_once_each() {
    let house = house();
    for token in 0..500 {
        let right = Request { source: HERE.parse().ok(), ..intake::tests::alchemy(&[seed_requested(token, 12)]) };
        assert_eq!(ask(&house.platform, right).status, 200);
    }
    assert_eq!(block_on(house.platform.increment("limit:taken:provider:alchemy", 0)), Ok(500));
    let counted = ["limit:began:provider:alchemy", "limit:taken:provider:alchemy"];
    assert_eq!(house.platform.limits(), counted, "right signatures count against no source");
}

#[test]
fn a_provider_that_runs_wild_is_told_to_wait_and_others_are_not() {
    let house = house();
    let platform = house.platform.clone().with("rate_per_provider", "2");
    let right = intake::tests::alchemy(&[seed_requested(7, 12)]);
    assert_eq!(statuses(&platform, 3, &right), [200, 200, 429]);
    assert_eq!(ask(&platform, request("GET", "/healthz", HERE, &[])).status, 200);
}

#[test]
fn the_timer_is_never_kept_from_its_work_by_guessers() {
    let house = house();
    let guess = request("POST", "/sweep", HERE, &[("authorization", "Bearer guessed")]);
    assert!(statuses(&house.platform, 20, &guess).contains(&429));
    let right = Request { source: HERE.parse().ok(), ..sweep::tests::request("Bearer token") };
    assert_eq!(ask(&house.platform, right).status, 200);
}

#[test]
fn without_its_store_the_gate_lets_pass_but_nobody_in() {
    let house = house();
    house.platform.set_store_down(true);
    assert_eq!(statuses(&house.platform, 9, &request("GET", "/healthz", HERE, &[])), [200; 9]);
    assert_eq!(ask(&house.platform, question(16, HERE, &with_key("key-of-eve"))).status, 401);
    let wrong = request("POST", "/webhooks/alchemy", HERE, &[("x-alchemy-signature", "00")]);
    assert_eq!(statuses(&house.platform, 9, &wrong), [401; 9]);
    assert!(house.platform.said().iter().all(|line| line.starts_with("gate: ")));
}

#[test]
fn wrong_settings_are_named() {
    for (name, value) in [("rate_per_source", "many"), ("rate_per_source", "-1"), ("open_routes", "all")] {
        let platform = house().platform.with(name, value);
        let answer = ask(&platform, question(16, HERE, &[]));
        assert_eq!(answer.status, 500);
        assert!(String::from_utf8_lossy(&answer.body).contains(name));
    }
    let platform = house().platform.with("api_keys", "ann");
    assert_eq!(ask(&platform, question(16, HERE, &[])).status, 200, "who brings no key isn't concerned");
    assert_eq!(ask(&platform, question(16, HERE, &with_key("key-of-ann"))).status, 500);
}

#[test]
fn each_component_gets_the_settings_that_it_asks_for_and_each_is_written_about() {
    let by_component = [
        ("intake", &["rate_per_source", "rate_per_provider"][..]),
        ("dispatch", &["api_keys", "open_routes", "rate_per_key", "rate_per_source"]),
        ("pin", &["api_keys", "open_routes", "rate_per_key", "rate_per_source"]),
        ("sweep", &["rate_per_key", "rate_per_source"]),
    ];
    for (component, settings) in by_component {
        let (_, table) = SPIN.split_once(&format!("\n[component.{component}.variables]\n")).expect(component);
        let table = table.split("\n[").next().expect("text");
        for name in settings {
            assert!(table.contains(&format!("{name} = \"{{{{ {name} }}}}\"")), "{component} gets no {name}");
            assert!(PROTOCOL.contains(&format!("`{name}`")), "docs/protocol.md says nothing of {name}");
            assert!(WRANGLER.contains(&name.to_uppercase()), "wrangler.toml says nothing of {name}");
        }
    }
    for (name, default) in
        [("rate_per_source", PER_SOURCE), ("rate_per_key", PER_KEY), ("rate_per_provider", PER_PROVIDER)]
    {
        assert!(SPIN.contains(&format!("\n{name} = {{ default = \"{default}\" }}\n")), "{name}");
        assert!(WRANGLER.contains(&format!("\n{} = \"{default}\"\n", name.to_uppercase())), "{name}");
    }
    assert!(SPIN.contains(&format!("\nopen_routes = {{ default = \"{OPEN}\" }}\n")));
    assert!(SPIN.contains("\napi_keys = { default = \"\", secret = true }\n"));
}

#[test]
fn every_public_operation_lists_429_since_all_are_counted() {
    let (_, paths) = OPENAPI.split_once("\npaths:\n").expect("paths");
    let (paths, _) = paths.split_once("\ncomponents:\n").expect("components");
    for path in paths.split("\n  /").map(|path| path.trim_start_matches("  /")) {
        let name = path.lines().next().expect("a name");
        let operations = path.matches("      tags: [public]\n").count();
        assert_eq!(path.matches("\n        \"429\":\n").count(), operations, "/{name}");
    }
}
