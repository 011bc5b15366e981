//! The renderer in a headless browser (`CHROMEDRIVER` names the driver).
#![cfg(target_arch = "wasm32")]

mod shared;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
