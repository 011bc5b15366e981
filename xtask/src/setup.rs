//! What a fresh machine lacks: Rust's WebAssembly targets, npm packages, a browser for the tests.

use std::process::Command;

use crate::step::{Outcome, output, program, run, step, unless_done};

const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// Everything that building and running needs.
pub fn set_up() -> Outcome {
    let installed = output(&mut program("rustup", &["target", "list", "--installed"]))?;
    let missing: Vec<&str> =
        TARGETS.into_iter().filter(|target| !installed.lines().any(|line| line == *target)).collect();
    if !missing.is_empty() {
        step("adding Rust's WebAssembly targets", || run(program("rustup", &["target", "add"]).args(&missing)))?;
    }
    unless_done("node_modules", &["package-lock.json"], || step("installing npm packages", npm_ci))
}

fn npm_ci() -> Outcome {
    run(&mut program("npm", &["ci", "--no-fund", "--no-audit", "--loglevel=error"]))
}

/// Chromium and its driver, which only the tests need.
pub fn browser() -> Outcome {
    let present = |name: &str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if present("chromium") && present("chromedriver") {
        return Ok(());
    }
    step("installing Chromium for the browser tests", || {
        let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver";
        let as_root = output(&mut program("id", &["-u"]))?.trim() == "0";
        let (shell, arguments) = if as_root { ("sh", vec!["-c"]) } else { ("sudo", vec!["-n", "sh", "-c"]) };
        run(program(shell, &arguments)
            .arg(install)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null()))
        .map_err(|reason| format!("{reason}; install `chromium` and `chromedriver` by hand and try again"))
    })
}
