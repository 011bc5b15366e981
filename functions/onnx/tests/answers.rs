//! The files of `models/`, beside what ONNX Runtime answers.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use verdigris_onnx::Plan;

#[derive(Deserialize)]
struct Answers {
    /// Type and number of elements of each output.
    outputs: Vec<(String, usize)>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    input: String,
    output: String,
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(models().join(format!("{name}.onnx"))).unwrap()
}

/// The same but for the last bits.
fn assert_close(name: &str, outputs: &[(String, usize)], ours: &[u8], theirs: &[u8]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    let mut at = 0;
    for (kind, count) in outputs {
        for _ in 0..*count {
            match kind.as_str() {
                "float" => {
                    let float = |bytes: &[u8]| f32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
                    let (ours, theirs) = (float(ours), float(theirs));
                    let is_close =
                        (ours - theirs).abs() <= 1e-5 * theirs.abs().max(0.1) || ours.is_nan() && theirs.is_nan();
                    assert!(is_close, "{name}, byte {at}: {ours} here, {theirs} in ONNX Runtime");
                    at += 4;
                }
                "int64" => {
                    assert_eq!(ours[at..at + 8], theirs[at..at + 8], "{name}, byte {at}");
                    at += 8;
                }
                other => panic!("{other} isn't compared"),
            }
        }
    }
    assert_eq!(at, ours.len(), "{name}");
}

#[test]
fn each_file_gives_what_onnx_runtime_gives_but_for_the_last_bits() {
    let answers: BTreeMap<String, Answers> =
        serde_json::from_slice(&std::fs::read(models().join("answers.json")).unwrap()).unwrap();
    assert_eq!(answers.len(), 4);
    for (name, Answers { outputs, cases }) in &answers {
        let plan = Plan::read(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for case in cases {
            let ours = plan.run(&hex::decode(&case.input).unwrap()).unwrap();
            assert_eq!(plan.run(&hex::decode(&case.input).unwrap()).unwrap(), ours, "{name}: the same again");
            assert_close(name, outputs, &ours, &hex::decode(&case.output).unwrap());
        }
    }
}

#[test]
fn an_input_of_another_length_is_refused_with_what_the_model_takes() {
    let plan = Plan::read(&file("risk")).unwrap();
    for length in [0, 31, 33, 64] {
        let error = plan.run(&vec![0; length]).unwrap_err();
        assert!(error.contains(&format!("it has {length} bytes, the model takes 32: F32 [1, 8]")), "{error}");
    }
}

#[test]
fn whatever_bits_the_input_has_there_is_an_answer_without_a_second_nan() {
    let plan = Plan::read(&file("functions")).unwrap();
    for element in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 2.0, f32::MAX] {
        let input: Vec<u8> = (0..16).flat_map(|_| element.to_be_bytes()).collect();
        for word in plan.run(&input).unwrap().chunks(4) {
            let bits = u32::from_be_bytes(word.try_into().unwrap());
            assert!(!f32::from_bits(bits).is_nan() || bits == 0x7fc0_0000, "{element}: {bits:08x}");
        }
    }
}
