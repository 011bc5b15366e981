//! Makes a wasm module usable from JavaScript: writes the module and the glue that loads it.
//!
//! `verdigris-bindgen INPUT.wasm OUT_DIR OUT_NAME [--target web|nodejs|worker]`

mod names;
mod order;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: verdigris-bindgen INPUT.wasm OUT_DIR OUT_NAME [--target web|nodejs|worker]";

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
        // A Worker's module is compiled by whoever loads it. After a panic it is started anew.
        "worker" => bindgen.module(true).map(|bindgen| bindgen.reset_state_function(true)),
        other => return Err(format!("target {other} is unknown; {USAGE}")),
    };
    ready
        .map(|bindgen| bindgen.force_enable_abort_handler(target == "worker"))
        .map(|bindgen| bindgen.input_path(&input).out_name(name).typescript(true).remove_name_section(true))
        .map(|bindgen| bindgen.remove_producers_section(true))
        .and_then(|bindgen| bindgen.generate(out_dir))
        .map_err(|error| format!("{}: {error:#}", input.display()))?;
    if target != "worker" {
        return Ok(());
    }
    let path = |ending: &str| Path::new(out_dir).join(format!("{name}{ending}"));
    shrink(&path("_bg.wasm"), &path(".js")).map_err(|error| format!("{out_dir}: {error}"))
}

/// Makes a Worker of the module and its glue, and both as small as can be.
fn shrink(module: &Path, glue: &Path) -> Result<(), String> {
    let say = |error: io::Error| error.to_string();
    let (long, text) = (fs::read(module).map_err(say)?, fs::read_to_string(glue).map_err(say)?);
    let (short, text) = names::shortened(&long, &text)?;
    fs::write(module, order::alike_together(&short)?).map_err(say)?;
    fs::write(glue, import_compiled(&text)).map_err(say)
}

/// Writes the import of the module as Workers know it: what is imported from a `.wasm` file is compiled anyway, without
/// the word that a proposal has for it.
fn import_compiled(glue: &str) -> String {
    glue.replacen("import source ", "import ", 1)
}
