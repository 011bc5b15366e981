//! Webhooks of the provider goldsky.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::provider("goldsky", data));
