//! `cargo xtask docs`: renders the documentation as a book, with reference pages made of what they are about.

use std::path::PathBuf;
use std::process::Command;

use crate::build;
use crate::place::{build_folder, native_program};
use crate::setup;
use crate::step::{Outcome, cargo, program, run, step};

/// What renders it, pinned.
const MDBOOK: &str = "0.5.4";

/// Builds what the reference pages are made of, renders the book, and prints where it begins.
pub fn docs(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`cargo xtask docs` takes no `{unknown}`, nor anything else"));
    }
    build::build(&["native", "contracts", "renderer"].map(str::to_owned))?;
    println!("{}", render()?.join("index.html").display());
    Ok(())
}

/// Renders the book from what is built already; gives its folder.
pub fn render() -> Result<PathBuf, String> {
    let (mdbook, tools) = (install()?, setup::page_makers()?);
    let staged = tools.join("book");
    step("rendering the documentation", || {
        run(&mut program("node", &["web/scripts/abi.mjs"]))?;
        let mut stage = program("node", &["docs/site/stage.mjs", "--tools"]);
        stage.arg(&tools).arg("--program").arg(native_program("verdigris")).arg("--out").arg(&staged);
        run(&mut stage)?;
        run(program(&mdbook, &["build"]).arg(&staged).env("MDBOOK_LOG", "warn"))
    })?;
    Ok(staged.join("book"))
}

/// Installs mdBook into the build folder, without its server, unless this version is there.
fn install() -> Result<PathBuf, String> {
    let folder = build_folder().join("mdbook");
    let mdbook = folder.join("bin/mdbook");
    let version = Command::new(&mdbook).arg("--version").output();
    if version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim() == format!("mdbook v{MDBOOK}")) {
        return Ok(mdbook);
    }
    step("installing mdBook, which renders the documentation", || {
        let mut install = cargo(&["install", "mdbook", "--quiet", "--locked", "--force", "--version", MDBOOK]);
        install.args(["--no-default-features", "--features=search", "--root"]).arg(&folder);
        // What it is compiled to on the way is of no use to anything else here.
        run(install.env_remove("CARGO_TARGET_DIR"))
    })?;
    Ok(mdbook)
}
