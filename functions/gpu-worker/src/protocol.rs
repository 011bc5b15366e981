//! Requests and answers of the Open Inference Protocol, version 2, with Triton's binary tensor extension.
//!
//! Sources: `kserve/open-inference-protocol`, and `extension_binary_data.md` of `triton-inference-server/server`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::tensor::{DataType, Tensor, TensorError};

/// Header that says how many bytes of a body are JSON; the tensors' bytes come after them.
pub const JSON_LENGTH: &str = "Inference-Header-Content-Length";

/// Most tensors of a request.
const MOST_TENSORS: usize = 256;

/// Why a request can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Not the JSON of a request.
    #[error("the request is no inference request: {0}")]
    Json(#[from] serde_json::Error),
    /// A tensor that isn't one.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// Anything else.
    #[error("{0}")]
    Malformed(String),
}

/// A request to run a model.
#[derive(Debug)]
pub struct InferRequest {
    /// The caller's name for it.
    pub id: Option<String>,
    /// Whatever the model takes beside tensors.
    pub parameters: Map<String, Value>,
    /// Inputs, by name.
    pub inputs: Vec<Tensor>,
    /// The outputs that are wanted, all if there are none.
    pub outputs: Vec<RequestedOutput>,
}

/// An output that a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedOutput {
    /// Its name.
    pub name: String,
    /// Whether its elements come as bytes after the JSON.
    pub is_binary: bool,
}

/// An answer.
#[derive(Debug)]
pub struct InferResponse {
    /// The model that gave it.
    pub model_name: String,
    /// And its version.
    pub model_version: String,
    /// The request's id.
    pub id: Option<String>,
    /// What is said of it beside tensors, such as the engine.
    pub parameters: Map<String, Value>,
    /// The outputs, each with whether its elements are wanted as bytes.
    pub outputs: Vec<(Tensor, bool)>,
}

#[derive(Deserialize)]
struct RequestJson<'a> {
    id: Option<String>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(borrow)]
    inputs: Vec<InputJson<'a>>,
    #[serde(default)]
    outputs: Vec<OutputJson>,
}

#[derive(Deserialize)]
struct InputJson<'a> {
    name: String,
    shape: Vec<i64>,
    datatype: DataType,
    #[serde(default)]
    parameters: InputParameters,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct InputParameters {
    binary_data_size: Option<usize>,
}

#[derive(Deserialize)]
struct OutputJson {
    name: String,
    #[serde(default)]
    parameters: OutputParameters,
}

#[derive(Default, Deserialize)]
struct OutputParameters {
    binary_data: Option<bool>,
    /// Triton's classification extension, which isn't offered.
    classification: Option<u32>,
}

#[derive(Serialize)]
struct ResponseJson<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    parameters: &'a Map<String, Value>,
    outputs: Vec<TensorJson<'a>>,
}

#[derive(Serialize)]
struct TensorJson<'a> {
    name: &'a str,
    datatype: DataType,
    shape: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Vec<Value>>,
}

impl InferRequest {
    /// Reads a body, of which the first `json_length` bytes are JSON; all of it without that header. A tensor has at most
    /// `limit` bytes.
    ///
    /// # Errors
    /// Names the tensor, or what else is wrong.
    pub fn read(body: &[u8], json_length: Option<usize>, limit: usize) -> Result<Self, ProtocolError> {
        let malformed = |reason: String| ProtocolError::Malformed(reason);
        let (json, mut binary) = body.split_at_checked(json_length.unwrap_or(body.len())).ok_or_else(|| {
            malformed(format!("{JSON_LENGTH} is {} but the body has {} bytes", json_length.unwrap_or(0), body.len()))
        })?;
        let request: RequestJson<'_> = serde_json::from_slice(json)?;
        if request.inputs.len() > MOST_TENSORS || request.outputs.len() > MOST_TENSORS {
            return Err(malformed(format!("a request has at most {MOST_TENSORS} inputs and outputs")));
        }
        let mut inputs: Vec<Tensor> = Vec::with_capacity(request.inputs.len());
        for input in &request.inputs {
            if inputs.iter().any(|other| other.name == input.name) {
                return Err(malformed(format!("input `{}` is there twice", input.name)));
            }
            inputs.push(input.tensor(&mut binary, limit)?);
        }
        if !binary.is_empty() {
            return Err(malformed(format!("{} bytes follow the last tensor's", binary.len())));
        }
        let is_binary = request.parameters.get("binary_data_output").and_then(Value::as_bool).unwrap_or(false);
        let outputs =
            request.outputs.into_iter().map(|output| output.requested(is_binary)).collect::<Result<_, _>>()?;
        Ok(Self { id: request.id, parameters: request.parameters, inputs, outputs })
    }

