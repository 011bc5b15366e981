use super::*;
use proptest::prelude::*;
use serde_json::json;

const LIMIT: usize = 1 << 20;

fn refused(body: &[u8], json_length: Option<usize>) -> String {
    InferRequest::read(body, json_length, LIMIT).expect_err("it is refused").to_string()
}

/// A body of JSON with bytes after it.
fn with_bytes(json: &Value, bytes: &[u8]) -> (Vec<u8>, Option<usize>) {
    let json = json.to_string().into_bytes();
    let length = json.len();
    ([&json, bytes].concat(), Some(length))
}

fn tensor(name: &str, datatype: DataType, shape: &[i64], data: &[u8]) -> Tensor {
    Tensor::from_bytes(name, datatype, shape, data.to_vec(), LIMIT).expect("it is a tensor")
}

#[test]
fn inputs_come_as_json_and_as_bytes_in_one_request() {
    let (body, length) = with_bytes(
        &json!({
            "id": "7",
            "parameters": { "binary_data_output": true, "seed": 3 },
            "inputs": [
                { "name": "a", "shape": [2], "datatype": "INT16", "parameters": { "binary_data_size": 4 } },
                { "name": "b", "shape": [1, 2], "datatype": "FP32", "data": [[0.5, 1]] },
                { "name": "c", "shape": [1], "datatype": "BYTES", "parameters": { "binary_data_size": 6 } },
            ],
            "outputs": [{ "name": "x" }, { "name": "y", "parameters": { "binary_data": false } }],
        }),
        &[1, 0, 255, 255, 2, 0, 0, 0, b'h', b'i'],
    );
    let request = InferRequest::read(&body, length, LIMIT).expect("it is a request");
    assert_eq!((request.id.as_deref(), &request.parameters["seed"]), (Some("7"), &json!(3)));
    let [a, b, c] = &request.inputs[..] else { panic!("three inputs") };
    assert_eq!(*a, tensor("a", DataType::Int16, &[2], &[1, 0, 255, 255]));
    assert_eq!(*b, tensor("b", DataType::Fp32, &[1, 2], &[0, 0, 0, 63, 0, 0, 128, 63]));
    assert_eq!(crate::tensor::strings(&c.data), Some(vec![&b"hi"[..]]));
    let wanted = |name: &str, is_binary| RequestedOutput { name: name.into(), is_binary };
    assert_eq!(request.outputs, [wanted("x", true), wanted("y", false)]);
}

#[test]
fn what_is_wrong_is_named() {
    let input = |input: Value| json!({ "inputs": [input] }).to_string();
    let one = |datatype: &str, shape: Value, data: Value| {
        refused(input(json!({ "name": "a", "datatype": datatype, "shape": shape, "data": data })).as_bytes(), None)
    };
    for (text, found) in [
        ("no inference request", refused(b"{", None)),
        ("missing field `inputs`", refused(b"{}", None)),
        ("unknown variant `INT12`", one("INT12", json!([1]), json!([1]))),
        ("256 is no UINT8", one("UINT8", json!([1]), json!([256]))),
        ("-1 is no UINT64", one("UINT64", json!([1]), json!([-1]))),
        ("0.5 is no INT8", one("INT8", json!([1]), json!([0.5]))),
        (
            "1e+39 is no FP32",
            one("FP32", json!([1]), json!([1e39])).replace("1000000000000000000000000000000000000000", "1e+39"),
        ),
        ("text is no FP32", one("FP32", json!([1]), json!(["1"]))),
        ("2 is no BOOL", one("BOOL", json!([1]), json!([2]))),
        ("1 is no FP16", one("FP16", json!([1]), json!([1]))),
        ("more elements than its shape", one("INT8", json!([1]), json!([1, 2]))),
        ("1 elements where its shape takes 2", one("INT8", json!([2]), json!([1]))),
        ("lists lie deeper", one("INT8", json!([1]), json!([[1]]))),
        ("which is no shape", one("INT8", json!([-1]), json!([1]))),
        ("which is no shape", one("INT64", json!([1 << 20]), json!([1]))),
        ("which is no shape", one("INT8", json!([i64::MAX, i64::MAX]), json!([1]))),
        ("which is no shape", one("INT8", json!([0, 1i64 << 40]), json!([]))),
        (
            "neither `data` nor",
            refused(input(json!({ "name": "a", "datatype": "INT8", "shape": [1] })).as_bytes(), None),
        ),
        ("Inference-Header-Content-Length is 9 but the body has 2 bytes", refused(b"{}", Some(9))),
    ] {
        assert!(found.contains(text), "{found}: {text}");
    }
    let binary = |size: usize, datatype: &str, bytes: &[u8]| {
        let parameters = json!({ "binary_data_size": size });
        let input = json!({ "name": "a", "datatype": datatype, "shape": [2], "parameters": parameters });
        let (body, length) = with_bytes(&json!({ "inputs": [input] }), bytes);
        refused(&body, length)
    };
    assert!(binary(2, "INT8", &[1]).contains("only 1 are left"));
    assert!(binary(2, "INT8", &[1, 2, 3]).contains("1 bytes follow the last tensor's"));
    assert!(binary(3, "INT8", &[1, 2, 3]).contains("3 bytes where its shape takes 2"));
    assert!(binary(2, "BOOL", &[1, 2]).contains("a BOOL is 0 or 1"));
    assert!(binary(5, "BYTES", &[1, 0, 0, 0, 1]).contains("not 2 lengths"));
    assert!(binary(4, "BYTES", &[1, 0, 0, 0]).contains("not 2 lengths"));
    let twice = json!({ "name": "a", "datatype": "INT8", "shape": [], "data": 1 });
    assert!(refused(json!({ "inputs": [twice, twice] }).to_string().as_bytes(), None).contains("there twice"));
    for (text, fields) in [
        ("output `y` is there twice", json!({ "outputs": [{ "name": "y" }, { "name": "y" }] })),
        ("classification extension", json!({ "outputs": [{ "name": "y", "parameters": { "classification": 1 } }] })),
        (
            "shared memory extension",
            json!({ "outputs": [{ "name": "y", "parameters": { "shared_memory_region": "r" } }] }),
        ),
        ("sequences", json!({ "parameters": { "sequence_id": 1 } })),
    ] {
        let mut body = json!({ "inputs": [] });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let found = refused(body.to_string().as_bytes(), None);
        assert!(found.contains(text), "{found}: {text}");
    }
    let nothing = json!({ "id": null, "parameters": null, "inputs": [], "outputs": null }).to_string();
    assert!(InferRequest::read(nothing.as_bytes(), None, LIMIT).is_ok());
}

