//! The functions as one Cloudflare Worker, at the path that `wrangler.toml` names.

use std::fs;

use super::place_copy;
use crate::place::{build_folder, native_program, root};
use crate::step::{Outcome, cargo, program, run, step};

/// Where wrangler finds the Worker.
const MADE: &str = "target/cloudflare";

/// Builds the module, the glue to load it and the way in. All that this needs comes from package registries.
pub fn cloudflare() -> Outcome {
    step("building the functions as a Cloudflare Worker", || {
        run(&mut cargo(&["build", "--quiet", "--package=verdigris-bindgen"]))?;
        run(&mut cargo(&["build", "--profile=worker", "--target=wasm32-unknown-unknown", "--package=verdigris-edge"]))?;
        let out = root().join(MADE);
        fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        let module = build_folder().join("wasm32-unknown-unknown/worker/verdigris_edge.wasm");
        let mut bindgen = program(native_program("verdigris-bindgen"), &[]);
        run(bindgen.arg(&module).arg(&out).args(["functions", "--target", "worker"]))?;
        place_copy(&root().join("functions/edge/worker.mjs"), &out.join("worker.mjs"))
    })
}
