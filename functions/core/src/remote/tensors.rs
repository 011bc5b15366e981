//! Questions and answers as tensors of the Open Inference Protocol, version 2, with Triton's binary tensor extension
//! (`kserve/open-inference-protocol`; `extension_binary_data.md` of `triton-inference-server/server`).

use alloy_primitives::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::message::{Asked, Form};
use crate::abi::PictureInput;
use crate::error::Result;
use crate::infer::{MAX_OUTPUT, read_picture_input};
use crate::json::{Opened, from_slice, open};
use crate::onnx::settle_nan;

/// What a worker is asked.
#[derive(Debug)]
pub(super) enum Question {
    /// A tensor model's values, or elements.
    Tensor(Form, Bytes),
    /// A picture that an exact network draws.
    Picture(PictureInput),
    /// A picture that a text asks for.
    Prompt(PictureInput),
}

impl Question {
    /// The question in a message.
    ///
    /// # Errors
    /// If a picture's input is none.
    pub(super) fn read(asked: &Asked) -> Result<Self> {
        Ok(match asked.form {
            Form::Picture => Self::Picture(read_picture_input(&asked.input)?),
            Form::Prompt => Self::Prompt(read_picture_input(&asked.input)?),
            form => Self::Tensor(form, asked.input.clone()),
        })
    }

    /// The bytes of the picture that is asked for, if it is one.
    pub(super) fn pixels(&self) -> Option<usize> {
        match self {
            Self::Tensor(..) => None,
            Self::Picture(asked) | Self::Prompt(asked) => Some(3 * usize::from(asked.size).pow(2)),
        }
    }

    /// Looks at how long an output is.
    pub(super) fn check(&self, output: &[u8]) -> Result<(), String> {
        let length = output.len();
        let fits = match self {
            Self::Tensor(Form::Exact { outputs, is_raw, .. }, _) => length == outputs * if *is_raw { 4 } else { 1 },
            Self::Tensor(..) => length <= MAX_OUTPUT,
            Self::Picture(_) | Self::Prompt(_) => Some(length) == self.pixels(),
        };
        if fits { Ok(()) } else { Err(format!("its output has {length} bytes, which is not what was asked for")) }
    }
}

/// The number from which the noise is drawn of a picture that a text asks for: the last eight bytes of its seed.
pub(super) fn seed_number(asked: &PictureInput) -> u64 {
    asked.seed.last_chunk().map_or(0, |last| u64::from_be_bytes(*last))
}

/// What a worker answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// The output as the hub takes it; a picture's pixels, three bytes each.
    pub(super) bytes: Vec<u8>,
    /// What computed it, if the worker says so.
    pub(super) engine: Option<String>,
}

/// What is sent: JSON, and the elements of tensors behind it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) json_length: usize,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    pub(super) fn new(json: &str, elements: &[u8]) -> Self {
        Self { json_length: json.len(), bytes: [json.as_bytes(), elements].concat() }
    }
}

/// An input or output that a model says it has.
struct Port<'a> {
    /// As JSON.
    name: &'a str,
    datatype: String,
    shape: Vec<i64>,
    /// Bytes behind the JSON.
    length: Option<usize>,
}

impl<'a> Port<'a> {
    fn read(value: &'a RawValue) -> Option<Self> {
        let Opened::Object(fields) = open(value).ok()? else { return None };
        let parameters = fields.get("parameters").and_then(|parameters| open(parameters).ok());
        let length = parameters.as_ref().and_then(|parameters| parameters.closed("binary_data_size"));
        Some(Self {
            name: fields.get("name")?.get(),
            datatype: open(fields.get("datatype")?).ok()?.into_text()?,
            shape: from_slice(fields.get("shape")?.get().as_bytes()).ok()?,
            length: length.and_then(|length| length.get().parse().ok()),
        })
    }

    fn read_all(value: Option<Opened<'a>>) -> Option<Vec<Self>> {
        let Some(Opened::List(ports)) = value else { return None };
        ports.into_iter().map(Self::read).collect()
    }

