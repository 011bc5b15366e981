//! No secret shows in a line of the log, in an answer or in the store, whatever goes wrong.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::abi::IInferenceGateway::inferCall;
use crate::abi::IInferenceHub::InferenceRequested;
use crate::abi::ISeedArt::Stage;
use crate::event::Event;
use crate::http::{Request, Response};
use crate::infer::tests::picture_input;
use crate::intake::simulated;
use crate::intake::simulated::simulator::ALL;
use crate::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use crate::testing::deployment::{Deployment, MODEL};
use crate::testing::{ATTESTATION_KEY, Memory, block_on, chain};
use crate::{callback, dispatch, intake, pin, remote, sweep};

const SPIN: &str = include_str!("../../../../spin.toml");
const KUBO: &str = "http://kubo.example";
const PINATA: &str = "https://pinata.example";
const WORKER: &str = "http://worker.example";
const SECOND: &str = "http://second.example";

/// The names of all settings that are secret.
fn secret_names() -> Vec<&'static str> {
    let lines = SPIN.lines().filter(|line| line.contains("secret = true"));
    let names: Vec<&str> = lines.filter_map(|line| line.split(" = ").next()).collect();
    assert!(names.len() >= 13, "spin.toml's secrets: {names:?}");
    names
}

/// A secret that fits where form matters, and else one that can be told from everything.
fn secret(name: &str) -> String {
    if let Some((_, shared)) = ALL.map(|provider| provider.secret()).into_iter().find(|(setting, _)| *setting == name) {
        return shared.into();
    }
    match name {
        "attestation_key" => ATTESTATION_KEY.to_string(),
        "sender_key" => format!("0x{}", "d6".repeat(32)),
        "rpc_path" | "rpc_path_fallback" => format!("v2/mark-of-{name}"),
        "api_keys" => format!("ann:{}", "c5".repeat(32)),
        _ => format!("mark-of-{name}"),
    }
}

/// What of a secret must not be seen anywhere, in any of the forms in which it could get somewhere by mistake.
fn marks(name: &str) -> Vec<String> {
    let value = secret(name);
    let text = value.trim_start_matches("v2/").trim_start_matches("ann:").trim_start_matches("0x").to_string();
    let mut forms = vec![text.clone(), text.to_uppercase()];
    let mut bytes = vec![text.clone().into_bytes()];
    bytes.extend(hex::decode(&text).ok());
    for bytes in bytes {
        forms.extend([hex::encode(&bytes), STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)]);
        forms.push(format!("{bytes:?}").trim_matches(['[', ']']).to_string());
    }
    forms
}

/// A house with every secret set, two nodes and two pinning services.
fn house() -> Deployment {
    let house = Deployment::new();
    for name in secret_names() {
        let _ = house.platform.clone().with(name, &secret(name));
    }
    let rest = [("rpc_url_fallback", SECOND), ("kubo_url", KUBO), ("pinata_url", PINATA), ("pinners", "kubo")];
    for (name, value) in rest {
        let _ = house.platform.clone().with(name, value);
    }
    house
}

