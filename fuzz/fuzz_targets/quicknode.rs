//! Webhooks of the provider quicknode.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::provider("quicknode", data));