    /// Elements, where a first side that is open counts as one.
    fn count(&self) -> Option<usize> {
        let sides = self.shape.iter().enumerate().map(|(place, &side)| if (place, side) == (0, -1) { 1 } else { side });
        sides.map(usize::try_from).try_fold(1usize, |count, side| count.checked_mul(side.ok()?))
    }
}

/// Bytes of an element; none for what has no fixed width.
fn width(datatype: &str) -> Option<usize> {
    Some(match datatype {
        "BOOL" | "UINT8" | "INT8" => 1,
        "UINT16" | "INT16" | "FP16" => 2,
        "UINT32" | "INT32" | "FP32" => 4,
        "UINT64" | "INT64" | "FP64" => 8,
        _ => return None,
    })
}

/// The request for a question to a model with this metadata, which pictures need not know.
///
/// # Errors
/// Why the question doesn't fit the model.
pub(super) fn request(question: &Question, metadata: &[u8]) -> Result<Body, String> {
    let mut body = Inputs::default();
    match question {
        Question::Picture(asked) => {
            body.add("\"seed\"", "UINT8", &[32], asked.seed.as_slice());
            body.add("\"traits\"", "UINT8", &[32], asked.traits.as_slice());
            body.add("\"size\"", "UINT16", &[1], &asked.size.to_le_bytes());
            body.add("\"stages\"", "UINT32", &[1], &asked.stages.to_le_bytes());
        }
        Question::Prompt(asked) => {
            let side = u32::from(asked.size).to_le_bytes();
            let length = (asked.title.len() as u32).to_le_bytes();
            body.add("\"prompt\"", "BYTES", &[1], &[&length, asked.title.as_bytes()].concat());
            body.add("\"seed\"", "UINT64", &[1], &seed_number(asked).to_le_bytes());
            body.add("\"height\"", "INT32", &[1], &side);
            body.add("\"width\"", "INT32", &[1], &side);
        }
        Question::Tensor(form, input) => {
            let metadata = from_slice::<&RawValue>(metadata).ok().and_then(|metadata| open(metadata).ok());
            let ports = Port::read_all(metadata.and_then(|metadata| metadata.get("inputs")));
            body.fill(*form, input, &ports.ok_or("the worker's metadata names no inputs")?)?;
        }
    }
    Ok(body.finish())
}

/// The inputs of a request, one after the other.
#[derive(Default)]
struct Inputs {
    json: String,
    bytes: Vec<u8>,
}

impl Inputs {
    fn add(&mut self, name: &str, datatype: &str, shape: &[i64], bytes: &[u8]) {
        let comma = if self.json.is_empty() { "" } else { "," };
        let size = bytes.len();
        self.json += &format!(
            "{comma}{{\"name\":{name},\"datatype\":\"{datatype}\",\"shape\":{shape:?},\"parameters\":{{\"binary_data_size\":{size}}}}}"
        );
        self.bytes.extend_from_slice(bytes);
    }