    /// The outputs wanted of those that a model has, each with whether it comes as bytes.
    ///
    /// # Errors
    /// If the model hasn't one of them.
    pub fn wanted(&self, mut made: Vec<Tensor>) -> Result<Vec<(Tensor, bool)>, ProtocolError> {
        if self.outputs.is_empty() {
            let is_binary = self.parameters.get("binary_data_output").and_then(Value::as_bool).unwrap_or(false);
            return Ok(made.into_iter().map(|tensor| (tensor, is_binary)).collect());
        }
        let take = |output: &RequestedOutput| {
            let missing = || ProtocolError::Malformed(format!("the model has no output `{}`", output.name));
            let index = made.iter().position(|tensor| tensor.name == output.name).ok_or_else(missing)?;
            Ok((made.swap_remove(index), output.is_binary))
        };
        self.outputs.iter().map(take).collect()
    }
}

impl InputJson<'_> {
    /// The tensor, whose bytes are the next of `binary` if it says so.
    fn tensor(&self, binary: &mut &[u8], limit: usize) -> Result<Tensor, ProtocolError> {
        let (name, malformed) = (&self.name, |reason: String| ProtocolError::Malformed(reason));
        Ok(match (self.parameters.binary_data_size, self.data) {
            (Some(size), None) => {
                let Some((bytes, rest)) = binary.split_at_checked(size) else {
                    return Err(malformed(format!(
                        "input `{name}` has {size} bytes of binary data, but only {} are left of the body",
                        binary.len()
                    )));
                };
                *binary = rest;
                Tensor::from_bytes(name, self.datatype, &self.shape, bytes.to_vec(), limit)?
            }
            (None, Some(json)) => Tensor::from_json(name, self.datatype, &self.shape, json.get(), limit)?,
            (Some(_), Some(_)) => return Err(malformed(format!("input `{name}` has `data` and `binary_data_size`"))),
            (None, None) => return Err(malformed(format!("input `{name}` has neither `data` nor `binary_data_size`"))),
        })
    }
}

impl OutputJson {
    fn requested(self, is_binary: bool) -> Result<RequestedOutput, ProtocolError> {
        let OutputParameters { binary_data, classification } = self.parameters;
        if classification.is_some() {
            let reason = format!("output `{}`: the classification extension is not offered", self.name);
            return Err(ProtocolError::Malformed(reason));
        }
        Ok(RequestedOutput { name: self.name, is_binary: binary_data.unwrap_or(is_binary) })
    }
}

impl<'a> TensorJson<'a> {
    fn of((tensor, is_binary): &'a (Tensor, bool)) -> Result<Self, TensorError> {
        Ok(Self {
            name: &tensor.name,
            datatype: tensor.datatype,
            shape: &tensor.shape,
            parameters: is_binary.then(|| serde_json::json!({ "binary_data_size": tensor.data.len() })),
            data: if *is_binary { None } else { Some(tensor.to_json()?) },
        })
    }
}

impl InferResponse {
    /// The body, and the length of its JSON if bytes follow it.
    ///
    /// # Errors
    /// If an output that is wanted as JSON has no form there.
    pub fn write(&self) -> Result<(Vec<u8>, Option<usize>), ProtocolError> {
        let json = ResponseJson {
            model_name: &self.model_name,
            model_version: &self.model_version,
            id: self.id.as_deref(),
            parameters: &self.parameters,
            outputs: self.outputs.iter().map(TensorJson::of).collect::<Result<_, _>>()?,
        };
        let mut body = serde_json::to_vec(&json)?;
        let length = body.len();
        let binary = self.outputs.iter().filter(|(_, is_binary)| *is_binary);
        body.extend(binary.clone().flat_map(|(tensor, _)| &tensor.data));
        Ok((body, binary.count().gt(&0).then_some(length)))
    }
}

#[cfg(test)]
mod tests {
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
}
