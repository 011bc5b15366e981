//! Papers made by somebody who wants to break the reader: every outcome is a check that fails, never a panic.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod common;

use common::Model;
use proptest::prelude::*;
use serde_json::{Value, json};
use verdigris_provenance::{Bundle, MANIFEST, MODEL_BUNDLE, Manifest, TRAINING_BUNDLE};

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