    /// Cuts a tensor model's input into what its ports take.
    fn fill(&mut self, form: Form, input: &[u8], ports: &[Port<'_>]) -> Result<(), String> {
        let mut rest = input;
        let misfit = || format!("it has {} bytes, which is not what the worker's model takes", input.len());
        for (place, port) in ports.iter().enumerate() {
            let width = width(&port.datatype).ok_or_else(|| format!("no {} can be sent", port.datatype))?;
            let count = port.count().ok_or_else(|| format!("the shape {:?} of an input is open", port.shape))?;
            let is_exact = matches!(form, Form::Exact { .. });
            let taken = if is_exact { count } else { count.saturating_mul(width) };
            let (own, after) = rest.split_at_checked(taken).ok_or_else(misfit)?;
            rest = after;
            let bytes = match form {
                Form::Exact { signed, .. } => widened(signed.get(place) == Some(&true), own, &port.datatype)?,
                _ => own.chunks_exact(width).flat_map(|element| element.iter().rev().copied()).collect(),
            };
            let mut shape = port.shape.clone();
            if let Some(first) = shape.first_mut().filter(|first| **first == -1) {
                *first = 1;
            }
            self.add(port.name, &port.datatype, &shape, &bytes);
        }
        if rest.is_empty() { Ok(()) } else { Err(misfit()) }
    }

    fn finish(self) -> Body {
        let json = format!("{{\"parameters\":{{\"binary_data_output\":true}},\"inputs\":[{}]}}", self.json);
        Body::new(&json, &self.bytes)
    }
}

/// An exact network's values in the type that a model takes.
fn widened(is_signed: bool, values: &[u8], datatype: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for &byte in values {
        let value = if is_signed { i16::from(byte as i8) } else { byte.into() };
        match datatype {
            "UINT8" | "INT8" => bytes.push(byte),
            "INT16" | "UINT16" => bytes.extend(value.to_le_bytes()),
            "INT32" => bytes.extend(i32::from(value).to_le_bytes()),
            "FP32" => bytes.extend(f32::from(value).to_le_bytes()),
            _ => return Err(format!("an exact network takes no {datatype}")),
        }
    }
    Ok(bytes)
}

/// Reads an answer.
///
/// # Errors
/// What is wrong with it.
pub(super) fn answer(question: &Question, body: &[u8]) -> Result<Made, String> {
    let mut parser = serde_json::Deserializer::from_slice(body);
    let head = <&RawValue>::deserialize(&mut parser).map_err(|_| NO_JSON)?;
    let json_length = head.get().as_ptr() as usize - body.as_ptr() as usize + head.get().len();
    let opened = open(head).map_err(|_| NO_JSON)?;
    let ports = Port::read_all(opened.get("outputs")).ok_or("its answer has no outputs")?;
    let mut rest = body.get(json_length..).unwrap_or_default();
    let mut bytes = Vec::new();
    for port in &ports {
        let own = port.length.and_then(|length| rest.split_off(..length));
        let own = own.ok_or("it doesn't give outputs by the binary tensor extension")?;
        if matches!(question, Question::Prompt(_)) && port.name == "\"flagged\"" {
            if own.iter().any(|byte| *byte != 0) {
                return Err("the safety checker objects to the picture".into());
            }
            continue;
        }
        let fault = || format!("its output is {} of shape {:?}, which is not expected", port.datatype, port.shape);
        bytes.extend(elements(question, &port.datatype, own).ok_or_else(fault)?);
    }
    question.check(&bytes)?;
    let engine = opened.get("parameters").and_then(|parameters| parameters.get("engine")).and_then(Opened::into_text);
    Ok(Made { bytes, engine })
}

/// What is said of an answer that can't be read at all.
pub(super) const NO_JSON: &str = "its answer is no JSON";

/// An output's elements as the hub takes them.
fn elements(question: &Question, datatype: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let width = width(datatype)?;
    match question {
        Question::Picture(_) | Question::Prompt(_) => (datatype == "UINT8").then(|| bytes.to_vec()),
        Question::Tensor(Form::Exact { is_raw, .. }, _) => {
            let number = |element: &[u8]| {
                Some(match (datatype, element) {
                    ("UINT8", &[byte]) => byte.into(),
                    ("INT32", element) => i32::from_le_bytes(element.try_into().ok()?),
                    ("FP32", element) => {
                        let value = f32::from_le_bytes(element.try_into().ok()?);
                        // Of any other, a float doesn't tell which whole number was meant.
                        (value.fract() == 0.0 && value.abs() < 16_777_216.0).then_some(value as i32)?
                    }
                    _ => return None,
                })
            };
            let numbers: Vec<i32> = bytes.chunks(width).map(number).collect::<Option<_>>()?;
            match is_raw {
                true => Some(numbers.into_iter().flat_map(i32::to_be_bytes).collect()),
                false => numbers.into_iter().map(u8::try_from).collect::<Result<_, _>>().ok(),
            }
        }
        Question::Tensor(..) => {
            let mut bytes = bytes.to_vec();
            for element in bytes.chunks_mut(width) {
                element.reverse();
                if datatype.starts_with("FP") {
                    settle_nan(element);
                }
            }
            Some(bytes)
        }
    }
}
