//! Tensors as the Open Inference Protocol has them: a name, a type, a shape, and elements in row-major order.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// Most elements of a tensor that is written as JSON.
const MOST_JSON_ELEMENTS: usize = 1 << 22;

/// Type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DataType {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    /// Byte strings, each of its own length.
    Bytes,
}

impl DataType {
    /// Bytes of an element; none for [`DataType::Bytes`], where each says its own.
    pub fn width(self) -> Option<usize> {
        Some(match self {
            Self::Bool | Self::Uint8 | Self::Int8 => 1,
            Self::Uint16 | Self::Int16 | Self::Fp16 => 2,
            Self::Uint32 | Self::Int32 | Self::Fp32 => 4,
            Self::Uint64 | Self::Int64 | Self::Fp64 => 8,
            Self::Bytes => return None,
        })
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As serde writes it.
        f.write_str(&format!("{self:?}").to_uppercase())
    }
}

/// What is wrong with a tensor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// A side below zero, or more elements than any limit allows.
    #[error("tensor `{name}` has the shape {shape:?}, which is no shape of a tensor within the limit of {limit} bytes")]
    Shape {
        /// Its name.
        name: String,
        /// The shape given.
        shape: Vec<i64>,
        /// Most bytes of a tensor.
        limit: usize,
    },
    /// Elements that don't fill the shape.
    #[error("tensor `{name}`: {reason}")]
    Data {
        /// Its name.
        name: String,
        /// What doesn't fit.
        reason: String,
    },
}

/// A tensor with its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name in the model.
    pub name: String,
    /// The type of its elements.
    pub datatype: DataType,
    /// Its sides.
    pub shape: Vec<usize>,
    /// The elements in little-endian order. Of [`DataType::Bytes`], each is its length (u32) and its bytes.
    pub data: Vec<u8>,
}

impl Tensor {
    /// A tensor of elements that came as bytes.
    ///
    /// # Errors
    /// If they don't fill the shape, or are more than `limit`.
    pub fn from_bytes(
        name: &str,
        datatype: DataType,
        shape: &[i64],
        data: Vec<u8>,
        limit: usize,
    ) -> Result<Self, TensorError> {
        let (shape, count) = checked(name, datatype, shape, limit)?;
        let wrong = |reason| Err(TensorError::Data { name: name.into(), reason });
        match datatype.width() {
            Some(width) if data.len() != width * count => {
                return wrong(format!("{} bytes where its shape takes {}", data.len(), width * count));
            }
            Some(_) if datatype == DataType::Bool && data.iter().any(|&byte| byte > 1) => {
                return wrong("a BOOL is 0 or 1".into());
            }
            None if strings(&data).map(|strings| strings.len()) != Some(count) => {
                return wrong(format!("its bytes are not {count} lengths (u32), each with its bytes after it"));
            }
            _ => {}
        }
        Ok(Self { name: name.into(), datatype, shape, data })
    }

    /// A tensor of elements that came as JSON, as one list or as lists of lists.
    ///
    /// # Errors
    /// If they don't fill the shape, don't fit the type, or are more than `limit`.
    pub fn from_json(
        name: &str,
        datatype: DataType,
        shape: &[i64],
        json: &str,
        limit: usize,
    ) -> Result<Self, TensorError> {
        let (shape, count) = checked(name, datatype, shape, limit)?;
        let wrong = |reason| TensorError::Data { name: name.into(), reason };
        let mut elements = Elements { datatype, left: count, room: limit, data: Vec::new() };
        let mut parser = serde_json::Deserializer::from_str(json);
        let depth = shape.len().max(1);
        List { elements: &mut elements, depth }
            .deserialize(&mut parser)
            .and_then(|()| parser.end())
            .map_err(|error| wrong(error.to_string()))?;
        if elements.left > 0 {
            return Err(wrong(format!("{} elements where its shape takes {count}", count - elements.left)));
        }
        let data = elements.data;
        Ok(Self { name: name.into(), datatype, shape, data })
    }

