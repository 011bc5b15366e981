//! Every kept input through its target, on any machine and without libFuzzer.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::fs;
use std::path::Path;

use verdigris_fuzz::{TARGETS, run};

#[test]
fn every_kept_input_passes() {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(inputs.len() >= 2, "{} holds too little", folder.display());
        for input in inputs {
            println!("{}", input.display());
            run(target, &fs::read(input).unwrap());
        }
    }
}
