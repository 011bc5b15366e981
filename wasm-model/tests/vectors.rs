//! The committed vectors are what the code makes, whoever does the arithmetic.

#[path = "../examples/vectors.rs"]
mod vectors;

use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::{Activation, Linear, Operation};

fn committed(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const REMEDY: &str = "if the change is meant, run: cargo run -p verdigris-model --example vectors";

#[test]
fn the_reference_still_gives_the_committed_outputs() {
    for number in 1..=vectors::NETWORKS {
        let name = vectors::network_name(number);
        assert!(committed(&name) == vectors::network_file(number), "{name} differs; {REMEDY}");
    }
}

#[test]
fn every_backend_gives_the_committed_outputs() {
    for number in 1..=vectors::NETWORKS {
        let name = vectors::network_name(number);
        let file: serde_json::Value = serde_json::from_str(&committed(&name)).expect("it is JSON");
        let network = vectors::network(number);
        for case in file["cases"].as_array().expect("there are cases") {
            let numbers = |what: &str| -> Vec<i64> {
                let list = case[what].as_array().expect("a list").iter();
                list.map(|value| value.as_i64().expect("an integer")).collect()
            };
            let small = |what: &str| numbers(what).into_iter().map(|value| value as i16).collect::<Vec<_>>();
            for backend in Backend::available() {
                let executor = Executor::new(&network, &small("latent"), backend).expect("the latent fits");
                let output = executor.run(&small("input")).expect("the input fits");
                let output: Vec<_> = output.into_iter().map(i64::from).collect();
                assert_eq!(output, numbers("output"), "{name}, {backend:?}");
            }
        }
    }
}

#[test]
fn the_vectors_cover_every_operation_and_activation() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 1..=vectors::NETWORKS {
        for operation in &vectors::network(number).spec().operations {
            let what = match operation {
                Operation::Resize { .. } => "resize".to_owned(),
                Operation::Concat { .. } => "concat".to_owned(),
                Operation::Reshape { .. } => "reshape".to_owned(),
                Operation::Linear(Linear { kernel, stride, activation, latent, .. }) => {
                    let activation = match activation {
                        Activation::Raw => "raw",
                        Activation::Clip { .. } => "clip",
                        Activation::Phase { .. } => "phase",
                    };
                    seen.insert(activation.to_owned());
                    seen.insert(format!("latent {}", latent.is_some()));
                    format!("kernel {kernel} stride {stride}")
                }
            };
            seen.insert(what);
        }
    }
    let expected = [
        "clip",
        "concat",
        "kernel 1 stride 1",
        "kernel 1 stride 2",
        "kernel 3 stride 1",
        "kernel 3 stride 2",
        "latent false",
        "latent true",
        "phase",
        "raw",
        "reshape",
        "resize",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn every_backend_draws_the_committed_pictures() {
    for backend in Backend::available() {
        assert!(committed("pictures.json") == vectors::pictures_file(backend), "{backend:?} differs; {REMEDY}");
    }
}
