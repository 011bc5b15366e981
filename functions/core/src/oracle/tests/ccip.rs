//! Queries of contracts that look something up off chain, against the whole house in memory.

use super::*;
use crate::abi::IInferenceGateway::inferCall;
use crate::testing::ATTESTATION_KEY;
use crate::testing::deployment::attester;
use alloy_primitives::{Address, Signature};
use alloy_sol_types::SolCall;

const RESOLVER: Address = Address::repeat_byte(0xab);

fn call(size: u16) -> Bytes {
    inferCall { modelId: MODEL, input: input(size) }.abi_encode().into()
}

fn get(house: &Deployment, sender: &str, data: &str) -> (u16, Value) {
    let response = ask(house, "GET", &format!("/oracle/ccip/{sender}/{data}.json"), "");
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

fn send(house: &Deployment, body: &str) -> (u16, Value) {
    let response = ask(house, "POST", "/oracle/ccip", body);
    assert!(response.headers.contains(&("content-type", "application/json".into())), "whatever is answered");
    assert!(response.headers.contains(&("access-control-allow-origin", "*".into())));
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

/// The output and who signed it, as the contract reads them.
fn read(answer: &Value, size: u16, resolver: Address) -> (Bytes, Address) {
    let data: Bytes = answer["data"].as_str().expect("text").parse().expect("bytes");
    let (output, signature) =
        <(Bytes, Bytes)>::abi_decode_params_validate(&data).expect("abi.encode(output, signature)");
    let (input_hash, output_hash) = (keccak256(input(size)), keccak256(&output));
    let digest = Statement { model_id: MODEL, input_hash, output_hash, resolver }.digest(31337);
    let signature = Signature::from_raw(&signature).expect("a signature");
    (output, signature.recover_address_from_prehash(&digest).expect("a signer"))
}

#[test]
fn a_query_is_answered_with_the_output_and_the_signature_of_the_model_s_key_for_the_contract_that_asks() {
    let house = Deployment::new();
    let (status, answer) = get(&house, &RESOLVER.to_string(), &call(16).to_string());
    assert_eq!(status, 200, "{answer}");
    let (output, signer) = read(&answer, 16, RESOLVER);
    assert_eq!(signer, attester());
    let reply: Value = serde_json::from_slice(&post(&house, &question(16)).1).expect("json");
    assert_eq!(json!(output), reply["output"], "what /oracle/infer answers");
    assert_ne!(read(&answer, 16, Address::ZERO).1, attester(), "another contract's");
    assert_ne!(read(&answer, 17, RESOLVER).1, attester(), "another input's");
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("blob:")), "nothing is pinned");
}