/// What was said to others while all functions were used, rightly and wrongly.
#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    fn hear(&mut self, response: &Response) {
        let body = String::from_utf8_lossy(&response.body);
        self.0.push(format!("{} {:?} {body}", response.status, response.headers));
    }

    /// Asks a function, and lets what it began come to its end.
    fn ask(&mut self, platform: &Memory, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_string(), value.as_bytes().to_vec()));
        let request = Request {
            method: method.into(),
            path: path.into(),
            headers: headers.collect(),
            body: body.to_vec(),
            ..Request::default()
        };
        let response = match path.split('/').nth(1) {
            Some("oracle" | "jobs") => block_on(dispatch::handle(platform, request)),
            Some("ipfs" | "pin") => block_on(pin::handle(platform, request)),
            Some("answers" | "attestations" | "outbox") => block_on(callback::handle(platform, request)),
            Some("sweep") => block_on(sweep::handle(platform, request)),
            Some("run" | "told") => block_on(remote::handle(platform, request)),
            _ => block_on(intake::handle(platform, request)),
        };
        self.hear(&response);
        platform.run_spawned();
    }

    fn tell(&mut self, platform: &Memory, event: &Event) {
        for provider in ALL {
            let now_s = platform.now_ms() / 1000;
            let call = simulated::first(platform, provider, event).call(now_s);
            let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            self.ask(platform, "POST", call.path, &headers, &call.body);
            self.ask(platform, "POST", call.path, &headers, &call.body[..call.body.len() / 2]);
            self.ask(platform, "POST", call.path, &[], &call.body);
        }
    }

    fn sweep(&mut self, house: &Deployment) {
        let token = format!("Bearer {}", secret("sweep_token"));
        for _ in 0..4 {
            self.ask(&house.platform, "POST", "/sweep", &[("authorization", &token)], b"");
            house.pass(crate::job::LEASE_MS / 1000);
        }
        self.ask(&house.platform, "POST", "/sweep", &[("authorization", "Bearer guessed")], b"");
    }
}

/// Uses every function, and gives all that was said meanwhile.
fn use_all(house: &Deployment) -> Vec<String> {
    let (platform, mut said) = (&house.platform, Said::default());
    let minted = house.mint(7);
    house.chain.mine();
    said.tell(platform, &minted);
    house.chain.mine();
    said.sweep(house);
    let has_asked =
        house.chain.inner.borrow().events.iter().any(|event| event.topics[0] == InferenceRequested::SIGNATURE_HASH);
    if has_asked {
        said.tell(platform, &house.last_event::<InferenceRequested>());
        house.chain.mine();
        said.sweep(house);
    }
    let question = json!({"modelId": MODEL, "input": Bytes::from_static(b"\x12")}).to_string();
    for headers in [&[][..], &[("x-api-key", "guessed")], &[("authorization", "Basic Z3Vlc3NlZA==")]] {
        said.ask(platform, "POST", "/oracle/infer", headers, question.as_bytes());
    }
    let unknown = json!({"modelId": format!("0x{}", "44".repeat(32)), "input": "0x"}).to_string();
    said.ask(platform, "POST", "/oracle/infer", &[], unknown.as_bytes());
    said.ask(platform, "GET", &gateway_query(), &[], b"");
    for path in [
        "/healthz",
        "/ipfs/nothing",
        "/oracle/infer",
        "/oracle/ccip",
        "/jobs",
        "/pin",
        "/answers",
        "/attestations",
        "/outbox",
        "/run",
        "/told",
        "/webhooks/worker",
        "/nowhere",
    ] {
        said.ask(platform, "GET", path, &[], b"");
        said.ask(platform, "POST", path, &[], b"{\"kind\":");
    }
    said.0.extend(platform.said());
    said.0.extend(platform.kept());
    said.0
}

/// A query of a contract, whose answer the model's key signs.
fn gateway_query() -> String {
    let call = inferCall { modelId: MODEL, input: picture_input(16).abi_encode().into() };
    format!("/oracle/ccip/{}/{}", Address::ZERO, Bytes::from(call.abi_encode()))
}

fn assert_silent(world: &str, said: &[String]) {
    for name in secret_names() {
        for mark in marks(name) {
            let found = said.iter().find(|text| text.contains(&mark));
            assert!(found.is_none(), "{world}: {name} shows in {found:?}");
        }
    }
}

/// All that a server could repeat of a request.
fn echo(request: &HttpRequest) -> String {
    format!("{} {} {:?} {}", request.method, request.url, request.headers, String::from_utf8_lossy(&request.body))
}

type Answer = Result<HttpResponse, PlatformError>;
type Peer = fn(&HttpRequest) -> Answer;

