//! Makes a wasm module usable from JavaScript: writes the module and the glue that loads it.
//!
//! `verdigris-bindgen INPUT.wasm OUT_DIR OUT_NAME [--target web|nodejs]`

use std::path::PathBuf;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: verdigris-bindgen INPUT.wasm OUT_DIR OUT_NAME [--target web|nodejs]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let (input, out_dir, name, target) = match arguments {
        [input, out_dir, name] => (input, out_dir, name, "web"),
        [input, out_dir, name, flag, target] if flag == "--target" => (input, out_dir, name, target.as_str()),
        _ => return Err(USAGE.to_owned()),
    };
    let input = PathBuf::from(input);
    if !input.is_file() {
        return Err(format!("{} is no file; build the wasm module first", input.display()));
    }
    let mut bindgen = Bindgen::new();
    let ready = match target {
        "web" => bindgen.web(true),
        "nodejs" => bindgen.nodejs(true),
        other => return Err(format!("target {other} is unknown; {USAGE}")),
    };
    ready
        .map(|bindgen| bindgen.input_path(&input).out_name(name).typescript(true).remove_name_section(true))
        .map(|bindgen| bindgen.remove_producers_section(true))
        .and_then(|bindgen| bindgen.generate(out_dir))
        .map_err(|error| format!("{}: {error:#}", input.display()))
}
