//! Models outside the exact form, asked for directly and by the chain; the function that runs them is played here.

use std::cell::Cell;
use std::rc::Rc;

use alloy_sol_types::SolCall;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::abi::IInferenceHub::Assurance;
use crate::abi::IModelRegistry::{self, Model, Task};
use crate::dispatch;
use crate::http::{Request, Response};
use crate::platform::HttpResponse;
use crate::testing::block_on;
use crate::testing::deployment::{Deployment, MODEL, REGISTRY, attester};

const FILE: &[u8] = b"an ONNX file";
const MODELS: &str = "http://models";

/// A house whose model is an ONNX file, and a function that answers with its input, reversed.
fn house() -> Deployment {
    house_of(Model {
        task: Task::Tensor,
        canonicalHash: B256::ZERO,
        onnxHash: keccak256(FILE),
        attestationKey: attester(),
        manifestURI: String::new(),
    })
}

fn house_of(model: Model) -> Deployment {
    let house = Deployment::new();
    let _ = house.platform.clone().with("models_url", MODELS).with("models_path", "/all/");
    house.chain.function(REGISTRY, IModelRegistry::modelOfCall::SELECTOR, move |_, _| {
        let returned = IModelRegistry::modelOfReturn { model: model.clone(), chunks: Vec::new() };
        Ok(IModelRegistry::modelOfCall::abi_encode_returns(&returned))
    });
    house.platform.serve(MODELS, |_| Ok(HttpResponse { status: 200, body: FILE.to_vec() }));
    let is_ready = Rc::new(Cell::new(false));
    house.platform.serve("http://onnx.spin.internal/run", move |request| {
        let question = Question::read(&request.body).expect("a question");
        assert_eq!((question.model, question.file_hash), (MODEL, keccak256(FILE)));
        if question.file.is_empty() && !is_ready.get() {
            let response = Response::from(Error::NotFound { what: "the file".into() });
            return Ok(HttpResponse { status: response.status, body: response.body });
        }
        assert!(question.file == FILE || is_ready.get());
        is_ready.set(true);
        Ok(HttpResponse { status: 200, body: question.input.iter().rev().copied().collect() })
    });
    house
}

fn post(house: &Deployment, path: &str, body: &Value) -> (u16, String) {
    let body = body.to_string().into_bytes();
    let request = Request { method: "POST".into(), path: path.into(), body, ..Request::default() };
    let response = block_on(dispatch::handle(&house.platform, request));
    (response.status, String::from_utf8(response.body).expect("text"))
}

fn ask(house: &Deployment) -> (u16, String) {
    post(house, "/oracle/infer", &json!({"modelId": MODEL, "input": "0x010203"}))
}

#[test]
fn a_question_is_answered_by_the_function_and_the_file_is_fetched_once() {
    let house = house();
    for _ in 0..3 {
        let (status, body) = ask(&house);
        assert_eq!(status, 200, "{body}");
        let reply: Value = serde_json::from_str(&body).expect("json");
        assert_eq!(reply["output"], json!("0x030201"));
    }
    let fetched = house.platform.requests(MODELS);
    assert_eq!(fetched.len(), 1);
    assert_eq!(fetched[0].url, format!("{MODELS}/all/{}.onnx", keccak256(FILE)));
    assert!(fetched[0].headers.is_empty());
    let questions = house.platform.requests("http://onnx.spin.internal");
    let with_file = questions.iter().filter(|request| request.body.ends_with(FILE)).count();
    assert_eq!((questions.len(), with_file), (4, 1));
}

#[test]
fn a_file_that_was_fetched_before_is_in_the_store() {
    let house = house();
    assert_eq!(ask(&house).0, 200);
    house.platform.serve(MODELS, |_| panic!("the file is kept"));
    assert_eq!(block_on(file(&house.platform, MODEL, keccak256(FILE), Until::starting(0))), Ok(FILE.to_vec()));
}

#[test]
fn another_file_under_the_name_is_refused_and_not_kept() {
    let house = house();
    house.platform.serve(MODELS, |_| Ok(HttpResponse { status: 200, body: b"another".to_vec() }));
    let (status, body) = ask(&house);
    assert_eq!(status, 422);
    assert!(body.contains("is another"), "{body}");
    assert!(!house.platform.keys().iter().any(|key| key.starts_with("onnx:")));
}

#[test]
fn what_is_wrong_with_where_files_are_kept_is_said_without_the_address() {
    for (status, expected, says) in [
        (404, 422, "is not where"),
        (410, 422, "is not where"),
        (403, 502, "models_url answered 502"),
        (503, 503, "503"),
    ] {
        let house = house();
        house.platform.serve(MODELS, move |_| Ok(HttpResponse { status, body: b"http://models says no".to_vec() }));
        let (answered, body) = ask(&house);
        assert_eq!(answered, expected, "{body}");
        assert!(body.contains(says) && !body.contains("http://models"), "{body}");
    }
    let house = house();
    let _ = house.platform.clone().with("models_url", "");
    let (status, body) = ask(&house);
    assert_eq!(status, 422);
    assert!(body.contains("models_url"), "{body}");
}

#[test]
fn what_the_function_refuses_is_told() {
    let house = house();
    house.platform.serve("http://onnx.spin.internal", |_| {
        let reason = "node 3 \"draw\" (RandomNormal) draws randomness".into();
        let response = Response::from(Error::ModelUnusable { model: MODEL, reason });
        Ok(HttpResponse { status: response.status, body: response.body })
    });
    let (status, body) = ask(&house);
    assert_eq!(status, 422);
    assert!(body.contains("RandomNormal"), "{body}");
}

#[test]
fn a_request_on_the_chain_is_answered_at_levels_attested_and_quorum_only() {
    for (level, is_answered) in [(Assurance::Attested, true), (Assurance::Quorum, true), (Assurance::Optimistic, false)]
    {
        let house = house();
        let job = house.ask(Bytes::from_static(&[1, 2, 3]), level);
        assert_eq!(block_on(crate::job::take(&house.platform, &job, None)), Ok(true));
        let (status, body) = post(&house, "/jobs", &serde_json::to_value(&job).expect("json"));
        let was_run = !house.platform.requests("http://onnx.spin.internal").is_empty();
        assert_eq!(was_run, is_answered, "{level:?}: {status} {body}");
        assert_eq!(body.contains("can't be bonded"), !is_answered, "{level:?}: {body}");
    }
}

#[test]
fn a_model_that_names_nothing_to_run_is_unusable() {
    let named = |task, canonical, onnx| Model {
        task,
        canonicalHash: canonical,
        onnxHash: onnx,
        attestationKey: attester(),
        manifestURI: String::new(),
    };
    for (model, says) in [
        (named(Task::Tensor, B256::ZERO, B256::ZERO), "names neither"),
        (named(Task::Picture, B256::ZERO, keccak256(FILE)), "draws pictures"),
    ] {
        let (status, body) = ask(&house_of(model));
        assert_eq!(status, 422);
        assert!(body.contains(says), "{body}");
    }
}

proptest! {
    #[test]
    fn a_question_comes_back_as_it_was(input in prop::collection::vec(any::<u8>(), 0..50), file in prop::collection::vec(any::<u8>(), 0..50)) {
        let question = Question { model: MODEL, file_hash: keccak256(&file), input: &input, file: &file };
        let bytes = question.to_bytes();
        prop_assert_eq!(Question::read(&bytes), Ok(question));
        for end in 0..HEAD + input.len() {
            prop_assert!(Question::read(&bytes[..end]).is_err());
        }
    }
}
