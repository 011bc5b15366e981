//! The numbers stored in a file: weights, biases, tables, shapes.

use crate::error::Rule;
use std::rc::Rc;
use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::DataType;

/// Most numbers of all constants taken together.
pub(crate) const MAX_CONSTANT_ELEMENTS: usize = 1 << 24;

/// A constant tensor. Every type's values are held as f64, which is exact for all that the profile takes.
#[derive(Clone)]
pub(crate) struct Constant {
    /// The tensor's name in the file.
    pub name: Rc<str>,
    pub dims: Vec<usize>,
    pub dtype: DataType,
    /// In row-major order, as many as the dimensions say.
    pub values: Rc<[f64]>,
}

impl Constant {
    /// Reads a tensor of at most `left` elements.
    pub fn read(tensor: &TensorProto, name: &str, left: usize) -> Result<Self, Rule> {
        let fault = |why| Rule::Constant { name: name.to_owned(), why };
        let dtype = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
        if tensor.data_location == Some(1) || !tensor.external_data.is_empty() {
            let location = tensor.external_data.iter().find(|entry| entry.key == "location");
            let file = location.map_or("another file", |entry| &entry.value);
            return Err(fault(format!(
                "lies in `{}`; save the model with its weights inside",
                crate::error::shown(file)
            )));
        }
        if tensor.segment.is_some() {
            return Err(fault("is stored in segments; save it in one piece".into()));
        }
        let dims = dimensions(tensor).map_err(&fault)?;
        let count: usize = dims.iter().product();
        if count > left {
            let most = MAX_CONSTANT_ELEMENTS;
            return Err(fault(format!("has {count} elements; all constants together may have {most}")));
        }
        let values = elements(tensor, dtype).map_err(&fault)?;
        if values.len() != count {
            return Err(fault(format!("has shape {dims:?} but {} elements", values.len())));
        }
        Ok(Self { name: name.into(), dims, dtype, values: values.into() })
    }

    /// A tensor made of an attribute's numbers.
    pub fn of(name: &str, dims: Vec<usize>, dtype: DataType, values: Vec<f64>) -> Self {
        Self { name: name.into(), dims, dtype, values: values.into() }
    }

    /// The values as whole numbers, such as a shape is made of.
    pub fn integers(&self) -> Result<Vec<i64>, Rule> {
        let whole = |&v: &f64| (v.fract() == 0.0 && v.abs() < 9e15).then_some(v as i64);
        self.values
            .iter()
            .map(whole)
            .collect::<Option<_>>()
            .ok_or_else(|| Rule::Constant { name: self.name.to_string(), why: "should hold whole numbers".into() })
    }
}

/// Whether accumulators of this type are exact up to 2^24.
pub(crate) fn is_float(dtype: DataType) -> bool {
    matches!(dtype, DataType::Float | DataType::Double)
}

fn dimensions(tensor: &TensorProto) -> Result<Vec<usize>, String> {
    if tensor.dims.len() > crate::view::MAX_RANK {
        return Err(format!("has {} dimensions", tensor.dims.len()));
    }
    let mut count = 1usize;
    let mut dims = Vec::with_capacity(tensor.dims.len());
    for &dim in &tensor.dims {
        let dim = usize::try_from(dim).map_err(|_| format!("has a dimension of {dim}"))?;
        // An empty dimension does not hide how large the others are.
        count = count.checked_mul(dim.max(1)).filter(|&n| n <= u32::MAX as usize).ok_or("has too many elements")?;
        dims.push(dim);
    }
    Ok(dims)
}

