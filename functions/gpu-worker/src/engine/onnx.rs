//! ONNX files as models: by ONNX Runtime where its library lies on this machine, else by tract.

mod runtime;
mod tract;

use super::{EngineError, Port, Signature};

pub use runtime::{Accelerator, OnnxRuntime, RuntimeEngine};
pub use tract::TractEngine;

/// What a file takes and gives. `max_batch_size` is as Triton has it: more than zero says that each tensor's first side
/// is the batch, so that requests may share a run. Without it there is no batch: an open first side may mean anything.
///
/// # Errors
/// If there is to be a batch, and a tensor's first side isn't open.
fn signature(inputs: Vec<Port>, outputs: Vec<Port>, max_batch_size: Option<usize>) -> Result<Signature, EngineError> {
    let most_at_once = max_batch_size.unwrap_or(0);
    let fixed = inputs.iter().chain(&outputs).find(|port| port.shape.first() != Some(&None));
    if let Some(port) = fixed.filter(|_| most_at_once > 0) {
        let (name, shape) = (&port.name, port.shape_text());
        let reason = format!("max_batch_size is {most_at_once}, but `{name}` is {shape}: its first side is not open");
        return Err(EngineError::Failed(reason));
    }
    let batched = |mut port: Port| {
        if most_at_once > 0 {
            port.shape.remove(0);
            port.is_batched = true;
        }
        port
    };
    let of = |ports: Vec<Port>| ports.into_iter().map(batched).collect();
    Ok(Signature { inputs: of(inputs), outputs: of(outputs), most_at_once })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::DataType;

    fn port(name: &str, shape: &[Option<usize>]) -> Port {
        Port {
            name: name.into(),
            datatype: DataType::Fp32,
            shape: shape.to_vec(),
            is_batched: false,
            is_optional: false,
        }
    }

    #[test]
    fn first_sides_are_the_batch_where_that_is_said() {
        let (open, fixed) = (port("x", &[None, Some(3)]), port("y", &[Some(1), Some(3)]));
        let made = |output: &Port, most| signature(vec![open.clone()], vec![output.clone()], most);
        let batches = made(&open, Some(7)).expect("it fits");
        assert_eq!((batches.most_at_once, batches.inputs[0].wire_shape()), (7, vec![-1, 3]));
        assert!(batches.outputs[0].is_batched);
        for (output, most) in [(&open, Some(0)), (&open, None), (&fixed, None), (&fixed, Some(0))] {
            let single = made(output, most).expect("it fits");
            assert_eq!((single.most_at_once, single.inputs[0].wire_shape()), (0, vec![-1, 3]));
            assert!(!single.inputs[0].is_batched);
        }
        let refusal = made(&fixed, Some(7)).expect_err("it doesn't fit");
        assert_eq!(refusal.to_string(), "max_batch_size is 7, but `y` is [1, 3]: its first side is not open");
        let number = port("n", &[]);
        assert_eq!(made(&number, None).expect("it fits").most_at_once, 0);
    }
}