#[test]
fn outputs_are_those_that_are_wanted_in_their_order() {
    let request = |outputs: Value| {
        let body = json!({ "inputs": [], "outputs": outputs }).to_string();
        InferRequest::read(body.as_bytes(), None, LIMIT).expect("it is a request")
    };
    let made = || ["x", "y", "z"].map(|name| tensor(name, DataType::Uint8, &[1], &[1])).to_vec();
    let names = |outputs| {
        let wanted = request(outputs).wanted(made()).expect("they are there");
        wanted.into_iter().map(|(tensor, _)| tensor.name).collect::<Vec<_>>()
    };
    assert_eq!(names(json!([])), ["x", "y", "z"]);
    assert_eq!(names(json!([{ "name": "z" }, { "name": "x" }])), ["z", "x"]);
    let missing = request(json!([{ "name": "w" }])).wanted(made()).expect_err("it isn't there");
    assert_eq!(missing.to_string(), "the model has no output `w`");
}

#[test]
fn an_answer_has_its_bytes_after_its_json() {
    let answer = |is_binary| InferResponse {
        model_name: "m".into(),
        model_version: "1".into(),
        id: Some("7".into()),
        parameters: Map::new(),
        outputs: vec![
            (tensor("x", DataType::Fp32, &[2], &[0, 0, 0, 63, 0, 0, 128, 191]), false),
            (tensor("y", DataType::Uint16, &[1], &[1, 2]), is_binary),
        ],
    };
    let (body, length) = answer(true).write().expect("it is written");
    let length = length.expect("bytes follow");
    assert_eq!(&body[length..], [1, 2]);
    let json: Value = serde_json::from_slice(&body[..length]).expect("JSON");
    assert_eq!(json["outputs"][0], json!({ "name": "x", "datatype": "FP32", "shape": [2], "data": [0.5, -1.0] }));
    assert_eq!(json["outputs"][1]["parameters"], json!({ "binary_data_size": 2 }));
    let (body, length) = answer(false).write().expect("it is written");
    let json: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((length, &json["outputs"][1]["data"]), (None, &json!([513])));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>, length in proptest::option::of(0..64usize)) {
        let _ = InferRequest::read(&body, length, LIMIT);
    }

    #[test]
    fn numbers_come_back_as_they_went(values: Vec<i32>, floats: Vec<f32>) {
        let there_and_back = |datatype, bytes: Vec<u8>, count: usize| {
            let sent = tensor("t", datatype, &[count as i64], &bytes);
            let Ok(json) = sent.to_json() else { return Ok(()) };
            let json = Value::from(json).to_string();
            let back = Tensor::from_json("t", datatype, &[count as i64], &json, LIMIT);
            prop_assert_eq!(back, Ok(sent));
            Ok(())
        };
        there_and_back(DataType::Int32, values.iter().flat_map(|value| value.to_le_bytes()).collect(), values.len())?;
        there_and_back(DataType::Fp32, floats.iter().flat_map(|value| value.to_le_bytes()).collect(), floats.len())?;
    }
}
