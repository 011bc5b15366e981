//! `cargo xtask test`: every test of the repository.

use crate::build::{self, COMPONENTS};
use crate::chaos;
use crate::docs;
use crate::place::{build_folder, native_program, root};
use crate::python::{self, GPU_CLIENTS};
use crate::setup::{self, browser, gpu, set_up};
use crate::slither;
use crate::step::{Outcome, cargo, program, run, step};

/// A part of the tests, by its name.
type Part = (&'static str, fn() -> Outcome);

const PARTS: [Part; 11] = [
    ("lint", lint),
    ("contracts", contracts),
    ("rust", rust),
    ("wasm", wasm),
    ("web", web),
    ("docs", documentation),
    ("edge", edge),
    ("peers", peers),
    ("gpu", gpu_worker),
    ("e2e", end_to_end),
    ("chaos", all_at_once),
];

/// What is tested by itself. Named one by one: `--workspace --exclude …` would choose other features for what these
/// share, and compile it all again.
const NATIVE: [&str; 13] = [
    "verdigris-model",
    "verdigris-certify",
    "verdigris-core",
    "verdigris-onnx",
    "verdigris-gpu-worker",
    "verdigris-host",
    "verdigris-engine",
    "verdigris-provenance",
    "verdigris-cli",
    "verdigris-bindgen",
    "verdigris-fuzz",
    "wasm-test-runner",
    "xtask",
];

/// Runs the named parts, or all of them, cheapest first.
pub fn test(parts: &[String]) -> Outcome {
    if let Some(unknown) = parts.iter().find(|part| !PARTS.iter().any(|(name, _)| name == part)) {
        let known = PARTS.map(|(name, _)| name).join(" ");
        return Err(format!("no part of the tests is called `{unknown}`: {known}"));
    }
    set_up()?;
    browser()?;
    gpu()?;
    build::native()?;
    build::all()?;
    for (name, run) in PARTS {
        if parts.is_empty() || parts.iter().any(|part| part == name) {
            run()?;
        }
    }
    eprintln!("✓ everything that was asked for has passed");
    Ok(())
}

fn lint() -> Outcome {
    step("format and lints: Rust", || {
        run(&mut cargo(&["fmt", "--all", "--check"]))?;
        run(&mut cargo(&["clippy", "--quiet", "--all-targets", "--package=xtask", "--", "--deny=warnings"]))?;
        run(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "--deny=warnings"]))?;
        let mut components = cargo(&["clippy", "--quiet", "--release", "--target=wasm32-wasip2"]);
        run(components
            .args(COMPONENTS.map(|name| format!("--package=verdigris-{name}")))
            .args(["--", "--deny=warnings"]))?;
        run(&mut cargo(&[
            "clippy",
            "--quiet",
            "--profile=browser",
            "--target=wasm32-unknown-unknown",
            "--package=verdigris-renderer",
            "--",
            "--deny=warnings",
        ]))?;
        run(&mut cargo(&[
            "clippy",
            "--quiet",
            "--profile=worker",
            "--target=wasm32-unknown-unknown",
            "--package=verdigris-edge",
            "--package=verdigris-onnx-edge",
            "--package=verdigris-remote-edge",
            "--",
            "--deny=warnings",
        ]))
    })?;
    step("format and lints: contracts and web", || {
        run(&mut build::forge(&["fmt", "--check"]))?;
        // A profile of its own: forge's linter writes artefacts without code.
        run(build::forge(&["lint"]).env("FOUNDRY_PROFILE", "lint"))?;
        run(&mut program("npm", &["run", "--silent", "lint"]))?;
        run(&mut program("npm", &["run", "--silent", "check"]))
    })
}

fn contracts() -> Outcome {
    build::vectors()?;
    step("tests: contracts", || run(build::forge(&["test"]).env("FOUNDRY_PROFILE", "ci")))?;
    step("static analysis: contracts", slither::slither)
}

