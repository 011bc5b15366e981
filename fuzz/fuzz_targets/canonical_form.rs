//! The canonical form of an exact network, and what runs it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::canonical_form(data));
