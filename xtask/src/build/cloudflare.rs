//! The functions as Cloudflare Workers, at the paths that their `wrangler.toml` name.

use std::fs;

use super::place_copy;
use crate::place::{build_folder, native_program, root};
use crate::step::{Outcome, cargo, program, run, step};

/// A Worker: its package, where its way in lies, and where wrangler finds it.
struct Worker {
    package: &'static str,
    folder: &'static str,
    made: &'static str,
}

const FUNCTIONS: Worker = Worker { package: "verdigris-edge", folder: "functions/edge", made: "target/cloudflare" };
const ONNX: Worker =
    Worker { package: "verdigris-onnx-edge", folder: "functions/onnx/edge", made: "target/cloudflare-onnx" };

/// Builds the modules, the glue to load them and the ways in. All that this needs comes from package registries.
pub fn cloudflare() -> Outcome {
    step("building the functions as Cloudflare Workers", || {
        run(&mut cargo(&["build", "--quiet", "--package=verdigris-bindgen"]))?;
        build(&FUNCTIONS)?;
        build(&ONNX)
    })
}

fn build(worker: &Worker) -> Outcome {
    let package = format!("--package={}", worker.package);
    run(&mut cargo(&["build", "--profile=worker", "--target=wasm32-unknown-unknown", &package]))?;
    let out = root().join(worker.made);
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let file = format!("wasm32-unknown-unknown/worker/{}.wasm", worker.package.replace('-', "_"));
    let mut bindgen = program(native_program("verdigris-bindgen"), &[]);
    run(bindgen.arg(build_folder().join(file)).arg(&out).args(["functions", "--target", "worker"]))?;
    place_copy(&root().join("functions/edge/module.mjs"), &out.join("module.mjs"))?;
    place_copy(&root().join(worker.folder).join("worker.mjs"), &out.join("worker.mjs"))
}
