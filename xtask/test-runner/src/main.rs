//! Runs the tests of a wasm test binary in Node or in a headless browser, as cargo's `runner` for wasm targets.
//!
//! In a browser if the test says `run_in_browser`; `CHROMEDRIVER` names the driver.

fn main() -> std::process::ExitCode {
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
