//! Webhooks of the provider moralis.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::provider("moralis", data));
