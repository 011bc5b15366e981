//! Webhooks of the provider tenderly.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::provider("tenderly", data));
