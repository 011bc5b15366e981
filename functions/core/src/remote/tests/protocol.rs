//! Any server with the Open Inference Protocol: ONNX files, and pictures that a text asks for.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::message::{Asked, Form};
use super::super::tensors::{self, Question};
use super::*;
use crate::abi::IModelRegistry::{self, Model, Task};
use crate::dispatch;
use crate::platform::HttpRequest;
use crate::testing::deployment::{MODEL, REGISTRY, attester};
use played::{Answer, answer, json_length};

/// A house whose model has no exact form, and a server that runs it.
fn house_of(task: Task, server: impl Fn(&HttpRequest, &str) -> Answer + 'static) -> Deployment {
    let house = house();
    let _ = house.platform.clone().with("worker_protocol", "oip").with("worker_models", "onnx");
    let model = Model {
        task,
        canonicalHash: B256::ZERO,
        onnxHash: B256::repeat_byte(4),
        attestationKey: attester(),
        manifestURI: String::new(),
    };
    house.chain.function(REGISTRY, IModelRegistry::modelOfCall::SELECTOR, move |_, _| {
        let returned = IModelRegistry::modelOfReturn { model: model.clone(), chunks: Vec::new() };
        Ok(IModelRegistry::modelOfCall::abi_encode_returns(&returned))
    });
    house.platform.serve(ONE, move |request| server(request, request.url.strip_prefix(ONE).expect("its URL")));
    house
}

