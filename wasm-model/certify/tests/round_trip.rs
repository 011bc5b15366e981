//! A network written as ONNX comes back the same, and tract computes the same integers from the file.

mod common;

use common::{random, tract};
use proptest::prelude::*;
use verdigris_certify::{Form, Options, WriteError, WriteOptions, certify, guard, write_onnx};
use verdigris_model::{Activation, Domain, Linear, Network, NetworkSpec, Operation, reference};

fn written(network: &Network, form: Form, guard: bool) -> Vec<u8> {
    write_onnx(network, &WriteOptions { form, guard, ..Default::default() }).expect("nothing in it is unused")
}

/// Certifies the file again and compares the canonical forms.
fn comes_back(network: &Network, onnx: &[u8], guarded: bool) {
    let certificate = certify(onnx, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(certificate.network.to_bytes(), network.to_bytes());
    // Where there is no layer, there is nothing to guard.
    let has_layers = network.spec().operations.iter().any(|o| matches!(o, Operation::Linear(_)));
    assert_eq!(certificate.report.guarded(), guarded || !has_layers);
}

fn tract_agrees(network: &Network, onnx: &[u8], form: Form, seed: u64) {
    let (input, latent) = random::inputs(network, seed);
    let expected = reference::run(network, &input, &latent).expect("the input is in range");
    let shape = network.spec().input.shape.map(usize::from);
    let rows = form == Form::Rows;
    let mut inputs = vec![(if rows { vec![1, shape[0]] } else { [vec![1], shape.to_vec()].concat() }, &input[..])];
    if !latent.is_empty() {
        inputs.push((if rows { vec![1, latent.len()] } else { vec![1, latent.len(), 1, 1] }, &latent[..]));
    }
    assert_eq!(tract::run(onnx, &inputs), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn networks_of_vectors_come_back_in_every_form(seed: u64, guarded: bool) {
        let network = random::vectors(seed);
        for form in [Form::Auto, Form::Image, Form::OpenImage] {
            if form == Form::Auto || network.spec().operations.iter().all(|o| !matches!(o, Operation::Reshape { .. })) {
                comes_back(&network, &written(&network, form, guarded), guarded);
            }
        }
    }

    #[test]
    fn networks_of_pictures_come_back(seed: u64, guarded: bool) {
        let network = random::pictures(seed);
        comes_back(&network, &written(&network, Form::Auto, guarded), guarded);
    }

    #[test]
    fn guarding_a_file_keeps_the_canonical_form(seed: u64) {
        for network in [random::vectors(seed), random::pictures(seed)] {
            let plain = written(&network, Form::Auto, false);
            let guarded = guard(&plain, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
            comes_back(&network, &guarded, true);
            prop_assert_eq!(&guard(&guarded, &Options::default()).expect("it certifies"), &guarded);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tract_computes_the_same_integers(seed: u64) {
        let vectors = random::vectors(seed);
        tract_agrees(&vectors, &written(&vectors, Form::Rows, seed % 2 == 0), Form::Rows, seed);
        tract_agrees(&vectors, &written(&vectors, Form::OpenImage, true), Form::OpenImage, seed);
        let pictures = random::pictures(seed);
        let plain = written(&pictures, Form::Image, false);
        tract_agrees(&pictures, &plain, Form::Image, seed);
        let guarded = guard(&plain, &Options::default()).expect("it certifies");
        tract_agrees(&pictures, &guarded, Form::Image, seed);
    }
}

fn layer(source: u16, activation: Activation) -> Operation {
    let (weights, biases) = (vec![1], vec![0]);
    Operation::Linear(Linear { source, outputs: 1, kernel: 1, stride: 1, activation, weights, biases, latent: None })
}

fn one_channel(tables: Vec<[u8; 256]>, operations: Vec<Operation>) -> Network {
    let input = Domain { shape: [1, 1, 1], lo: 0, hi: 255 };
    Network::new(NetworkSpec { input, latent: None, tables, operations }).expect("a valid network")
}

#[test]
fn unused_and_repeated_tables_come_back_in_their_order() {
    let phase = |source, table| layer(source, Activation::Phase { shift: 0, table });
    for operations in [vec![phase(0, 2)], vec![phase(0, 1), phase(1, 0)], vec![phase(0, 0), phase(1, 2), phase(2, 1)]] {
        let network = one_channel(vec![[7; 256], [8; 256], [7; 256]], operations);
        comes_back(&network, &written(&network, Form::Auto, true), true);
    }
}

#[test]
fn what_onnx_has_no_place_for_is_refused_by_its_number() {
    let clip = Activation::Clip { shift: 0 };
    let write = |operations| write_onnx(&one_channel(vec![], operations), &WriteOptions::default());
    assert_eq!(write(vec![layer(0, clip), layer(0, clip)]), Err(WriteError::Unused { operation: 0 }));
    let reshape = Operation::Reshape { source: 1, shape: [1, 1, 1] };
    assert_eq!(write(vec![layer(0, clip), reshape]), Err(WriteError::EmptyReshape { operation: 1 }));
    let picture = one_channel(vec![], vec![Operation::Resize { source: 0 }]);
    let rows = WriteOptions { form: Form::Rows, ..Default::default() };
    assert_eq!(write_onnx(&picture, &rows), Err(WriteError::NeedsImages { operation: 0 }));
    for input in ["", "output", "layer0/out"] {
        let options = WriteOptions { input: input.into(), ..Default::default() };
        assert!(matches!(write_onnx(&picture, &options), Err(WriteError::Name(_))), "{input}");
    }
}

#[test]
fn names_may_be_anything_without_a_slash() {
    let network = random::vectors(3);
    let names = ["x, y", "größe", "verdigris.range.x, y"].map(str::to_owned);
    let [input, latent, output] = names;
    let options = WriteOptions { input, latent, output, ..Default::default() };
    comes_back(&network, &write_onnx(&network, &options).expect("valid"), true);
}
