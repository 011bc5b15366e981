//! Runs of small models, and what is refused.

use super::*;
use proptest::prelude::*;
use verdigris_model::network::{Activation, Domain, Linear, NetworkSpec, Operation};

/// Two signed inputs, one raw output: `x - 2·y + 5`.
pub(crate) fn tensor_model() -> Model {
    let layer = Linear {
        source: 0,
        outputs: 1,
        kernel: 1,
        stride: 1,
        activation: Activation::Raw,
        weights: vec![1, -2],
        biases: vec![5],
        latent: None,
    };
    let spec = NetworkSpec {
        input: Domain { shape: [2, 1, 1], lo: -128, hi: 127 },
        latent: None,
        tables: vec![],
        operations: vec![Operation::Linear(layer)],
    };
    Model { id: B256::repeat_byte(8), kind: Kind::Tensor, network: Network::new(spec).expect("a network") }
}

/// One input, which each of so many outputs repeats.
pub(crate) fn wide_network(outputs: usize) -> Network {
    let layer = Linear {
        source: 0,
        outputs: outputs as u16,
        kernel: 1,
        stride: 1,
        activation: Activation::Clip { shift: 0 },
        weights: vec![1; outputs],
        biases: vec![0; outputs],
        latent: None,
    };
    let input = Domain { shape: [1, 1, 1], lo: 0, hi: 255 };
    Network::new(NetworkSpec { input, latent: None, tables: vec![], operations: vec![Operation::Linear(layer)] })
        .expect("a network")
}

pub(crate) fn picture_model() -> Model {
    Model { id: B256::repeat_byte(9), kind: Kind::Picture, network: verdigris_model::genesis() }
}

pub(crate) fn picture_input(size: u16) -> PictureInput {
    PictureInput {
        stages: verdigris_model::picture::Stages::NEWEST.number(),
        size,
        seed: B256::repeat_byte(0x5e),
        traits: B256::with_last_byte(3),
        title: "Verdigris #1".into(),
    }
}

#[test]
fn a_tensor_model_answers_raw_values_as_big_endian_words() {
    let output = run(&tensor_model(), &[10, 0xfe], 1).expect("run").output();
    assert_eq!(output.as_ref(), 19i32.to_be_bytes());
    let output = run(&tensor_model(), &[0x80, 0x7f], 1).expect("run").output();
    assert_eq!(output.as_ref(), (-377i32).to_be_bytes());
}

#[test]
fn an_input_of_the_wrong_length_is_refused_with_the_right_one() {
    let error = run(&tensor_model(), &[1, 2, 3], 1).expect_err("refused");
    assert_eq!(error.status(), 422);
    assert!(error.to_string().contains("2 inputs and 0 latents"), "{error}");
}

#[test]
fn a_picture_s_output_holds_its_root_and_the_cid_of_its_png() {
    let Inference::Picture(drawn) =
        run(&picture_model(), &picture_input(24).abi_encode(), MAX_JOB_SIZE).expect("drawn")
    else {
        panic!("not a picture");
    };
    let output = Inference::Picture(drawn.clone()).output();
    assert_eq!(output.len(), 192, "as the contract wants it");
    let output = PictureOutput::abi_decode_validate(&output).expect("an output");
    assert_eq!(output.pixelRoot, drawn.pixel_root);
    assert_eq!(output.imageCid, Bytes::from(cid::of(&drawn.png).to_bytes()));
    assert!(drawn.png.starts_with(b"\x89PNG"));
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let input = picture_input(16).abi_encode();
    assert_eq!(run(&picture_model(), &input, 64).expect("drawn"), run(&picture_model(), &input, 64).expect("drawn"));
}

#[test]
fn pictures_that_are_too_large_or_untitled_at_length_or_unknown_are_refused() {
    let refused = |input: PictureInput| run(&picture_model(), &input.abi_encode(), 64).map_err(|e| e.status());
    assert_eq!(refused(picture_input(65)), Err(422));
    assert_eq!(refused(picture_input(0)), Err(422));
    assert_eq!(refused(PictureInput { title: "x".repeat(65), ..picture_input(8) }), Err(422));
    assert_eq!(refused(PictureInput { stages: 2, ..picture_input(8) }), Err(422));
    assert_eq!(refused(PictureInput { traits: B256::repeat_byte(1), ..picture_input(8) }), Err(422));
    let mut longer = picture_input(8).abi_encode();
    longer.extend([0; 32]);
    assert_eq!(run(&picture_model(), &longer, 64).map_err(|e| e.status()), Err(422));
}

/// `model` with a chain of `count` clips after it, each as wide as what it reads.
fn with_clips(model: &Model, count: usize) -> Model {
    let mut spec = model.network.spec().clone();
    let width = usize::from(model.network.output_shape()[0]);
    for _ in 0..count {
        spec.operations.push(Operation::Linear(Linear {
            source: spec.operations.len() as u16,
            outputs: width as u16,
            kernel: 1,
            stride: 1,
            activation: Activation::Clip { shift: 0 },
            weights: (0..width * width).map(|at| i8::from(at % (width + 1) == 0)).collect(),
            biases: vec![0; width],
            latent: None,
        }));
    }
    Model { id: model.id, kind: model.kind, network: Network::new(spec).expect("a network") }
}

#[test]
fn a_model_of_very_many_very_small_layers_is_refused_as_too_much() {
    let input = picture_input(8).abi_encode();
    assert!(run(&with_clips(&picture_model(), 20), &input, 64).is_ok());
    let error = run(&with_clips(&picture_model(), 2_000), &input, 64).expect_err("too much");
    assert_eq!(error.status(), 422);
    assert!(error.to_string().contains("steps a pixel"), "{error}");
}

#[test]
fn a_model_that_holds_too_many_elements_at_a_time_is_refused() {
    let mut spec = tensor_model().network.spec().clone();
    spec.operations.truncate(0);
    spec.operations.push(Operation::Reshape { source: 0, shape: [2, 1, 1] });
    for source in 1..=10 {
        spec.operations.push(Operation::Resize { source });
    }
    let network = Network::new(spec).expect("a network");
    let error = run(&Model { network, ..tensor_model() }, &[1, 2], 1).expect_err("too much");
    assert_eq!(error.status(), 422);
}

proptest! {
    #[test]
    fn any_input_at_all_is_answered_or_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in 0..320usize,
        value in any::<u8>(),
    ) {
        let _ = run(&picture_model(), &bytes, 8);
        let _ = run(&tensor_model(), &bytes, 8);
        let mut nearly = picture_input(4).abi_encode();
        let len = nearly.len();
        nearly[at % len] = value;
        let _ = run(&picture_model(), &nearly, 8);
        let as_alloy = PictureInput::abi_decode_validate(&nearly).ok().filter(|input| input.abi_encode() == nearly);
        prop_assert_eq!(read_picture_input(&nearly).ok(), as_alloy);
    }
}
