//! Vectors that a runtime is held against: inputs, and what the network makes of them.

use serde_json::{Value, json};
use tract_onnx::pb::tensor_proto::DataType;
use verdigris_model::reference;

use crate::certificate::certify_file;
use crate::error::CertifyError;
use crate::file::{GraphInput, OnnxFile};
use crate::options::Options;
use crate::view::Dim;

/// Certifies a file and draws `count` inputs for it, extremes among them. Each is a line of JSON, `{"inputs": […],
/// "outputs": […]}`, with tensors as the Open Inference Protocol writes them (version 2; name, shape, datatype, data).
/// Sides that the file leaves open are one.
///
/// # Errors
/// As [`crate::certify`].
pub fn vectors(bytes: &[u8], options: &Options, count: usize) -> Result<String, CertifyError> {
    let file = OnnxFile::read(bytes)?;
    let (input, latent) = file.inputs(options)?;
    let (certificate, _) = certify_file(&file, &input, latent.as_ref())?;
    let network = certificate.network;
    let (output, output_type, rank) = file.output_as_declared()?;
    let [channels, height, width] = network.output_shape().map(usize::from);
    // Rows have channels only; of a picture with open sides, one pixel is drawn.
    let sizes = if rank == 2 { vec![1, channels] } else { vec![1, channels, height, width] };
    let mut dice = Dice(0);
    let mut lines = String::new();
    for turn in 0..count {
        let elements = dice.within(&input, network.input_len(), turn);
        let coordinates = latent.as_ref().map_or(vec![], |latent| dice.within(latent, network.latent_len(), turn));
        let made = reference::run(&network, &elements, &coordinates).map_err(CertifyError::Network)?;
        let mut inputs = vec![tensor(&input.name, input.dtype, &sides(&input), &elements)];
        inputs.extend(latent.as_ref().map(|latent| tensor(&latent.name, latent.dtype, &sides(latent), &coordinates)));
        let outputs = [tensor(output, output_type, &sizes, &made)];
        lines += &format!("{}\n", json!({ "inputs": inputs, "outputs": outputs }));
    }
    Ok(lines)
}

fn tensor<T: Copy + Into<i64>>(name: &str, dtype: DataType, shape: &[usize], elements: &[T]) -> Value {
    let datatype = match dtype {
        DataType::Uint8 => "UINT8",
        DataType::Int8 => "INT8",
        DataType::Int16 => "INT16",
        DataType::Int32 => "INT32",
        DataType::Int64 => "INT64",
        DataType::Double => "FP64",
        _ => "FP32",
    };
    let data: Vec<i64> = elements.iter().map(|&element| element.into()).collect();
    json!({ "name": name, "shape": shape, "datatype": datatype, "data": data })
}

fn sides(input: &GraphInput) -> Vec<usize> {
    let size = |dim: &Dim| match dim {
        Dim::Known(size) => *size,
        _ => 1,
    };
    input.dims.iter().map(size).collect()
}

/// A source of numbers (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Elements of an input: in the first two turns all the lowest and all the highest, then any.
    fn within(&mut self, input: &GraphInput, count: usize, turn: usize) -> Vec<i16> {
        let (lo, hi) = (input.range.lo, input.range.hi);
        let span = (i32::from(hi) - i32::from(lo) + 1) as u64;
        let draw = |_| match turn {
            0 => lo,
            1 => hi,
            _ => lo.wrapping_add((self.next() % span) as i16),
        };
        (0..count).map(draw).collect()
    }
}
