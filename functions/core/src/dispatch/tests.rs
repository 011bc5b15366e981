//! Jobs against the whole house in memory.

use super::*;
use crate::infer::tests::picture_input;
use crate::testing::block_on;
use crate::testing::deployment::Deployment;
use alloy_primitives::Bytes;
use alloy_sol_types::SolValue;
use serde_json::{Value, json};

fn post(house: &Deployment, path: &str, body: &Value) -> (u16, Vec<u8>) {
    let request =
        Request { method: "POST".into(), path: path.into(), body: body.to_string().into_bytes(), ..Request::default() };
    let response = block_on(handle(&house.platform, request));
    (response.status, response.body)
}

/// A raise may ask for it, of a hub that doesn't see the size then.
#[test]
fn a_picture_whose_size_cannot_be_bonded_is_not_answered_at_level_optimistic() {
    let house = Deployment::new();
    for (size, refused) in [(24, true), (8, true), (16, false)] {
        let input = picture_input(size).abi_encode();
        let job = house.ask(input.into(), Assurance::Optimistic);
        let (_, body) = post(&house, "/jobs", &serde_json::to_value(&job).expect("json"));
        let said = String::from_utf8_lossy(&body).contains("can't be bonded");
        assert_eq!(said, refused, "{size}: {}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn jobs_of_another_hub_or_chain_are_refused_and_paths_and_methods_told() {
    let house = Deployment::new();
    let mut job = serde_json::to_value(crate::testing::job_for(Bytes::new())).expect("json");
    job["chainId"] = json!(1);
    assert_eq!(post(&house, "/jobs", &job).0, 422);
    assert_eq!(post(&house, "/jobs", &json!({"kind": "dance"})).0, 400);
    assert_eq!(post(&house, "/elsewhere", &json!({})).0, 404);
    let get = Request { method: "GET".into(), path: "/jobs".into(), ..Request::default() };
    assert_eq!(block_on(handle(&house.platform, get)).status, 405);
}
