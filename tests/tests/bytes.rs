//! One blueprint, the same bytes wherever it is drawn: natively, in a component, in Node, in Chromium.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::process::Command;

use alloy_primitives::{B256, Bytes, hex, keccak256};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};
use verdigris_core::abi::{ISeedArt, PictureInput, PictureOutput};
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{Painter, Stages, Traits};
use verdigris_tests::stack::{Stack, root};
use verdigris_tests::{chain, http};

const STAGES: u32 = Stages::NEWEST.number();
const SIZES: [u16; 3] = [64, 100, 256];

#[test]
fn one_blueprint_gives_the_same_bytes_on_every_executor() {
    let stack = Stack::start(&["--no-provider"]);
    let network = verdigris_model::atlas();
    let model: B256 = chain::read(stack.url("rpcUrl"), stack.address("art"), &ISeedArt::modelIdCall {});
    let form = std::env::temp_dir().join(format!("verdigris-{}.vdgn", std::process::id()));
    std::fs::write(&form, network.to_bytes()).unwrap();
    for (number, size) in SIZES.into_iter().enumerate() {
        let step = u8::try_from(number).unwrap();
        let seed = keccak256([step]);
        let traits = Traits { epoch: u16::from(step), ..Traits::of_seed(&seed) }.to_word().unwrap();
        let native = Painter::new(&network, STAGES, &seed, &traits).unwrap().draw(size).unwrap();
        for backend in Backend::available() {
            let drawn = Painter::with_backend(&network, STAGES, &seed, &traits, backend).unwrap().draw(size).unwrap();
            assert_eq!(native.rgb(), drawn.rgb(), "{backend:?} draws otherwise at {size}²");
        }
        let root = B256::from(native.pixel_root());

        let output = in_component(
            &stack,
            model,
            &PictureInput { stages: STAGES, size, seed, traits: traits.into(), title: "One".into() },
        );
        assert_eq!(output.pixelRoot, root, "the component draws otherwise at {size}²");
        assert_eq!(output.imageCid, Bytes::from(verdigris_core::cid::of(&native.to_png().unwrap()).to_bytes()));

        let drawn = in_javascript(&form, seed, traits.into(), size);
        for engine in ["node", "chromium"] {
            assert_eq!(drawn[engine]["pixelRoot"], json!(root), "{engine} draws otherwise at {size}²");
            assert_eq!(drawn[engine]["rgbHash"], json!(keccak256(native.rgb())), "{engine} draws otherwise at {size}²");
        }
    }
    std::fs::remove_file(form).unwrap();
}

fn in_component(stack: &Stack, model: B256, input: &PictureInput) -> PictureOutput {
    let question = json!({ "modelId": model, "input": hex::encode_prefixed(input.abi_encode()) }).to_string();
    let answer = http::post(
        &format!("{}/oracle/infer", stack.url("functions")),
        &[("content-type", "application/json")],
        question.as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let output: Bytes = serde_json::from_value(answer.json()["output"].take()).unwrap();
    PictureOutput::abi_decode(&output).unwrap()
}

fn in_javascript(form: &std::path::Path, seed: B256, traits: B256, size: u16) -> Value {
    let mut node = Command::new("node");
    node.current_dir(root()).arg("tests/draw.mjs").arg(form);
    let output =
        node.args([STAGES.to_string(), seed.to_string(), traits.to_string(), size.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
