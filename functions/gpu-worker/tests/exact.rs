//! Exact networks on whatever GPU there is (Mesa's lavapipe in CI): the same numbers as the reference evaluator.

use std::sync::{Arc, LazyLock};

use verdigris_gpu_worker::engine::{Engine as _, EngineError, PictureEngine};
use verdigris_gpu_worker::exact::{Gpu, GpuError, Prepared};
use verdigris_gpu_worker::tensor::{DataType, Tensor};
use verdigris_model::picture::{Painter, Place, Stages, Traits, features, latent};
use verdigris_model::{Network, NetworkError, keccak256, reference};

#[path = "../../../wasm-model/src/drawing.rs"]
mod drawing;

use drawing::{Drawing, Kind};

/// `VERDIGRIS_GPU` names the device; without it, the best is taken.
static DEVICE: LazyLock<Arc<Gpu>> = LazyLock::new(|| {
    let wanted = std::env::var("VERDIGRIS_GPU").ok();
    Arc::new(Gpu::open(wanted.as_deref()).expect("a Vulkan device: install mesa-vulkan-drivers"))
});

fn atlas() -> Network {
    Network::from_bytes(include_bytes!("../../../models/atlas/atlas.vdgn")).expect("the flagship is a network")
}

/// Some inputs together give what the reference gives one by one.
fn is_right(network: Network, inputs: &[Vec<i16>], latent: &[i16]) -> bool {
    let network = Arc::new(network);
    let prepared = Prepared::new(DEVICE.clone(), network.clone()).expect("it is prepared");
    let made = prepared.run(&inputs.concat(), latent).expect("it runs");
    let right = inputs.iter().flat_map(|input| reference::run(&network, input, latent).expect("it runs"));
    assert_eq!(made.into_iter().map(i64::from).collect::<Vec<_>>(), right.collect::<Vec<_>>());
    prepared.is_fused()
}

#[test]
fn random_networks_give_the_references_numbers() {
    let mut fused = 0;
    for seed in 0..50 {
        let mut drawing = Drawing::new(seed);
        let network = drawing.network(if seed % 2 == 0 { Kind::Any } else { Kind::Vector });
        let latent = drawing.latent(&network);
        let inputs: Vec<_> = (0..drawing.between(1, 150)).map(|_| drawing.input(&network)).collect();
        fused += usize::from(is_right(network, &inputs, &latent));
    }
    assert!((10..40).contains(&fused), "both plans are met, not {fused} of 50 fused");
}

#[test]
fn the_flagship_gives_the_references_numbers() {
    let seed = [7; 32];
    let traits = Traits::from_word(&[0; 32]).expect("traits");
    let places = (0..5000).map(|i: i32| Place { u: i * 7919 % 4096 - 2048, v: i * 104_729 % 4096 - 2048 });
    let inputs: Vec<_> = places.map(|place| features(place).to_vec()).collect();
    assert!(is_right(atlas(), &inputs, &latent(&seed, traits)), "it is fused");
}

#[test]
fn pictures_are_the_same_as_everywhere() {
    let network = Arc::new(atlas());
    let engine = PictureEngine::new(network.clone(), Some(DEVICE.clone())).expect("a picture model");
    let tensor = |name: &str, datatype, data: &[u8]| {
        let width = DataType::width(datatype).expect("numbers");
        Tensor { name: name.into(), datatype, shape: vec![data.len() / width], data: data.to_vec() }
    };
    let inputs = |seed: &[u8; 32], traits: &[u8; 32], size: u16| {
        vec![
            tensor("seed", DataType::Uint8, seed),
            tensor("traits", DataType::Uint8, traits),
            tensor("size", DataType::Uint16, &size.to_le_bytes()),
        ]
    };
    // Each symmetry and frame; sizes at which mirrors fall between pixels; one of several bands.
    for (token, size) in [(0, 64), (1, 63), (2, 100), (3, 192), (4, 256), (5, 7), (6, 1), (7, 1100)] {
        let seed = keccak256(&[token]);
        let traits = Traits { symmetry: token % 6, frame: token % 4, ..Traits::of_seed(&seed) };
        let word = traits.to_word().expect("traits");
        let made = engine.run(&inputs(&seed, &word, size), &|| true).expect("it draws");
        let right = Painter::new(&network, Stages::NEWEST.number(), &seed, &word).expect("a painter").draw(size);
        assert!(made[0].data == right.expect("it draws").into_rgb(), "token {token} at {size}");
        assert_eq!(made[0].shape, [size.into(), size.into(), 3]);
    }
    for (size, traits) in [(0, [0; 32]), (4097, [0; 32]), (64, [255; 32])] {
        assert!(matches!(engine.run(&inputs(&[1; 32], &traits, size), &|| true), Err(EngineError::Input(_))));
    }
    let duel = Network::from_bytes(include_bytes!("../../../models/duel/duel.vdgn")).expect("a network");
    assert!(matches!(PictureEngine::new(Arc::new(duel), None), Err(EngineError::Input(_))), "it draws no pictures");
}

#[test]
fn what_does_not_fit_is_refused() {
    let prepared = Prepared::new(DEVICE.clone(), Arc::new(atlas())).expect("it is prepared");
    let refused = |inputs: &[i16], latent: &[i16]| match prepared.run(inputs, latent) {
        Err(GpuError::Network(error)) => error,
        other => panic!("it is refused, not {other:?}"),
    };
    assert!(matches!(refused(&[0; 7], &[0; 32]), NetworkError::ValueCount { what: "input", expected: 6, found: 1 }));
    assert!(matches!(refused(&[0, 0, 0, 0, 0, 128], &[0; 32]), NetworkError::ValueRange { index: 5, value: 128, .. }));
    assert!(matches!(refused(&[0; 6], &[0; 31]), NetworkError::ValueCount { what: "latent", .. }));
    assert_eq!(prepared.run(&[], &[0; 32]), Ok(Vec::new()));
    assert!(matches!(refused(&[], &[]), NetworkError::ValueCount { what: "latent", .. }));
}

#[test]
fn a_device_that_is_not_there_is_named() {
    let Err(error) = Gpu::open(Some("abacus")) else { panic!("there is no abacus") };
    let text = error.to_string();
    assert!(text.contains("no GPU abacus") && text.contains(DEVICE.name()), "{text}");
}
