//! The committed art model: its ONNX file certifies to its canonical form, and every way to run it agrees.

mod common;

use common::{random, tract};
use verdigris_certify::{Options, certify, vectors};
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::picture::{Place, Traits, features, latent};
use verdigris_model::{Network, keccak256, reference};

const ONNX: &[u8] = include_bytes!("../../../models/atlas/atlas.onnx");
const FORM: &[u8] = include_bytes!("../../../models/atlas/atlas.vdgn");
const COMMAND: &str = "verdigris certify models/atlas/atlas.onnx -o models/atlas/atlas.vdgn";

#[test]
fn the_committed_file_certifies_to_the_committed_form() {
    let certificate = certify(ONNX, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(certificate.network.to_bytes() == FORM, "models/atlas is out of date: run `{COMMAND}`");
    assert!(certificate.report.guarded());
}

#[test]
fn its_vectors_hold_what_the_reference_gives() {
    let network = Network::from_bytes(FORM).expect("the form is valid");
    let text = vectors(ONNX, &Options::default(), 5).unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 5);
    let data = |tensor: &serde_json::Value| -> Vec<i16> {
        assert_eq!(tensor["datatype"], "FP32");
        tensor["data"].as_array().expect("a list").iter().map(|n| n.as_i64().expect("whole") as i16).collect()
    };
    for line in &lines {
        let (input, latent) = (data(&line["inputs"][0]), data(&line["inputs"][1]));
        let right = reference::run(&network, &input, &latent).expect("inputs in range");
        assert_eq!(data(&line["outputs"][0]).into_iter().map(i64::from).collect::<Vec<_>>(), right);
    }
    assert_eq!(lines[0]["inputs"][0]["shape"], serde_json::json!([1, 6]));
    assert_eq!(lines[0]["outputs"][0]["shape"], serde_json::json!([1, 3]));
    assert_ne!(lines[2], lines[3], "and they differ");
}

#[test]
fn kernels_reference_and_tract_give_the_same_fields() {
    const PLACES: usize = 200;
    let network = Network::from_bytes(FORM).expect("the form is valid");
    let mut dice = random::Dice(7);
    for family in 0..12 {
        let traits = Traits { family, epoch: 3 * u16::from(family), ..Traits::default() };
        let latent = latent(&keccak256(&[family]), traits);
        let mut coordinate = || i32::from(dice.within(-2048, 2047));
        let read: Vec<i16> = (0..PLACES).flat_map(|_| features(Place { u: coordinate(), v: coordinate() })).collect();
        let rows = || read.chunks(network.input_len());
        let expected: Vec<i64> =
            rows().flat_map(|row| reference::run(&network, row, &latent).expect("they are in range")).collect();
        for backend in Backend::available() {
            let executor = Executor::new(&network, &latent, backend).expect("the latent fits");
            let found: Vec<i64> =
                rows().flat_map(|row| executor.run(row).expect("they are in range")).map(i64::from).collect();
            assert_eq!(found, expected, "family {family}, {backend:?}");
        }
        let inputs = [(vec![PLACES, network.input_len()], &read[..]), (vec![1, latent.len()], &latent[..])];
        assert_eq!(tract::run_optimised(ONNX, &inputs), expected, "family {family}");
    }
}