/// The ways in which servers repeat what they were sent.
fn echoing() -> Vec<(&'static str, Peer)> {
    fn ok(status: u16, body: String) -> Answer {
        Ok(HttpResponse { status, body: body.into_bytes() })
    }
    vec![
        ("an error page", |request| ok(400, format!("<html>{}</html>", echo(request)))),
        ("a page", |request| ok(200, echo(request))),
        ("a refusal", |request| {
            ok(200, json!({"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": echo(request)}}).to_string())
        }),
        ("a refusal with another's limit", |request| {
            ok(200, json!({"jsonrpc": "2.0", "id": 0, "error": {"code": 429, "message": echo(request)}}).to_string())
        }),
        ("a result", |request| ok(200, json!({"jsonrpc": "2.0", "id": 0, "result": echo(request)}).to_string())),
        ("a content address", |request| {
            let text = echo(request);
            ok(200, json!({"Hash": text, "data": {"cid": text}, "cid": text}).to_string())
        }),
        ("a broken connection", |request| Err(PlatformError::Connection(echo(request)))),
        ("a redirect", |request| ok(307, echo(request))),
    ]
}

#[test]
fn only_callback_is_given_the_keys() {
    for table in SPIN.split("\n[component.").skip(1) {
        let (component, settings) = table.split_once(']').expect("a table");
        for key in ["attestation_key", "sender_key"] {
            assert_eq!(settings.contains(key), component == "callback.variables", "{component} and {key}");
        }
    }
}

#[test]
fn a_house_in_which_all_is_well_says_no_secret() {
    let house = house();
    let _ = house.platform.clone().with("pinners", "embedded");
    let said = use_all(&house);
    assert_eq!(house.stage(7), Stage::Fulfilled, "both keys were in use: {:?}", house.platform.said());
    assert_silent("all is well", &said);
}

#[test]
fn servers_that_repeat_what_they_were_sent_are_not_repeated() {
    for (how, answer) in echoing() {
        for peer in [chain::ENDPOINT, KUBO, PINATA, WORKER] {
            let house = house();
            if peer == WORKER {
                let _ = house.platform.clone().with("worker_models", "all").with("worker_url", WORKER);
            }
            let _ = house.platform.clone().with("pinners", if peer == PINATA { "pinata" } else { "kubo" });
            house.platform.serve(peer, answer);
            house.platform.serve(SECOND, answer);
            assert_silent(&format!("{peer} answers with {how}"), &use_all(&house));
            assert!(!house.platform.requests(peer).is_empty(), "{peer} was asked");
        }
    }
}

#[test]
fn settings_that_are_wrong_are_named_and_not_shown() {
    for name in secret_names() {
        for wrong in ["mark-of-nothing", "0xmark-of-nothing", "whsec_mark-of-nothing%", "\u{0}mark-of-nothing"] {
            let house = house();
            let _ = house.platform.clone().with(name, wrong).with("pinners", "kubo,pinata");
            let said = use_all(&house);
            assert!(!said.iter().any(|text| text.contains("mark-of-nothing")), "{name} = {wrong}: {said:?}");
            assert_silent(name, &said);
        }
    }
}

#[test]
fn failing_stores_and_chains_say_no_secret() {
    let house = house();
    house.platform.set_store_down(true);
    let question = json!({"modelId": MODEL, "input": "0x12"}).to_string();
    let mut said = Said::default();
    for path in [
        "/healthz",
        "/oracle/infer",
        "/ipfs/nothing",
        "/jobs",
        "/pin",
        "/answers",
        "/attestations",
        "/outbox",
        "/sweep",
    ] {
        said.ask(&house.platform, "POST", path, &[("x-api-key", "guessed")], question.as_bytes());
    }
    said.0.extend(house.platform.said());
    assert_silent("the store is down", &said.0);
    house.platform.set_store_down(false);
    house.chain.set_down(true);
    assert_silent("the chain is down", &use_all(&house));
}