#[test]
fn however_a_query_comes_it_is_answered_with_the_same_bytes() {
    let house = Deployment::new();
    let (sender, data) = (RESOLVER.to_checksum(None), call(16).to_string());
    let first = get(&house, &sender, &data);
    assert_eq!(first.0, 200, "{}", first.1);
    let (lower, upper) = (sender.to_lowercase(), format!("0x{}", hex::encode_upper(call(16))));
    for (sender, data) in [(&lower, &data), (&sender, &upper), (&lower, &upper)] {
        house.platform.advance(3_600_000);
        assert_eq!(get(&house, sender, data), first);
        assert_eq!(send(&house, &json!({"data": data, "sender": sender}).to_string()), first);
        assert_eq!(send(&house, &format!(r#" {{"sender":"{sender}","abi":[{{}}],"data":"{data}"}}"#)), first);
        let bare = ask(&house, "GET", &format!("/oracle/ccip/{sender}/{data}"), "");
        assert_eq!(serde_json::from_slice::<Value>(&bare.body).expect("json"), first.1);
    }
}

#[test]
fn a_query_that_can_never_be_answered_is_a_4xx_with_a_message() {
    let house = Deployment::new();
    let sender = RESOLVER.to_string();
    let wrong = Bytes::from(inferCall { modelId: MODEL, input: Bytes::from_static(b"?") }.abi_encode());
    let long = Bytes::from(inferCall { modelId: MODEL, input: vec![0; MAX_INPUT + 1].into() }.abi_encode());
    let other = Bytes::from_static(&[0x12, 0x34, 0x56, 0x78]);
    let cut = call(16).slice(..call(16).len() - 32);
    for (sender, data, status, message) in [
        (sender.as_str(), wrong.to_string(), 422, "abi.encode(PictureInput)"),
        (&sender, long.to_string(), 422, "16385 bytes"),
        (&sender, other.to_string(), 400, "infer(bytes32,bytes)"),
        (&sender, cut.to_string(), 400, "infer(bytes32,bytes)"),
        (&sender, "0x".into(), 400, "infer(bytes32,bytes)"),
        (&sender, "0x0".into(), 400, "hexadecimal"),
        (&sender, "data".into(), 400, "hexadecimal"),
        ("0x11", call(16).to_string(), 400, "sender"),
        ("verdigris.eth", call(16).to_string(), 400, "sender"),
    ] {
        let posted = send(&house, &json!({"data": data, "sender": sender}).to_string());
        assert_eq!(posted.0, status, "{}", posted.1);
        assert!(posted.1["message"].as_str().expect("text").contains(message), "{}", posted.1);
        assert_eq!(get(&house, sender, &data), posted);
    }
    for body in ["", "[]", "{}", "7", r#"{"data":"0x"}"#, r#"{"data":7,"sender":[]}"#, r#"{"data":"\ud800"}"#] {
        let (status, answer) = send(&house, body);
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer["message"].is_string(), "{body}: {answer}");
    }
}

/// Then the client asks the next gateway.
#[test]
fn a_query_that_can_be_answered_later_or_by_another_gateway_is_a_5xx_with_a_message() {
    let unknown = Bytes::from(inferCall { modelId: B256::repeat_byte(1), input: input(16) }.abi_encode());
    type Change = fn(&Deployment);
    let cases: [(Change, Bytes, u16, &str); 3] = [
        (|house| house.chain.set_down(true), call(16), 502, "endpoint"),
        (|_| {}, unknown, 503, "is not registered"),
        (|house| drop(house.platform.clone().with("open_routes", "none")), call(16), 503, "API key"),
    ];
    for (change, data, expected, message) in cases {
        let house = Deployment::new();
        change(&house);
        let (status, answer) = get(&house, &RESOLVER.to_string(), &data.to_string());
        assert_eq!((status, &answer["status"]), (expected, &json!(expected)), "{answer}");
        assert!(answer["message"].as_str().expect("text").contains(message), "{answer}");
    }
}

#[test]
fn no_answer_is_signed_for_a_model_whose_key_is_another_operator_s() {
    let house = Deployment::new();
    let _ = house.platform.clone().with("attestation_key", &B256::repeat_byte(0x55).to_string());
    let (status, answer) = get(&house, &RESOLVER.to_string(), &call(16).to_string());
    assert_eq!(status, 503, "another operator's gateway may well have it");
    let message = answer["message"].as_str().expect("text");
    assert!(message.contains(&attester().to_string()), "it names the key that counts: {message}");
    assert_ne!(ATTESTATION_KEY, B256::repeat_byte(0x55));
}

#[test]
fn paths_and_methods_that_are_not_there_are_told() {
    let house = Deployment::new();
    for (method, path, status) in [
        ("GET", "/oracle/ccip", 405),
        ("POST", "/oracle/ccip/0x11/0x22", 405),
        ("GET", "/oracle/ccip/", 404),
        ("GET", "/oracle/ccip/0x11", 404),
        ("GET", "/oracle/ccips/0x11/0x22", 404),
        ("GET", "/oracle/", 404),
        ("POST", "/oracle/infer/", 404),
        ("GET", "/oracle/infer", 405),
    ] {
        assert_eq!(ask(&house, method, path, "{}").status, status, "{method} {path}");
    }
}