/// Two inputs, an open batch and one number; one output.
fn tensor_server(request: &HttpRequest, path: &str) -> Answer {
    let model = format!("/v2/models/{MODEL}");
    match path.strip_prefix(&model).expect("the model") {
        "" => answer(
            200,
            r#"{"inputs":[{"name":"x\"y","datatype":"FP32","shape":[-1,2]},{"name":"n","datatype":"INT16","shape":[1]}],"outputs":[]}"#,
        ),
        "/infer" => {
            let (head, elements) = request.body.split_at(json_length(request));
            let head: Value = serde_json::from_slice(head).expect("json");
            assert_eq!(head["inputs"][0]["name"], json!("x\"y"));
            assert_eq!(head["inputs"][0]["shape"], json!([1, 2]));
            assert_eq!(elements, [&1.5f32.to_le_bytes()[..], &(-2f32).to_le_bytes(), &7i16.to_le_bytes()].concat());
            let made = [f32::from_bits(0xffc0_0001).to_le_bytes(), 0.25f32.to_le_bytes()].concat();
            let output = json!({"name": "z", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": 8}});
            played::tensors(&json!([output]), "ONNX Runtime 1.23 CUDA", &made)
        }
        other => panic!("{other}"),
    }
}

fn tensor_input() -> Bytes {
    [&1.5f32.to_be_bytes()[..], &(-2f32).to_be_bytes(), &7i16.to_be_bytes()].concat().into()
}

fn direct(house: &Deployment, input: &Bytes) -> (u16, Value) {
    let body = json!({"modelId": MODEL, "input": input}).to_string().into_bytes();
    let request = Request { method: "POST".into(), path: "/oracle/infer".into(), body, ..Request::default() };
    let response = block_on(dispatch::handle(&house.platform, request));
    (response.status, serde_json::from_slice(&response.body).expect("json"))
}

#[test]
fn an_onnx_file_s_elements_are_turned_and_its_nans_made_one() {
    let house = house_of(Task::Tensor, tensor_server);
    let (status, reply) = direct(&house, &tensor_input());
    assert_eq!((status, &reply["output"]), (200, &json!("0x7fc000003e800000")), "{reply}");
    let (status, reply) = direct(&house, &Bytes::from_static(&[1, 2, 3]));
    assert_eq!(status, 422, "{reply}");
    assert!(reply["detail"].as_str().expect("text").contains("it has 3 bytes"), "{reply}");
}

#[test]
fn the_document_of_an_answer_that_another_engine_may_compute_otherwise_names_the_engine() {
    let house = house_of(Task::Tensor, tensor_server);
    let job = house.ask(tensor_input(), Assurance::Attested);
    attempt(&house, &job);
    assert_eq!(house.state.borrow().answers.len(), 1);
    assert!(house.platform.kept().iter().any(|kept| kept.contains("\"engine\":\"ONNX Runtime 1.23 CUDA\"")));
}

fn prompt_server(is_flagged: bool) -> impl Fn(&HttpRequest, &str) -> Answer {
    move |request, path| {
        assert_eq!(path, format!("/v2/models/{MODEL}/infer"));
        let (head, elements) = request.body.split_at(json_length(request));
        let head: Value = serde_json::from_slice(head).expect("json");
        let names: Vec<&str> =
            head["inputs"].as_array().expect("inputs").iter().filter_map(|input| input["name"].as_str()).collect();
        assert_eq!(names, ["prompt", "seed", "height", "width"]);
        let side = i32::from(SIZE).to_le_bytes();
        let prompt = "a \"large\" red circle, on a ground of the deepest blue that there can be".as_bytes();
        let length = (prompt.len() as u32).to_le_bytes();
        assert_eq!(elements, [&length[..], prompt, &0x5e5e_5e5e_5e5e_5e5eu64.to_le_bytes(), &side, &side].concat());
        let pixels: Vec<u8> = (0..3 * usize::from(SIZE).pow(2)).map(|place| place as u8).collect();
        let outputs = json!([
            {"name": "picture", "datatype": "UINT8", "shape": [SIZE, SIZE, 3], "parameters": {"binary_data_size": pixels.len()}},
            {"name": "flagged", "datatype": "BOOL", "shape": [1], "parameters": {"binary_data_size": 1}},
        ]);
        played::tensors(&outputs, "diffusion on ONNX Runtime", &[pixels, vec![u8::from(is_flagged)]].concat())
    }
}

fn prompt_input() -> Bytes {
    let title = "a \"large\" red circle, on a ground of the deepest blue that there can be".into();
    crate::abi::PictureInput { title, ..picture_input(SIZE) }.abi_encode().into()
}

#[test]
fn a_picture_is_drawn_of_its_title_and_its_document_names_the_engine() {
    let house = house_of(Task::Picture, prompt_server(false));
    let job = house.ask(prompt_input(), Assurance::Attested);
    attempt(&house, &job);
    assert_eq!(house.state.borrow().answers.len(), 1, "{:?}", house.platform.said());
    let kept = house.platform.kept();
    assert!(kept.iter().any(|kept| kept.contains("\"engine\":\"diffusion on ONNX Runtime\"")));
    assert!(!kept.iter().any(|kept| kept.contains("Anyone can draw the same pixels")));
}

#[test]
fn such_a_picture_is_never_bonded() {
    let house = house_of(Task::Picture, |_, path| panic!("{path}"));
    let job = house.ask(prompt_input(), Assurance::Optimistic);
    attempt(&house, &job);
    assert!(house.platform.said().iter().any(|line| line.contains("without an exact form can't be bonded")));
}

#[test]
fn a_picture_that_the_safety_checker_objects_to_is_refused() {
    let house = house_of(Task::Picture, prompt_server(true));
    attempt(&house, &house.ask(prompt_input(), Assurance::Attested));
    assert!(house.platform.said().iter().any(|line| line.contains("the safety checker objects")));
    assert!(house.state.borrow().answers.is_empty());
}

#[test]
fn without_a_worker_nobody_draws_it() {
    let house = house_of(Task::Picture, |_, path| panic!("{path}"));
    let _ = house.platform.clone().with("worker_models", "");
    let (status, reply) = direct(&house, &prompt_input());
    assert_eq!(status, 422);
    assert!(reply["detail"].as_str().expect("text").contains("worker_models"), "{reply}");
}

/// The platform in memory ends the test as soon as anything asks a host that no setting names.
#[test]
fn no_address_that_a_server_answers_with_is_asked() {
    let evil = "http://169.254.169.254/latest/meta-data";
    for protocol in ["jobs", "oip", "cog"] {
        for status in [200, 202, 307] {
            let house = house();
            let _ = house.platform.clone().with("worker_protocol", protocol);
            let body = json!({
                "id": evil, "status": "succeeded", "location": evil, "url": evil, "urls": {"get": evil, "stream": evil},
                "callback": {"url": evil}, "output": evil, "outputs": [{"name": evil, "parameters": {"region": evil}}],
            });
            house.platform.serve(ONE, move |_| answer(status, &body.to_string()));
            let (job, request) = asked(&house);
            attempt(&house, &job);
            attempt(&house, &job);
            assert!(!house.platform.requests(ONE).is_empty(), "{protocol} {status}");
            assert!(house.platform.requests(evil).is_empty(), "{protocol} {status}");
            assert_eq!(house.status(request), Status::Open, "{protocol} {status}");
        }
    }
}

#[test]
fn a_server_that_does_not_answer_is_a_503_with_the_reason() {
    let house = house_of(Task::Tensor, |_, _| answer(500, "{\"error\":\"CUDA error\"}"));
    let (status, reply) = direct(&house, &tensor_input());
    assert_eq!(status, 503);
    assert!(reply["detail"].as_str().expect("text").contains("it answers 500: CUDA error"), "{reply}");
}

fn exact(signed: [bool; 2], outputs: usize, is_raw: bool, input: &[u8]) -> Question {
    let form = Form::Exact { signed, outputs, is_raw };
    Question::Tensor(form, Bytes::copy_from_slice(input))
}

#[test]
fn an_exact_network_s_values_take_the_type_that_a_server_wants() {
    let question = exact([true, false], 1, true, &[0xff, 2, 0xfe]);
    for (datatype, values, latent) in [
        ("INT16", &[0xff, 0xff, 2, 0][..], &[0xfe, 0][..]),
        ("INT32", &[0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0], &[0xfe, 0, 0, 0]),
        ("INT8", &[0xff, 2], &[0xfe]),
        ("FP32", &[0, 0, 0x80, 0xbf, 0, 0, 0, 0x40], &[0, 0, 0x7e, 0x43]),
    ] {
        let inputs = json!([
            {"name": "input", "datatype": datatype, "shape": [-1, 2, 1, 1]},
            {"name": "latent", "datatype": datatype, "shape": [1]},
        ]);
        let body = tensors::request(&question, json!({"inputs": inputs}).to_string().as_bytes()).expect("a request");
        assert_eq!(body.bytes[body.json_length..], [values, latent].concat(), "{datatype}");
    }
    for (datatype, shape) in
        [("BYTES", json!([1])), ("INT16", json!([2, -1])), ("INT16", json!([4])), ("INT16", json!([1]))]
    {
        let inputs = json!({"inputs": [{"name": "input", "datatype": datatype, "shape": shape}]});
        assert!(tensors::request(&question, inputs.to_string().as_bytes()).is_err(), "{datatype} {shape}");
    }
}

fn output(datatype: &str, elements: &[u8]) -> Vec<u8> {
    let output =
        json!({"name": "o", "datatype": datatype, "shape": [1], "parameters": {"binary_data_size": elements.len()}});
    played::tensors(&json!([output]), "x", elements).expect("an answer").body
}

#[test]
fn an_exact_network_s_output_is_the_same_whatever_its_type_is_there() {
    let (raw, plain) = (exact([false; 2], 1, true, &[1]), exact([false; 2], 1, false, &[1]));
    for (question, datatype, elements, expected) in [
        (&raw, "INT32", (-377i32).to_le_bytes().to_vec(), Ok((-377i32).to_be_bytes().to_vec())),
        (&raw, "FP32", (-377f32).to_le_bytes().to_vec(), Ok((-377i32).to_be_bytes().to_vec())),
        (&plain, "UINT8", vec![200], Ok(vec![200])),
        (&plain, "FP32", 200f32.to_le_bytes().to_vec(), Ok(vec![200])),
        (&plain, "FP32", 256f32.to_le_bytes().to_vec(), Err(())),
        (&plain, "FP32", 199.999f32.to_le_bytes().to_vec(), Err(())),
        (&raw, "FP32", f32::NAN.to_le_bytes().to_vec(), Err(())),
        (&raw, "FP32", 16_777_216f32.to_le_bytes().to_vec(), Err(())),
        (&plain, "INT64", vec![1; 8], Err(())),
        (&plain, "UINT8", vec![1, 2], Err(())),
    ] {
        let made = tensors::answer(question, &output(datatype, &elements)).map(|made| made.bytes).map_err(drop);
        assert_eq!(made, expected, "{datatype} {elements:?}");
    }
    for body in [&b""[..], b"{}", b"[]", br#"{"outputs":[{"name":"o","datatype":"UINT8","shape":[1],"data":[1]}]}"#] {
        assert!(tensors::answer(&plain, body).is_err());
    }
}

proptest! {
    #[test]
    fn no_answer_and_no_metadata_at_all_is_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in 0..400usize,
        value in any::<u8>(),
    ) {
        let question = exact([true; 2], 1, true, &[1]);
        let file = Question::Tensor(Form::File, Bytes::from_static(&[1; 8]));
        let mut nearly = output("FP32", &[0; 4]);
        let length = nearly.len();
        nearly[at % length] = value;
        for body in [&bytes, &nearly] {
            let _ = tensors::answer(&question, body);
            let _ = tensors::answer(&file, body);
            let _ = tensors::request(&file, body);
        }
        let _ = Asked::read(&bytes);
    }

    #[test]
    fn a_question_is_read_as_it_was_written(
        input in prop::collection::vec(any::<u8>(), 0..100),
        errand in ".{0,40}",
        kind in 0..4usize,
    ) {
        let exact = Form::Exact { signed: [true, false], outputs: 9, is_raw: true };
        let form = [exact, Form::File, Form::Picture, Form::Prompt][kind];
        let (id, model) = ("raise:0x01:2:3".to_owned(), B256::repeat_byte(1));
        let asked = Asked { id, model, form, input: input.clone().into(), breakers: input.into(), errand };
        prop_assert_eq!(Asked::read(&asked.to_bytes()), Ok(asked));
    }
}
