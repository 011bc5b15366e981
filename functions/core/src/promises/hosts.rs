//! Requests go to the hosts of the settings, whatever addresses events, requests, contracts and services bring along.
//!
//! The platform in memory fails the test as soon as anything asks elsewhere (see `testing.rs`), so this holds in every
//! other test of this crate too.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::{Value, json};

use crate::abi::IInferenceGateway::inferCall;
use crate::abi::IInferenceHub::InferenceRequested;
use crate::abi::IModelRegistry::{self, Model, Task, modelOfCall};
use crate::abi::ISeedArt::Stage;
use crate::event::tests::seed_requested;
use crate::http::Request;
use crate::infer::tests::picture_input;
use crate::platform::HttpResponse;
use crate::testing::deployment::{Deployment, MODEL, REGISTRY, attester};
use crate::testing::{block_on, chain};
use crate::webhook::alchemy;
use crate::{dispatch, intake, pin};

/// Where cloud machines are told their own secrets: what a forged request from inside is worth most for.
const EVIL: &str = "http://169.254.169.254/latest/meta-data";

/// The hosts that were asked.
fn asked(house: &Deployment) -> BTreeSet<String> {
    let requests = house.platform.requests("");
    let hosts = requests.iter().filter_map(|request| request.url.split('/').nth(2).map(str::to_string));
    hosts.filter(|host| !host.ends_with(".spin.internal")).collect()
}

/// The same JSON with each string, one at a time, replaced by an address, and once with addresses put into each object.
fn poisoned(value: &Value) -> Vec<Value> {
    fn places(value: &Value, here: String, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(here),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(i, one)| places(one, format!("{here}/{i}"), found));
            }
            Value::Object(map) => map.iter().for_each(|(name, one)| places(one, format!("{here}/{name}"), found)),
            _ => {}
        }
    }
    fn stuff(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(stuff),
            Value::Object(map) => {
                map.values_mut().for_each(stuff);
                for name in ["url", "uri", "rpc_url", "callback_url", "image", "tokenURI", "network_url", "$ref"] {
                    map.insert(name.into(), EVIL.into());
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    places(value, String::new(), &mut found);
    let mut made: Vec<Value> = found
        .iter()
        .map(|place| {
            let mut copy = value.clone();
            *copy.pointer_mut(place).expect("a place") = EVIL.into();
            copy
        })
        .collect();
    let mut stuffed = value.clone();
    stuff(&mut stuffed);
    made.push(stuffed);
    made
}

#[test]
fn no_address_in_an_event_or_a_request_is_asked() {
    let house = Deployment::new();
    let body = alchemy::tests::graphql(&[seed_requested(7, 12)], "2026-11-20T10:00:00.000Z");
    let webhooks = poisoned(&serde_json::from_str(&body).expect("json"));
    assert!(webhooks.len() > 10);
    for webhook in webhooks {
        block_on(intake::handle(&house.platform, intake::tests::signed(&webhook.to_string())));
        house.platform.run_spawned();
    }
    let question = json!({"modelId": MODEL, "input": Bytes::from(picture_input(16).abi_encode())});
    let call = inferCall { modelId: MODEL, input: picture_input(16).abi_encode().into() };
    let query = json!({"sender": Address::ZERO, "data": Bytes::from(call.abi_encode())});
    let job = serde_json::to_value(crate::testing::job_for(picture_input(16).abi_encode().into())).expect("json");
    for (path, body) in [("/oracle/infer", question), ("/oracle/ccip", query), ("/jobs", job)] {
        for body in poisoned(&body).into_iter().chain([body, json!(EVIL)]) {
            let (method, path, body) = ("POST".into(), path.into(), body.to_string().into_bytes());
            block_on(dispatch::handle(&house.platform, Request { method, path, body, ..Request::default() }));
        }
    }
    let (method, path) = ("GET".into(), format!("/ipfs/{EVIL}"));
    block_on(pin::handle(&house.platform, Request { method, path, ..Request::default() }));
    assert_eq!(asked(&house), BTreeSet::from(["chain".into()]));
}

#[test]
fn no_address_that_a_contract_tells_is_asked() {
    let house = Deployment::new();
    house.chain.function(REGISTRY, modelOfCall::SELECTOR, |_, _| {
        let model = Model {
            task: Task::Picture,
            canonicalHash: keccak256(verdigris_model::genesis().to_bytes()),
            onnxHash: B256::ZERO,
            attestationKey: attester(),
            manifestURI: EVIL.into(),
        };
        Ok(modelOfCall::abi_encode_returns(&IModelRegistry::modelOfReturn { model, chunks: Vec::new() }))
    });
    house.mint(7);
    house.settle();
    assert_eq!(house.stage(7), Stage::Fulfilled);
    let _ = house.last_event::<InferenceRequested>();
    assert_eq!(asked(&house), BTreeSet::from(["chain".into()]));
}

#[test]
fn no_address_that_a_node_or_a_service_answers_with_is_asked() {
    let answers = [
        (307, json!({"location": EVIL})),
        (200, json!({"jsonrpc": "2.0", "id": 0, "result": EVIL, "Hash": EVIL, "data": {"cid": EVIL, "url": EVIL}})),
        (202, json!({"requestid": "1", "status": "queued", "delegates": [EVIL], "info": {"status_url": EVIL}})),
    ];
    for (status, body) in answers {
        for peer in [chain::ENDPOINT, "http://kubo", "https://pinata"] {
            let house = Deployment::new();
            let settings = [("kubo_url", "http://kubo"), ("pinata_url", "https://pinata"), ("pinata_jwt", "a-token")];
            for (name, value) in settings {
                let _ = house.platform.clone().with(name, value);
            }
            let _ = house.platform.clone().with("pinners", if peer == "https://pinata" { "pinata" } else { "kubo" });
            let body = body.to_string().into_bytes();
            house.mint(7);
            house.chain.mine();
            if peer != chain::ENDPOINT {
                house.settle();
            }
            house.platform.serve(peer, move |_| Ok(HttpResponse { status, body: body.clone() }));
            block_on(intake::handle(&house.platform, intake::tests::alchemy(&[seed_requested(8, 12)])));
            house.platform.run_spawned();
            block_on(crate::sweep::handle(&house.platform, crate::sweep::tests::request("Bearer token")));
            house.platform.run_spawned();
            assert!(
                asked(&house).is_subset(&["chain", "kubo", "pinata"].map(String::from).into()),
                "{:?}",
                asked(&house)
            );
            assert!(!house.platform.requests(peer).is_empty());
        }
    }
}
