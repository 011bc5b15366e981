//! docs/threat-model.md names a test for what holds each attacker off, or says that there is none. Those tests exist.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../../../docs/threat-model.md");

/// The links of the document whose text is code, as (name, path): `` [`name`](../path) ``.
fn named() -> Vec<(&'static str, &'static str)> {
    let links = DOCUMENT.split("[`").skip(1).filter_map(|rest| rest.split_once("`](../"));
    links.filter_map(|(name, rest)| Some((name, rest.split_once(')')?.0))).collect()
}

#[test]
fn every_test_that_the_threat_model_names_is_in_the_file_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert!(named().len() > 50, "the document's links are read");
    for (name, path) in named() {
        let file = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let ways = ["fn {}(", "function {}(", "def {}(", "test(\"{}\""].map(|way| way.replace("{}", name));
        assert!(ways.iter().any(|way| file.contains(way)), "{path} has no test called {name}");
    }
}

#[test]
fn every_row_names_a_test_or_says_that_there_is_none() {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| they "));
    let mut count = 0;
    for row in rows {
        count += 1;
        let tests = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
        assert!(tests.contains("`](../") || tests.contains("No test"), "{row}");
    }
    assert!(count > 40, "{count} rows");
}
