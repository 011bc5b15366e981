//! Papers made by somebody who wants to break the reader: every outcome is a check that fails, never a panic.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod common;

use common::Model;
use proptest::prelude::*;
use serde_json::{Value, json};
use verdigris_provenance::{Bundle, MANIFEST, MODEL_BUNDLE, Manifest, TRAINING_BUNDLE, sign, to_canonical, verify};

/// Any JSON of a moderate size.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z_]{0,12}", inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

/// All places in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, part)| places(part, &format!("{at}/{name}"), found)),
        Value::Array(parts) => parts.iter().enumerate().for_each(|(i, part)| places(part, &format!("{at}/{i}"), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Manifest::from_bytes(&bytes).is_err());
        prop_assert!(Bundle::from_bytes("bundle", &bytes).is_err());
    }

    #[test]
    fn any_json_in_any_place_of_a_paper_fails(
        paper in prop::sample::select(vec![MANIFEST, MODEL_BUNDLE, TRAINING_BUNDLE]),
        place in any::<prop::sample::Index>(),
        value in json(),
    ) {
        let model = Model::signed();
        let mut document: Value = serde_json::from_slice(&model.read(paper)).unwrap();
        let mut all = Vec::new();
        places(&document, "", &mut all);
        let place = place.get(&all[..]);
        let part = document.pointer_mut(place).unwrap();
        // DSSE's key id is a hint that nothing rests on.
        prop_assume!(*part != value && !place.ends_with("/keyid"));
        *part = value;
        model.write(paper, document.to_string());
        prop_assert!(!model.failures().is_empty(), "{paper}{place}");
    }
}

#[test]
fn papers_that_are_too_long_are_not_parsed() {
    let model = Model::signed();
    model.write(MANIFEST, vec![b'['; (1 << 18) + 1]);
    model.write(MODEL_BUNDLE, vec![b'['; (4 << 20) + 1]);
    let failures = format!("{:?}", model.failures());
    assert!(failures.contains("has 262145 bytes, at most 262144 are taken"), "{failures}");
    assert!(failures.contains("has 4194305 bytes, at most 4194304 are taken"), "{failures}");
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let model = Model::signed();
    model.write(MANIFEST, "[".repeat(100_000));
    model.write(TRAINING_BUNDLE, format!("{{\"mediaType\":{}", "[".repeat(100_000)));
    assert!(model.failures().len() >= 2);
}

#[test]
fn texts_that_would_move_the_terminal_are_refused_and_never_shown_as_they_are() {
    let hidden = ["\u{1b}[2J", "\u{9b}1A", "\u{202e}txt", "\r", "a\u{200b}b"];
    for text in hidden {
        let model = Model::unsigned();
        let declared = String::from_utf8(model.read("model.toml")).unwrap();
        let quoted = |text: &str| {
            format!("\"{}\"", text.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect::<String>())
        };
        for field in ["'toy'", "'MIT'", "'train'", "'data.py'"] {
            model.write("model.toml", declared.replace(field, &quoted(text)));
            let error = sign(&model.folder, None, &common::key()).expect_err("it is hidden").to_string();
            assert!(!error.contains(text), "{field}: {error:?}");
        }
    }
    for change in [
        |manifest: &mut Value| manifest["licence"] = json!("MIT\u{1b}[8m"),
        |manifest: &mut Value| manifest["dataSets"][0]["generator"] = json!("\u{202e}data.py"),
        |manifest: &mut Value| manifest["dataSets"][0]["name"] = json!("\u{1b}]0;x\u{7}"),
        |manifest: &mut Value| manifest["metrics"]["psnr"] = json!([{ "a": "\u{1b}[1A" }]),
        |manifest: &mut Value| manifest["environment"]["\u{1b}[1A"] = json!(1),
    ] {
        let model = Model::signed();
        let mut manifest: Value = serde_json::from_slice(&model.read(MANIFEST)).unwrap();
        change(&mut manifest);
        let bytes = to_canonical(&manifest).unwrap();
        assert!(Manifest::from_bytes(&bytes).is_err());
        model.write(MANIFEST, bytes);
        model.write("\u{1b}[2J.py", "");
        let checks = verify(&model.folder, None).checks;
        assert!(checks[0].outcome.fails(), "{checks:#?}");
        let printed = checks.iter().map(|check| format!("{}{}", check.claim, check.outcome.detail()));
        assert!(!printed.into_iter().any(|text| text.contains(char::is_control)), "{checks:#?}");
    }
}

#[test]
fn figures_that_say_two_things_are_refused() {
    for figures in
        [r#"{"psnr": 31, "psnr": 32}"#, r#"{"recipe": {"rate": 1, "rate": 2}}"#, r#"{"a": [{"b": 1, "b": 1}]}"#]
    {
        let model = Model::unsigned();
        model.write("metrics.json", figures);
        let error = sign(&model.folder, None, &common::key()).expect_err("twice").to_string();
        assert!(error.starts_with("metrics.json: an object has `") && error.contains("` twice"), "{error}");
    }
}

#[test]
fn papers_behind_a_symbolic_link_are_not_read() {
    let (model, other) = (Model::signed(), Model::signed());
    std::fs::remove_dir_all(model.folder.path_of("provenance")).unwrap();
    std::os::unix::fs::symlink(other.folder.path_of("provenance"), model.folder.path_of("provenance")).unwrap();
    let failures = model.failures();
    assert!(failures[0].outcome.detail().ends_with("/toy/provenance: it is a symbolic link"), "{failures:#?}");
    assert!(sign(&model.folder, None, &common::key()).is_err(), "nor are they written through one");

    let model = Model::signed();
    std::os::unix::fs::symlink("/etc", model.folder.path_of(".git")).unwrap();
    assert!(format!("{:?}", model.failures()).contains("no symbolic links"), "an ignored name is no exception");
}
