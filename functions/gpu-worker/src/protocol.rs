//! Requests and answers of the Open Inference Protocol, version 2, with Triton's binary tensor extension.
//!
//! Sources: `kserve/open-inference-protocol`, and `extension_binary_data.md` of `triton-inference-server/server`.

use serde::de::IgnoredAny;
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
#[derive(Clone, Debug)]
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

/// A request's inputs and the outputs that it must get.
#[derive(Debug)]
pub struct Example {
    /// Inputs, by name.
    pub inputs: Vec<Tensor>,
    /// Outputs, by name.
    pub outputs: Vec<Tensor>,
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
    parameters: Option<Map<String, Value>>,
    #[serde(borrow)]
    inputs: Vec<InputJson<'a>>,
    outputs: Option<Vec<OutputJson>>,
}

#[derive(Deserialize)]
struct ExampleJson<'a> {
    #[serde(borrow)]
    inputs: Vec<InputJson<'a>>,
    #[serde(borrow)]
    outputs: Vec<InputJson<'a>>,
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
    classification: Option<IgnoredAny>,
    /// Nor is its shared memory.
    shared_memory_region: Option<IgnoredAny>,
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
        let (parameters, wanted) = (request.parameters.unwrap_or_default(), request.outputs.unwrap_or_default());
        if request.inputs.len() > MOST_TENSORS || wanted.len() > MOST_TENSORS {
            return Err(malformed(format!("a request has at most {MOST_TENSORS} inputs and outputs")));
        }
        if parameters.contains_key("sequence_id") {
            return Err(malformed("Triton's sequences (`sequence_id`) are not offered".into()));
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
        let is_binary = parameters.get("binary_data_output").and_then(Value::as_bool).unwrap_or(false);
        let mut outputs: Vec<RequestedOutput> = Vec::with_capacity(wanted.len());
        for output in wanted {
            if outputs.iter().any(|other| other.name == output.name) {
                return Err(malformed(format!("output `{}` is there twice", output.name)));
            }
            outputs.push(output.requested(is_binary)?);
        }
        Ok(Self { id: request.id, parameters, inputs, outputs })
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

impl Example {
    /// Reads `{"inputs": […], "outputs": […]}`, in which all elements are JSON.
    ///
    /// # Errors
    /// Names the tensor, or what else is wrong.
    pub fn read(json: &[u8], limit: usize) -> Result<Self, ProtocolError> {
        let example: ExampleJson<'_> = serde_json::from_slice(json)?;
        let of = |tensors: Vec<InputJson<'_>>| {
            tensors.iter().map(|tensor| tensor.tensor(&mut &[][..], limit)).collect::<Result<_, _>>()
        };
        Ok(Self { inputs: of(example.inputs)?, outputs: of(example.outputs)? })
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
        let OutputParameters { binary_data, classification, shared_memory_region } = self.parameters;
        let extension = classification.map(|_| "classification").or(shared_memory_region.map(|_| "shared memory"));
        if let Some(extension) = extension {
            let reason = format!("output `{}`: Triton's {extension} extension is not offered", self.name);
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
mod tests;
