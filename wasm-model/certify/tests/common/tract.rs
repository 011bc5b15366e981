//! tract, an ONNX runtime that shares nothing with the integer code, runs a file.

use tract_onnx::prelude::*;

/// Runs a file on its inputs, each a shape and as many values, and gives its outputs, which must be whole numbers.
pub fn run(onnx: &[u8], inputs: &[(Vec<usize>, &[i16])]) -> Vec<i64> {
    let mut model = tract_onnx::onnx().model_for_read(&mut std::io::Cursor::new(onnx)).expect("tract reads the file");
    let mut tensors = TVec::new();
    for (index, (shape, values)) in inputs.iter().enumerate() {
        model.set_input_fact(index, f32::fact(shape).into()).expect("the shape fits");
        let floats: Vec<f32> = values.iter().map(|&value| value.into()).collect();
        tensors.push(Tensor::from_shape(shape, &floats).expect("as many values as the shape has").into_tvalue());
    }
    let plan = match model.clone().into_optimized() {
        Ok(model) => model.into_runnable(),
        // tract 0.23.9 cannot move the stride of a convolution across a reshape before it: plan it as it stands.
        Err(error) if format!("{error:?}").contains("Pulling") => model.into_typed().and_then(|m| m.into_runnable()),
        Err(error) => panic!("tract cannot optimise the model: {error:?}"),
    };
    let plan = plan.expect("tract plans the model");
    let result = plan.run(tensors).expect("tract runs the model");
    let floats = result[0].cast_to::<f32>().expect("a number").into_owned();
    let floats = floats.to_plain_array_view::<f32>().expect("f32");
    let whole = |&value: &f32| {
        assert_eq!(value.fract(), 0.0, "{value} is no whole number");
        value as i64
    };
    floats.iter().map(whole).collect()
}
