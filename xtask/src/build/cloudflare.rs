//! The functions as Cloudflare Workers, at the paths that their `wrangler.toml` name.

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

/// Rust's own library is built along, for size, and a panic stops the module without a text of its own: together a tenth
/// of the Worker. Stable Rust has neither; but the toolchain is pinned, which makes both as stable as it is.
const SMALL: [&str; 2] = ["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"];
/// Beside those in `.cargo/config.toml`, which cargo adds.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Builds the modules, the glue to load them and the ways in. All that this needs comes from package registries.
pub fn cloudflare() -> Outcome {
    step("building the functions as Cloudflare Workers", || {
        run(&mut cargo(&["build", "--quiet", "--package=verdigris-bindgen"]))?;
        build(&FUNCTIONS)?;
        build(&ONNX)
    })
}

fn build(worker: &Worker) -> Outcome {
    let mut build = cargo(&["build", "--profile=worker", "--target=wasm32-unknown-unknown", "--package"]);
    build.arg(worker.package).args(SMALL);
    run(build.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS))?;
    let module = format!("wasm32-unknown-unknown/worker/{}.wasm", worker.package.replace('-', "_"));
    let parts = build_folder().join("worker-parts").join(worker.package);
    let mut bindgen = program(native_program("verdigris-bindgen"), &[]);
    run(bindgen.arg(build_folder().join(module)).arg(&parts).args(["functions", "--target", "worker"]))?;
    place_copy(&root().join("functions/edge/module.mjs"), &parts.join("module.mjs"))?;
    place_copy(&root().join(worker.folder).join("worker.mjs"), &parts.join("worker.mjs"))?;
    let (made, config) = (root().join(worker.made), root().join("functions/edge/vite.config.mjs"));
    let mut vite = program(root().join("node_modules/.bin/vite"), &["build", "--logLevel=warn"]);
    run(vite.arg(&parts).arg("--config").arg(config).arg("--outDir").arg(&made))?;
    place_copy(&parts.join("functions_bg.wasm"), &made.join("functions_bg.wasm"))
}
