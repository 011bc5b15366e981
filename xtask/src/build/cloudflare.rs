//! The functions as Cloudflare Workers, at the paths that their `wrangler.toml` name.

use std::path::Path;

use super::place_copy;
use crate::place::{build_folder, native_program, root};
use crate::step::{Outcome, cargo, program, run, step, unless_done};

/// A Worker: its package, where its way in lies, and where wrangler finds it.
struct Worker {
    package: &'static str,
    folder: &'static str,
    made: &'static str,
}

const FUNCTIONS: Worker = Worker { package: "verdigris-edge", folder: "functions/edge", made: "target/cloudflare" };
const ONNX: Worker =
    Worker { package: "verdigris-onnx-edge", folder: "functions/onnx/edge", made: "target/cloudflare-onnx" };
const REMOTE: Worker =
    Worker { package: "verdigris-remote-edge", folder: "functions/remote/edge", made: "target/cloudflare-remote" };

/// How the scripts are bundled.
const CONFIG: &str = "functions/edge/vite.config.mjs";

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
        build(&ONNX)?;
        build(&REMOTE)
    })
}

fn build(worker: &Worker) -> Outcome {
    let mut build = cargo(&["build", "--profile=worker", "--target=wasm32-unknown-unknown", "--package"]);
    build.arg(worker.package).args(SMALL);
    run(build.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS))?;
    let module = format!("wasm32-unknown-unknown/worker/{}.wasm", worker.package.replace('-', "_"));
    let (module, bindgen) = (build_folder().join(module), native_program("verdigris-bindgen"));
    let way_in = format!("{}/worker.mjs", worker.folder);
    let made_of =
        [&*module.to_string_lossy(), &*bindgen.to_string_lossy(), &way_in, "functions/edge/module.mjs", CONFIG];
    unless_done(worker.made, &made_of, || bundle(worker, &module, &bindgen))
}

/// The glue and the way in as one script, beside the module.
fn bundle(worker: &Worker, module: &Path, bindgen: &Path) -> Outcome {
    let parts = build_folder().join("worker-parts").join(worker.package);
    run(program(bindgen, &[]).arg(module).arg(&parts).args(["functions", "--target", "worker"]))?;
    place_copy(&root().join("functions/edge/module.mjs"), &parts.join("module.mjs"))?;
    place_copy(&root().join(worker.folder).join("worker.mjs"), &parts.join("worker.mjs"))?;
    let made = root().join(worker.made);
    let mut vite = program(root().join("node_modules/.bin/vite"), &["build", "--logLevel=warn"]);
    run(vite.arg(&parts).arg("--config").arg(root().join(CONFIG)).arg("--outDir").arg(&made))?;
    place_copy(&parts.join("functions_bg.wasm"), &made.join("functions_bg.wasm"))
}