fn rust() -> Outcome {
    step("tests: Rust", || {
        let packages = NATIVE.map(|name| format!("--package={name}"));
        run(cargo(&["test", "--quiet"]).args(packages))
    })?;
    step("tests: ONNX Runtime gives the same bytes", || {
        let files = root().join(".verdigris/cross-check");
        run(program(build_folder().join("debug/examples/cross_check"), &[]).arg(&files))?;
        run(program("node", &["wasm-model/certify/tests/ort.mjs"]).arg(&files))
    })
}

/// The renderer's tests, in Node and in headless Chromium.
fn wasm() -> Outcome {
    let runner = native_program("wasm-test-runner");
    let tests = || {
        let mut tests =
            cargo(&["test", "--profile=browser", "--target=wasm32-unknown-unknown", "--package=verdigris-renderer"]);
        tests.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner);
        tests
    };
    step("tests: renderer in Node", || run(tests().env("WASM_BINDGEN_USE_NODE_EXPERIMENTAL", "1")))?;
    step("tests: renderer in Chromium", || run(tests().env("WASM_BINDGEN_USE_BROWSER", "1")))
}

fn web() -> Outcome {
    step("tests: page", || run(&mut program("npm", &["run", "--silent", "test"])))
}

/// The documentation: it can be rendered, its links lead somewhere, its samples are right.
fn documentation() -> Outcome {
    let (book, tools) = (docs::render()?, setup::page_makers()?);
    step("tests: documentation", || {
        let mut tests = program("npm", &["run", "--silent", "test:docs"]);
        tests.env("VERDIGRIS_BOOK", &book).env("VERDIGRIS_DOCS_TOOLS", &tools);
        run(tests.env("VERDIGRIS_PROGRAM", native_program("verdigris")))
    })
}

/// The Worker in workerd, the runtime that Cloudflare runs it in, beside the host.
fn edge() -> Outcome {
    build::cloudflare()?;
    step("tests: Cloudflare Worker", || {
        run(&mut cargo(&["test", "--quiet", "--package=verdigris-edge", "--lib"]))?;
        run(&mut program("npm", &["run", "--silent", "test:edge"]))
    })
}

/// Pinning, lookups and oracle scripts, with what other people wrote.
fn peers() -> Outcome {
    let folder = setup::peers()?;
    step("tests: with other people's nodes and libraries", || {
        let files = root().join(".verdigris/addresses");
        run(cargo(&["run", "--quiet", "--package=verdigris-core", "--example=addresses", "--"]).arg(&files))?;
        run(program("npm", &["run", "--silent", "test:peers"]).env("VERDIGRIS_PEERS", folder))
    })
}

/// The GPU worker, with NVIDIA's client for Triton, ONNX Runtime and the public library for Standard Webhooks.
fn gpu_worker() -> Outcome {
    let environment = python::environment(GPU_CLIENTS.0, GPU_CLIENTS.1)?;
    step("tests: the GPU worker with other people's clients", || {
        run(program(
            environment.join("bin/python"),
            &["-W", "error", "-m", "unittest", "discover", "--start-directory"],
        )
        .arg(root().join("functions/gpu-worker/tests/clients"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("VERDIGRIS_CERTIFY", native_program("verdigris-certify"))
        .env("VERDIGRIS_GPU_WORKER", native_program("verdigris-gpu-worker")))
    })
}

/// The whole system at once: real chain, real host, real Worker, real browser.
fn end_to_end() -> Outcome {
    build::cloudflare()?;
    step("tests: end to end", || {
        let tests = [
            "bad_input",
            "bytes",
            "crash",
            "effects",
            "levels",
            "life",
            "onnx",
            "page",
            "provenance",
            "providers",
            "reorg",
            "sdk",
            "store",
            "workers",
        ]
        .map(|name| format!("--test={name}"));
        run(cargo(&["test"]).args(tests).args(["--", "--test-threads=1"]))
    })
}

/// On each platform, 50 mints while all that can fail does; and fewer on a chain that keeps every block, where no
/// transaction may fail.
fn all_at_once() -> Outcome {
    build::cloudflare()?;
    step("tests: the fault suite itself", || {
        run(&mut cargo(&["test", "--quiet", "--package=verdigris-tests", "--lib"]))
    })?;
    chaos::suite(&[])?;
    chaos::suite(&["--mints", "20", "--deepest-reorg", "0"].map(str::to_owned))
}
