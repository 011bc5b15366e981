//! Webhooks of the provider alchemy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::provider("alchemy", data));
