//! The committed tabular model: its ONNX file certifies to its canonical form, and every way to run it agrees.

mod common;

use common::{random, tract};
use verdigris_certify::{Options, certify};
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::{Network, reference};

const ONNX: &[u8] = include_bytes!("../../../models/duel/duel.onnx");
const FORM: &[u8] = include_bytes!("../../../models/duel/duel.vdgn");
const COMMAND: &str = "verdigris certify models/duel/duel.onnx -o models/duel/duel.vdgn";

#[test]
fn the_committed_file_certifies_to_the_committed_form() {
    let certificate = certify(ONNX, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(certificate.network.to_bytes() == FORM, "models/duel is out of date: run `{COMMAND}`");
    assert!(certificate.report.guarded());
}

#[test]
fn kernels_reference_and_tract_give_the_same_odds() {
    const DUELS: usize = 256;
    let network = Network::from_bytes(FORM).expect("the form is valid");
    let mut dice = random::Dice(5);
    let stats: Vec<i16> = (0..DUELS * network.input_len()).map(|_| dice.within(0, 255)).collect();
    let rows = || stats.chunks(network.input_len());
    let expected: Vec<i64> =
        rows().flat_map(|row| reference::run(&network, row, &[]).expect("the stats are in range")).collect();
    for backend in Backend::available() {
        let executor = Executor::new(&network, &[], backend).expect("there is no latent");
        let found: Vec<i64> =
            rows().flat_map(|row| executor.run(row).expect("the stats are in range")).map(i64::from).collect();
        assert_eq!(found, expected, "{backend:?}");
    }
    assert_eq!(tract::run_optimised(ONNX, &[(vec![DUELS, network.input_len()], &stats[..])]), expected);
}