fn elements(tensor: &TensorProto, dtype: DataType) -> Result<Vec<f64>, String> {
    use DataType as D;
    let raw = &tensor.raw_data;
    if raw.is_empty() {
        return Ok(match dtype {
            D::Float => tensor.float_data.iter().map(|&v| v.into()).collect(),
            D::Double => tensor.double_data.clone(),
            D::Int8 | D::Uint8 | D::Int16 | D::Uint16 | D::Int32 | D::Bool => {
                tensor.int32_data.iter().map(|&v| v.into()).collect()
            }
            D::Int64 => tensor.int64_data.iter().map(|&v| v as f64).collect(),
            D::Uint32 | D::Uint64 => tensor.uint64_data.iter().map(|&v| v as f64).collect(),
            D::Float16 => tensor.int32_data.iter().map(|&v| half(v as u16)).collect(),
            D::Bfloat16 => tensor.int32_data.iter().map(|&v| bfloat(v as u16)).collect(),
            other => return Err(format!("has type {}, which the profile does not take", other.as_str_name())),
        });
    }
    match dtype {
        D::Float => from_raw(raw, |b| f32::from_le_bytes(b).into()),
        D::Double => from_raw(raw, f64::from_le_bytes),
        D::Int8 => from_raw(raw, |b| i8::from_le_bytes(b).into()),
        D::Uint8 | D::Bool => from_raw(raw, |b| u8::from_le_bytes(b).into()),
        D::Int16 => from_raw(raw, |b| i16::from_le_bytes(b).into()),
        D::Uint16 => from_raw(raw, |b| u16::from_le_bytes(b).into()),
        D::Int32 => from_raw(raw, |b| i32::from_le_bytes(b).into()),
        D::Uint32 => from_raw(raw, |b| u32::from_le_bytes(b).into()),
        D::Int64 => from_raw(raw, |b| i64::from_le_bytes(b) as f64),
        D::Uint64 => from_raw(raw, |b| u64::from_le_bytes(b) as f64),
        D::Float16 => from_raw(raw, |b| half(u16::from_le_bytes(b))),
        D::Bfloat16 => from_raw(raw, |b| bfloat(u16::from_le_bytes(b))),
        other => Err(format!("has type {}, which the profile does not take", other.as_str_name())),
    }
}

fn from_raw<const N: usize>(raw: &[u8], value: impl Fn([u8; N]) -> f64) -> Result<Vec<f64>, String> {
    let (elements, rest) = raw.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("has {} bytes, which is no multiple of its type's {N}", raw.len()));
    }
    Ok(elements.iter().map(|&bytes| value(bytes)).collect())
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

fn bfloat(bits: u16) -> f64 {
    f32::from_bits(u32::from(bits) << 16).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tract_onnx::pb::StringStringEntryProto;

    fn read(tensor: &TensorProto) -> Result<Vec<f64>, String> {
        Constant::read(tensor, "w", 100).map(|c| c.values.to_vec()).map_err(|e| e.to_string())
    }

    #[test]
    fn half_precision_values_are_read_exactly() {
        assert_eq!([0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000].map(half), [1.0, -2.0, 65504.0, 2f64.powi(-24), 0.0]);
        assert_eq!(bfloat(0xc040), -3.0);
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn raw_and_typed_fields_give_the_same_values() {
        let typed = TensorProto { dims: vec![2], data_type: 1, float_data: vec![1.5, -2.0], ..Default::default() };
        let bytes = [1.5f32.to_le_bytes(), (-2f32).to_le_bytes()].concat();
        let raw = TensorProto { dims: vec![2], data_type: 1, raw_data: bytes, ..Default::default() };
        assert_eq!(read(&typed), Ok(vec![1.5, -2.0]));
        assert_eq!(read(&typed), read(&raw));
    }

    #[test]
    fn what_does_not_add_up_is_refused_with_the_tensors_name() {
        let tensor = TensorProto { dims: vec![3], data_type: 1, float_data: vec![1.0], ..Default::default() };
        for wrong in [
            TensorProto { dims: vec![-1], ..tensor.clone() },
            TensorProto { dims: vec![1 << 40, 1 << 40], ..tensor.clone() },
            TensorProto { dims: vec![101], ..tensor.clone() },
            TensorProto { data_type: 99, ..tensor.clone() },
            TensorProto { raw_data: vec![0; 11], ..tensor.clone() },
            tensor,
        ] {
            let message = read(&wrong).expect_err("it is malformed");
            assert!(message.starts_with("constant `w`: has "), "{message}");
        }
    }

    #[test]
    fn weights_in_another_file_are_refused_by_that_files_name() {
        let entry = StringStringEntryProto { key: "location".into(), value: "weights.bin".into() };
        let tensor = TensorProto { data_location: Some(1), external_data: vec![entry], ..Default::default() };
        assert!(read(&tensor).expect_err("it is elsewhere").contains("weights.bin"));
    }
}
