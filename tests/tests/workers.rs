//! Models on a GPU worker, from the request on the chain to the settled answer, on both platforms.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolValue;
use serde_json::json;
use verdigris_core::abi::IInferenceHub::{Assurance, Status, receiptOfCall, requestOfCall};
use verdigris_core::abi::{PictureInput, PictureOutput};
use verdigris_core::infer;
use verdigris_core::model::{Kind, Model};
use verdigris_model::Network;
use verdigris_model::picture::Stages;
use verdigris_tests::cheat::ACCOUNT;
use verdigris_tests::functions::{Functions, PLATFORMS, Platform, Settings};
use verdigris_tests::gpu::{GpuWorker, SECRET, TOKEN};
use verdigris_tests::http::{Answer, post};
use verdigris_tests::relay::{Passage, Relay};
use verdigris_tests::stack::{Stack, root, wait_until};
use verdigris_tests::{chain, tensor};

/// A stack, functions that have models run by a worker, and relays before both: what callers see of the functions, and
/// what they see of the worker.
struct Scene {
    stack: Stack,
    worker: GpuWorker,
    to_worker: Relay,
    to_functions: Relay,
    functions: Functions,
}

impl Scene {
    fn start(platform: Platform, models: &str, sweep_seconds: u64) -> Self {
        let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
        let (to_worker, to_functions) = (Relay::start(), Relay::noting("POST /webhooks/worker"));
        let worker = GpuWorker::start(&to_functions.url());
        to_worker.to(worker.url());
        let settings = Settings::of(&stack)
            .with("consumers", &ACCOUNT.to_string())
            .with("worker_models", models)
            .with("worker_url", &to_worker.url())
            .with("worker_token", TOKEN)
            .with("worker_secret", SECRET)
            .with("public_url", &to_functions.url());
        let functions = Functions::start(platform, settings, sweep_seconds);
        to_functions.to(functions.url());
        Self { stack, worker, to_worker, to_functions, functions }
    }

    fn ask_directly(&self, model: B256, input: &Bytes) -> Answer {
        let body = json!({ "modelId": model, "input": input }).to_string();
        post(
            &format!("{}/oracle/infer", self.functions.url()),
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Waits until the worker has the model.
    fn has(&self, model: B256) {
        let ready = format!("{}/v2/models/{model}/ready", self.worker.url());
        let authorization = format!("Bearer {TOKEN}");
        wait_until("the model", || {
            let asked = ureq::get(&ready).header("authorization", &authorization).call();
            asked.is_ok_and(|answer| answer.status() == 200)
        });
    }

    fn status(&self, request_id: B256) -> Status {
        chain::read(self.stack.url("rpcUrl"), self.stack.address("hub"), &requestOfCall { requestId: request_id })
            .status
    }

    fn answered(&self, request_id: B256) {
        wait_until("the answer", || self.status(request_id) == Status::Answered);
    }

    fn output_hash(&self, request_id: B256) -> B256 {
        let receipt = receiptOfCall { requestId: request_id };
        chain::read(self.stack.url("rpcUrl"), self.stack.address("hub"), &receipt).receipt.outputHash
    }
}

fn risk_input() -> Bytes {
    [0.5f32, -1.0, 2.0, 0.0, 1.5, -0.25, 3.0, -2.0].map(f32::to_be_bytes).concat().into()
}

#[test]
fn an_onnx_file_is_run_by_a_worker_that_calls_back_and_after_it_was_down() {
    for platform in PLATFORMS {
        let scene = Scene::start(platform, "onnx", 0);
        let file = "functions/onnx/tests/models/risk.onnx";
        let id = tensor::register(&scene.stack, &["--onnx", file]);
        scene.worker.put(&id.to_string(), file, "model.onnx");
        scene.has(id);
        let direct = scene.ask_directly(id, &risk_input());
        assert_eq!(direct.status, 200, "{}", direct.text());

        // One sweep gives the worker its job; nobody sweeps after that.
        let request_id = tensor::request(&scene.stack, id, risk_input(), Assurance::Attested);
        scene.functions.sweep().unwrap();
        scene.answered(request_id);
        assert_eq!(json!(scene.output_hash(request_id)), direct.json()["outputHash"]);
        assert!(!scene.to_functions.seen().is_empty(), "the worker called back");

        scene.to_worker.set(Passage::Cut);
        let request_id = tensor::request(&scene.stack, id, risk_input(), Assurance::Attested);
        assert_eq!(scene.functions.sweep().unwrap().status, 200);
        let direct = scene.ask_directly(id, &risk_input());
        assert_eq!(direct.status, 503, "{}", direct.text());
        assert_eq!(scene.status(request_id), Status::Open);
        scene.to_worker.set(Passage::Open);
        wait_until("the answer", || {
            std::thread::sleep(std::time::Duration::from_secs(1));
            let _ = scene.functions.sweep();
            scene.status(request_id) == Status::Answered
        });
    }
}

fn picture(size: u16, title: &str) -> PictureInput {
    let (seed, traits) = (B256::repeat_byte(0x2a), B256::ZERO);
    PictureInput { stages: Stages::NEWEST.number(), size, seed, traits, title: title.into() }
}

#[test]
fn a_picture_of_an_exact_network_is_the_same_from_a_worker_and_one_of_a_text_names_its_engine() {
    let scene = Scene::start(Platform::Host, "all", 1);
    let atlas = "models/atlas/atlas.vdgn";
    let exact = tensor::register_as(&scene.stack, "picture", &["--model", atlas, "--onnx", "models/atlas/atlas.onnx"]);
    scene.worker.put(&exact.to_string(), atlas, "model.vdgn");
    scene.worker.configure(&exact.to_string(), "parameters { key: \"task\" value { string_value: \"picture\" } }");
    let unet = "models/sketch/onnx/unet/model.onnx";
    let sketch = tensor::register_as(&scene.stack, "picture", &["--onnx", unet]);
    scene.worker.put(&sketch.to_string(), "models/sketch/onnx", "");
    scene.has(exact);
    scene.has(sketch);

    let input = Bytes::from(picture(96, "Exact").abi_encode());
    let request_id = tensor::request(&scene.stack, exact, input.clone(), Assurance::Attested);
    scene.answered(request_id);
    let network = Network::from_bytes(&std::fs::read(root().join(atlas)).unwrap()).unwrap();
    let model = Model { id: exact, kind: Kind::Picture, network };
    let here = infer::run(&model, &input, 96).unwrap().output();
    assert_eq!(scene.output_hash(request_id), alloy_primitives::keccak256(&here));

    let input = Bytes::from(picture(64, "a large red circle on blue").abi_encode());
    let direct = scene.ask_directly(sketch, &input);
    assert_eq!(direct.status, 200, "{}", direct.text());
    let output: Bytes = direct.json()["output"].as_str().unwrap().parse().unwrap();
    PictureOutput::abi_decode_validate(&output).unwrap();
    let request_id = tensor::request(&scene.stack, sketch, input, Assurance::Attested);
    scene.answered(request_id);
    assert_eq!(json!(scene.output_hash(request_id)), direct.json()["outputHash"], "one engine, one picture");
    let refused = scene.ask_directly(sketch, &picture(64, "a cat").abi_encode().into());
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("`cat`"), "{}", refused.text());
}
