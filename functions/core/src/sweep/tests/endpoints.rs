//! Endpoints of which one is down, and the other speaks of something else.

use super::*;
use crate::platform::HttpResponse;
use serde_json::{Value, json};

/// The primary endpoint is down, and the fallback speaks of another chain, which is far ahead.
#[test]
fn a_fallback_on_another_chain_moves_nothing_while_the_endpoint_of_ours_is_down() {
    const FALLBACK: &str = "https://elsewhere.example";
    let house = Deployment::new();
    house.platform.clone().with("rpc_url_fallback", FALLBACK);
    house.platform.serve(FALLBACK, |request| {
        let answer = |question: &Value| {
            let result = match question["method"].as_str() {
                Some("eth_chainId") => json!("0x1"),
                Some("eth_getLogs") => json!([]),
                _ => json!({"number": "0xf4240", "hash": B256::repeat_byte(9), "timestamp": "0xffffff"}),
            };
            json!({"jsonrpc": "2.0", "id": question["id"], "result": result})
        };
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let answers = match &body {
            Value::Array(all) => all.iter().map(answer).collect(),
            one => answer(one),
        };
        Ok(HttpResponse { status: 200, body: answers.to_string().into_bytes() })
    });
    house.sweep();
    house.mint(7);
    house.chain.set_down(true);
    for _ in 0..5 {
        assert_ne!(block_on(handle(&house.platform, request("Bearer token"))).status, 200);
        house.platform.advance(LEASE_MS);
    }
    house.chain.set_down(false);
    settle(&house);
    assert_eq!((house.stage(7), house.mined(fulfilCall::SELECTOR)), (Stage::Fulfilled, 1));
}

/// The primary endpoint gives its head and no logs; the fallback has slept for a hundred blocks, and knows of nothing.
#[test]
fn what_a_node_that_is_behind_has_not_seen_is_read_again() {
    const FALLBACK: &str = "https://asleep.example";
    let house = Deployment::new();
    house.sweep();
    house.mint(7);
    for _ in 0..100 {
        house.chain.mine();
    }
    let (node, recovered) = (house.platform.peer(ENDPOINT), house.platform.peer(ENDPOINT));
    house.platform.clone().with("rpc_url_fallback", FALLBACK);
    house.platform.serve(ENDPOINT, {
        let node = house.platform.peer(ENDPOINT);
        move |request| {
            let is_for_logs = String::from_utf8_lossy(&request.body).contains("eth_getLogs");
            if is_for_logs { Err(PlatformError::Timeout(4_000)) } else { node(request) }
        }
    });
    house.platform.serve(FALLBACK, move |request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let response = node(request)?;
        let mut answers: Value = serde_json::from_slice(&response.body).expect("JSON");
        for (question, answer) in
            body.as_array().into_iter().flatten().zip(answers.as_array_mut().into_iter().flatten())
        {
            match question["method"].as_str() {
                Some("eth_getLogs") => answer["result"] = json!([]),
                Some("eth_blockNumber") => answer["result"] = json!("0x2"),
                _ => {}
            }
        }
        Ok(HttpResponse { status: 200, body: answers.to_string().into_bytes() })
    });
    for _ in 0..3 {
        assert_ne!(block_on(handle(&house.platform, request("Bearer token"))).status, 200);
        house.platform.advance(LEASE_MS);
    }
    house.platform.clone().with("rpc_url_fallback", "");
    house.platform.serve(ENDPOINT, move |request| recovered(request));
    settle(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled);
}
