//! Tests that hold in every JavaScript engine.

use serde_json::Value;
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::picture::Stages;
use verdigris_model::{Network, genesis};
use verdigris_renderer::{Painter, canonical_hash, pixel_root};
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! vectors {
    ($($number:literal),*) => {
        [$(include_str!(concat!("../../../vectors/network-", $number, ".json"))),*]
    };
}

const NETWORKS: [&str; 20] = vectors!(
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
    "20"
);
const STAGES: u32 = Stages::NEWEST.number();
const PICTURES: &str = include_str!("../../../vectors/pictures.json");

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("hex begins with 0x");
    let byte = |pair: &str| u8::from_str_radix(pair, 16).expect("these are hex digits");
    (0..text.len() / 2).map(|i| byte(&text[2 * i..2 * i + 2])).collect()
}

fn numbers<T: TryFrom<i64>>(value: &Value) -> Vec<T> {
    let number = |value: &Value| value.as_i64().and_then(|value| T::try_from(value).ok());
    value.as_array().expect("a list").iter().map(|value| number(value).expect("it is in range")).collect()
}

#[wasm_bindgen_test]
fn every_backend_gives_the_committed_outputs() {
    assert_eq!(Backend::available().len(), 2, "this module is built with simd128");
    for (i, text) in NETWORKS.into_iter().enumerate() {
        let file = parse(text);
        let network = Network::from_bytes(&bytes(&file["network"])).expect("the network is valid");
        assert_eq!(network.canonical_hash().to_vec(), bytes(&file["canonicalHash"]));
        for case in file["cases"].as_array().expect("there are cases") {
            for backend in Backend::available() {
                let executor = Executor::new(&network, &numbers::<i16>(&case["latent"]), backend);
                let output = executor.expect("the latent fits").run(&numbers::<i16>(&case["input"]));
                let output = output.expect("the input fits");
                assert_eq!(output, numbers::<i32>(&case["output"]), "network {}, {backend:?}", i + 1);
            }
        }
    }
}

#[wasm_bindgen_test]
fn pictures_have_the_committed_pixel_roots() {
    let file = parse(PICTURES);
    let model = genesis().to_bytes();
    assert_eq!(canonical_hash(&model).ok(), Some(bytes(&file["canonicalHash"])));
    for picture in file["pictures"].as_array().expect("there are pictures") {
        let size = u16::try_from(picture["size"].as_u64().expect("a size")).expect("a size has 16 bits");
        let painter = Painter::new(&model, STAGES, &bytes(&picture["seed"]), &bytes(&picture["traits"]));
        let painter = painter.expect("the blueprint is valid");
        let rgba = painter.draw(size).expect("the size is valid");
        let root = pixel_root(size, &rgba).expect("the length fits");
        assert_eq!(root, bytes(&picture["pixelRoot"]), "{picture}");
    }
}

#[wasm_bindgen_test]
fn rows_are_cut_from_the_same_picture() {
    let painter = Painter::new(&genesis().to_bytes(), STAGES, &[5; 32], &[0; 32]).expect("the blueprint is valid");
    let whole = painter.draw(50).expect("50 is a size");
    let parts = [(0, 17), (17, 17), (17, 49), (49, 50)];
    let rows = parts.map(|(start, end)| painter.rows(50, start, end).expect("these are rows"));
    assert_eq!(rows.concat(), whole);
    assert_eq!(painter.smooth(25).ok().map(|rgba| rgba.len()), Some(4 * 25 * 25));
}

#[wasm_bindgen_test]
fn malformed_arguments_are_refused() {
    let model = genesis().to_bytes();
    assert!(Painter::new(&model[1..], STAGES, &[0; 32], &[0; 32]).is_err());
    assert!(Painter::new(&model, 2, &[0; 32], &[0; 32]).is_err());
    assert!(Painter::new(&model, STAGES, &[0; 31], &[0; 32]).is_err());
    assert!(Painter::new(&model, STAGES, &[0; 32], &[255; 32]).is_err());
    let painter = Painter::new(&model, STAGES, &[0; 32], &[0; 32]).expect("the blueprint is valid");
    assert!(painter.draw(0).is_err());
    assert!(painter.draw(u16::MAX).is_err());
    assert!(painter.rows(8, 5, 3).is_err());
    assert!(pixel_root(8, &[0; 255]).is_err());
    assert!(canonical_hash(&[]).is_err());
}
