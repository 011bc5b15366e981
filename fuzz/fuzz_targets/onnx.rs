//! The ONNX importer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdigris_fuzz::onnx(data));
