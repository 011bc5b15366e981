//! Tensors as bytes on the chain: element after element in row-major order, each big-endian.

use tract_onnx::prelude::{Datum, DatumType, Tensor, TractResult};
use verdigris_core::onnx::settle_nan;

/// Bytes of one element, for the types that may be an input or an output.
pub(crate) fn width(datum: DatumType) -> Option<usize> {
    use DatumType as D;
    let is_plain = matches!(
        datum,
        D::Bool | D::U8 | D::U16 | D::U32 | D::U64 | D::I8 | D::I16 | D::I32 | D::I64 | D::F16 | D::F32 | D::F64
    );
    is_plain.then(|| datum.size_of())
}

/// A tensor of these bytes, which are as many as its shape takes.
pub(crate) fn read(datum: DatumType, shape: &[usize], bytes: &[u8]) -> TractResult<Tensor> {
    let mut little = bytes.to_vec();
    little.chunks_mut(datum.size_of()).for_each(<[u8]>::reverse);
    if datum == bool::datum_type() {
        // Anything but zero is true, as in the runtimes that make such tensors; no other byte may be a `bool`.
        little.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    }
    let mut tensor = Tensor::zero_dt(datum, shape)?;
    tensor.as_bytes_mut().copy_from_slice(&little);
    Ok(tensor)
}

/// The bytes of a tensor, with one NaN for all ([`settle_nan`]).
pub(crate) fn write(tensor: &Tensor, out: &mut Vec<u8>) {
    let (datum, start) = (tensor.datum_type(), out.len());
    out.extend_from_slice(tensor.as_bytes());
    for element in out[start..].chunks_mut(datum.size_of()) {
        element.reverse();
        if datum.is_float() {
            settle_nan(element);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn elements_are_big_endian_and_come_back() {
        let bytes: Vec<u8> = [1.5f32, -0.0, f32::INFINITY].iter().flat_map(|value| value.to_be_bytes()).collect();
        let tensor = read(f32::datum_type(), &[3, 1], &bytes).unwrap();
        assert_eq!(tensor.to_plain_array_view::<f32>().unwrap()[[0, 0]], 1.5);
        let mut again = Vec::new();
        write(&tensor, &mut again);
        assert_eq!(again, bytes);
    }

    #[test]
    fn all_that_is_no_number_leaves_as_one_nan() {
        for (datum, given, one) in [
            (f32::datum_type(), &[0xff, 0x80, 0, 1][..], &[0x7f, 0xc0, 0, 0][..]),
            (f64::datum_type(), &[0xff, 0xf8, 0, 0, 0, 0, 0, 9], &[0x7f, 0xf8, 0, 0, 0, 0, 0, 0]),
            (DatumType::F16, &[0xfc, 1], &[0x7e, 0]),
            (DatumType::F16, &[0xfc, 0], &[0xfc, 0]),
        ] {
            let mut out = Vec::new();
            write(&read(datum, &[1], given).unwrap(), &mut out);
            assert_eq!(out, one, "{datum:?} {given:x?}");
        }
    }

    #[test]
    fn a_bool_is_zero_or_one_whatever_came() {
        let mut out = Vec::new();
        write(&read(bool::datum_type(), &[3], &[0, 1, 0xff]).unwrap(), &mut out);
        assert_eq!(out, [0, 1, 1]);
    }
}
