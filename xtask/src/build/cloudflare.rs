//! The functions as one Cloudflare Worker, at the path that `wrangler.toml` names.

use super::place_copy;
use crate::place::{build_folder, native_program, root};
use crate::step::{Outcome, cargo, program, run, step};

/// Where wrangler finds the Worker.
const MADE: &str = "target/cloudflare";

/// Rust's own library is built along, for size, and a panic stops the module without a text of its own: together a tenth
/// of the Worker. Stable Rust has neither; but the toolchain is pinned, which makes both as stable as it is.
const SMALL: [&str; 2] = ["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"];
/// Beside those in `.cargo/config.toml`, which cargo adds.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Builds the module, the glue to load it and the way in. All that this needs comes from package registries.
pub fn cloudflare() -> Outcome {
    step("building the functions as a Cloudflare Worker", || {
        run(&mut cargo(&["build", "--quiet", "--package=verdigris-bindgen"]))?;
        let mut worker =
            cargo(&["build", "--profile=worker", "--target=wasm32-unknown-unknown", "--package=verdigris-edge"]);
        worker.args(SMALL).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS);
        run(&mut worker)?;
        let module = build_folder().join("wasm32-unknown-unknown/worker/verdigris_edge.wasm");
        let parts = build_folder().join("cloudflare-parts");
        let mut bindgen = program(native_program("verdigris-bindgen"), &[]);
        run(bindgen.arg(&module).arg(&parts).args(["functions", "--target", "worker"]))?;
        place_copy(&root().join("functions/edge/worker.mjs"), &parts.join("worker.mjs"))?;
        let (made, config) = (root().join(MADE), root().join("functions/edge/vite.config.mjs"));
        let mut vite = program(root().join("node_modules/.bin/vite"), &["build", "--logLevel=warn"]);
        run(vite.arg(&parts).arg("--config").arg(config).arg("--outDir").arg(&made))?;
        place_copy(&parts.join("functions_bg.wasm"), &made.join("functions_bg.wasm"))
    })
}