    /// A tensor of [`DataType::Fp32`].
    pub fn of_floats(name: &str, shape: Vec<usize>, values: &[f32]) -> Self {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name: name.into(), datatype: DataType::Fp32, shape, data }
    }

    /// The elements of a tensor of [`DataType::Fp32`].
    ///
    /// # Errors
    /// If it is of another type.
    pub fn floats(&self) -> Result<Vec<f32>, TensorError> {
        if self.datatype != DataType::Fp32 {
            let reason = format!("it is {}, not FP32", self.datatype);
            return Err(TensorError::Data { name: self.name.clone(), reason });
        }
        Ok(self.data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The elements as JSON, as one list.
    ///
    /// # Errors
    /// If JSON has no form for one: a float that is no number, or a byte string that is not UTF-8.
    pub fn to_json(&self) -> Result<Vec<serde_json::Value>, TensorError> {
        let wrong = |reason: &str| TensorError::Data { name: self.name.clone(), reason: reason.into() };
        if self.count() > MOST_JSON_ELEMENTS {
            return Err(wrong(&format!(
                "more than {MOST_JSON_ELEMENTS} elements are not written as JSON: ask for binary data"
            )));
        }
        let no_number = || wrong("a float is infinite or no number, which JSON can't say: ask for binary data");
        let float = |value: f64| serde_json::Number::from_f64(value).map(Into::into).ok_or_else(no_number);
        macro_rules! each {
            ($type:ty, $make:expr) => {
                self.data.as_chunks().0.iter().map(|&bytes| $make(<$type>::from_le_bytes(bytes))).collect()
            };
        }
        match self.datatype {
            DataType::Bool => Ok(self.data.iter().map(|&byte| (byte != 0).into()).collect()),
            DataType::Uint8 => Ok(self.data.iter().map(|&byte| byte.into()).collect()),
            DataType::Uint16 => Ok(each!(u16, serde_json::Value::from)),
            DataType::Uint32 => Ok(each!(u32, serde_json::Value::from)),
            DataType::Uint64 => Ok(each!(u64, serde_json::Value::from)),
            DataType::Int8 => Ok(each!(i8, serde_json::Value::from)),
            DataType::Int16 => Ok(each!(i16, serde_json::Value::from)),
            DataType::Int32 => Ok(each!(i32, serde_json::Value::from)),
            DataType::Int64 => Ok(each!(i64, serde_json::Value::from)),
            DataType::Fp32 => each!(f32, |value| float(f64::from(value))),
            DataType::Fp64 => each!(f64, float),
            DataType::Fp16 => Err(wrong("FP16 has no form in JSON: ask for binary data")),
            DataType::Bytes => strings(&self.data)
                .unwrap_or_default()
                .into_iter()
                .map(|bytes| std::str::from_utf8(bytes).map(Into::into))
                .collect::<Result<_, _>>()
                .map_err(|_| wrong("a byte string is not UTF-8: ask for binary data")),
        }
    }
}

/// The byte strings of a [`DataType::Bytes`] tensor, if its data is that.
pub fn strings(mut data: &[u8]) -> Option<Vec<&[u8]>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk() {
        let (string, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        strings.push(string);
        data = rest;
    }
    data.is_empty().then_some(strings)
}

/// The sides and the number of elements.
fn checked(name: &str, datatype: DataType, shape: &[i64], limit: usize) -> Result<(Vec<usize>, usize), TensorError> {
    let wrong = || TensorError::Shape { name: name.into(), shape: shape.to_vec(), limit };
    // A byte string takes four bytes at least.
    let width = datatype.width().unwrap_or(4);
    let sides: Vec<usize> =
        shape.iter().map(|&side| usize::try_from(side)).collect::<Result<_, _>>().map_err(|_| wrong())?;
    // A side of nothing leaves no elements, but what is made of the others may have some.
    let bytes = sides.iter().try_fold(width, |bytes, &side| bytes.checked_mul(side.max(1)));
    match bytes {
        Some(bytes) if sides.len() <= 32 && bytes <= limit => {
            let count = sides.iter().product();
            Ok((sides, count))
        }
        _ => Err(wrong()),
    }
}

/// Elements as they are read.
struct Elements {
    datatype: DataType,
    /// How many are still missing.
    left: usize,
    /// Most bytes.
    room: usize,
    data: Vec<u8>,
}

impl Elements {
    fn push<E: serde::de::Error>(&mut self, bytes: &[u8]) -> Result<(), E> {
        if self.left == 0 {
            return Err(E::custom("there are more elements than its shape takes"));
        }
        if self.data.len() + bytes.len() > self.room {
            return Err(E::custom("its elements are too large"));
        }
        self.left -= 1;
        self.data.extend_from_slice(bytes);
        Ok(())
    }

    fn unfit<E: serde::de::Error>(&self, value: impl fmt::Display) -> E {
        E::custom(format_args!("{value} is no {}", self.datatype))
    }

    fn integer<E: serde::de::Error>(&mut self, value: i128) -> Result<(), E> {
        macro_rules! fit {
            ($type:ty) => {
                match <$type>::try_from(value) {
                    Ok(value) => self.push(&value.to_le_bytes()),
                    Err(_) => Err(self.unfit(value)),
                }
            };
        }
        match self.datatype {
            DataType::Uint8 => fit!(u8),
            DataType::Uint16 => fit!(u16),
            DataType::Uint32 => fit!(u32),
            DataType::Uint64 => fit!(u64),
            DataType::Int8 => fit!(i8),
            DataType::Int16 => fit!(i16),
            DataType::Int32 => fit!(i32),
            DataType::Int64 => fit!(i64),
            DataType::Fp32 | DataType::Fp64 => self.float(value as f64),
            DataType::Bool if (0..=1).contains(&value) => self.push(&[value as u8]),
            _ => Err(self.unfit(value)),
        }
    }

    fn float<E: serde::de::Error>(&mut self, value: f64) -> Result<(), E> {
        match self.datatype {
            DataType::Fp32 if (value as f32).is_finite() => self.push(&(value as f32).to_le_bytes()),
            DataType::Fp64 => self.push(&value.to_le_bytes()),
            _ => Err(self.unfit(value)),
        }
    }
}

/// A list of elements, or of lists of them, as many deep as `depth`.
struct List<'a> {
    elements: &'a mut Elements,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "elements of {}", self.elements.datatype)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(A::Error::custom("lists lie deeper than its shape has sides"));
        };
        while list.next_element_seed(List { elements: self.elements, depth })?.is_some() {}
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.elements.integer(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.elements.integer(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.elements.float(value)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        match self.elements.datatype {
            DataType::Bool => self.elements.push(&[value.into()]),
            _ => Err(self.elements.unfit(value)),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        match self.elements.datatype {
            DataType::Bytes => self.elements.push(&[&(value.len() as u32).to_le_bytes(), value.as_bytes()].concat()),
            _ => Err(self.elements.unfit(format_args!("text"))),
        }
    }
}
