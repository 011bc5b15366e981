//! Archives of content, and the tree that they hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::car(data));
