//! tract, an ONNX runtime that shares nothing with the integer code, runs a file.

use tract_onnx::prelude::*;

/// Runs a file on its inputs, each a shape and as many values, and gives its outputs, which must be whole numbers.
///
/// Optimised where tract can: version 0.23.9 fails to optimise some random networks (a stride after a reshape, a
/// latent's image folded into a bias and then reshaped, an einsum over a picture of one row), and runs them as written.
pub fn run(onnx: &[u8], inputs: &[(Vec<usize>, &[i16])]) -> Vec<i64> {
    let model = load(onnx, inputs);
    let plan = match model.clone().into_optimized() {
        Ok(model) => model.into_runnable(),
        Err(_) => model.into_typed().and_then(|model| model.into_runnable()),
    };
    whole_numbers(&plan.and_then(|plan| plan.run(tensors(inputs))).expect("tract runs the model"))
}

/// The same, with every optimisation or not at all.
pub fn run_optimised(onnx: &[u8], inputs: &[(Vec<usize>, &[i16])]) -> Vec<i64> {
    let plan = load(onnx, inputs).into_optimized().and_then(|model| model.into_runnable());
    whole_numbers(&plan.and_then(|plan| plan.run(tensors(inputs))).expect("tract runs the model"))
}

fn load(file: &[u8], inputs: &[(Vec<usize>, &[i16])]) -> InferenceModel {
    let mut model = onnx().model_for_read(&mut std::io::Cursor::new(file)).expect("tract reads the file");
    for (index, (shape, _)) in inputs.iter().enumerate() {
        model.set_input_fact(index, f32::fact(shape).into()).expect("the shape fits");
    }
    model
}

fn tensors(inputs: &[(Vec<usize>, &[i16])]) -> TVec<TValue> {
    let tensor = |(shape, values): &(Vec<usize>, &[i16])| {
        let floats: Vec<f32> = values.iter().map(|&value| value.into()).collect();
        Tensor::from_shape(shape, &floats).expect("as many values as the shape has").into_tvalue()
    };
    inputs.iter().map(tensor).collect()
}

fn whole_numbers(result: &[TValue]) -> Vec<i64> {
    let floats = result[0].cast_to::<f32>().expect("a number").into_owned();
    let floats = floats.to_plain_array_view::<f32>().expect("f32");
    let whole = |&value: &f32| {
        assert_eq!(value.fract(), 0.0, "{value} is no whole number");
        value as i64
    };
    floats.iter().map(whole).collect()
}
