//! The committed art model: its ONNX file certifies to its canonical form, and every way to run it agrees.

mod common;

use common::{random, tract};
use verdigris_certify::{Options, certify};
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
