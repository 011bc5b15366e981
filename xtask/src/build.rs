//! Builds the pieces, each in the way that its platform wants.

mod cloudflare;

pub use cloudflare::cloudflare;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{build_folder, foundry_program, native_program, root};
use crate::setup::set_up;
use crate::step::{Outcome, cargo, program, run, step, unless_done};

/// The Spin components, by the end of their package's name.
pub const COMPONENTS: [&str; 7] = ["intake", "dispatch", "onnx-spin", "remote", "pin", "callback", "sweep"];

/// The native programs that a running system needs. Their dependencies have the same features in this selection as in a
/// plain `cargo build`; were it otherwise, cargo would compile them twice.
const RUNNING: [&str; 3] = ["verdigris-cli", "verdigris-host", "verdigris-bindgen"];

/// Builds the named parts, or all. A part may stand behind `--target`, too.
pub fn build(arguments: &[String]) -> Outcome {
    set_up()?;
    let parts: Vec<&str> = named(arguments).collect();
    if parts.is_empty() {
        return all();
    }
    for part in parts {
        match part {
            "native" => native()?,
            "components" => components()?,
            "renderer" => renderer()?,
            "contracts" => contracts()?,
            "web" => web()?,
            "cloudflare" => cloudflare()?,
            _ => {
                let parts = "native components renderer contracts web cloudflare";
                return Err(format!("nothing to build is called `{part}`: {parts}"));
            }
        }
    }
    Ok(())
}

fn named(arguments: &[String]) -> impl Iterator<Item = &str> {
    let parts = arguments.iter().map(|argument| argument.strip_prefix("--target=").unwrap_or(argument));
    parts.filter(|part| *part != "--target")
}

/// Builds everything that a running system needs, and nothing else: a first build has to be quick.
pub fn all() -> Outcome {
    step("building the host and the command line", || {
        run(cargo(&["build"]).args(RUNNING.map(|name| format!("--package={name}"))))
    })?;
    components()?;
    contracts()?;
    renderer()?;
    web()
}

/// All native programs: also the reader of ONNX files and the tests' tools.
pub fn native() -> Outcome {
    step("building the native programs", || run(&mut cargo(&["build"])))
}

/// The functions, as Spin components, at the paths that `spin.toml` names.
fn components() -> Outcome {
    step("building the functions as Spin components", || {
        let mut build = cargo(&["build", "--profile=component", "--target=wasm32-wasip2"]);
        run(build.args(COMPONENTS.map(|name| format!("--package=verdigris-{name}"))))?;
        let (made, named) = ("wasm32-wasip2/component", root().join("target/wasm32-wasip2/component"));
        for name in COMPONENTS {
            let file = format!("verdigris_{}.wasm", name.replace('-', "_"));
            place_copy(&build_folder().join(made).join(&file), &named.join(&file))?;
        }
        Ok(())
    })
}

/// Copies a file unless the copy is there already, or is the same file.
fn place_copy(from: &Path, to: &Path) -> Outcome {
    let say = |error: std::io::Error| format!("{} → {}: {error}", from.display(), to.display());
    if fs::canonicalize(from).map_err(say)? == fs::canonicalize(to).unwrap_or_default() {
        return Ok(());
    }
    let contents = fs::read(from).map_err(say)?;
    if fs::read(to).is_ok_and(|before| before == contents) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to)).and_then(|()| fs::write(to, contents)).map_err(say)
}

/// The contracts, by forge; artefacts land in `contracts/out`.
fn contracts() -> Outcome {
    step("compiling the contracts", || run(&mut forge(&["build", "--quiet", "--skip", "test"])))
}

/// What the contracts' tests compare with: networks, pixels and malformed forms, with the reference's answers.
pub fn vectors() -> Outcome {
    let inputs = ["wasm-model/src", "wasm-model/examples"];
    unless_done("contracts/test/vectors/networks.bin", &inputs, || {
        step("making the vectors of the contracts' tests", || {
            run(&mut cargo(&["run", "--quiet", "--package=verdigris-model", "--example=evm_vectors"]))
        })
    })
}

/// forge, in the contracts' folder.
pub fn forge(arguments: &[&str]) -> Command {
    let mut forge = program(foundry_program("forge"), arguments);
    forge.current_dir(root().join("contracts"));
    forge
}

/// The renderer that a browser downloads, with its JavaScript face.
fn renderer() -> Outcome {
    step("building the renderer for browsers", || {
        run(&mut cargo(&[
            "build",
            "--profile=browser",
            "--target=wasm32-unknown-unknown",
            "--package=verdigris-renderer",
        ]))?;
        let module = renderer_module();
        unless_done("web/sdk/src/generated/renderer", &[&module.to_string_lossy()], || {
            let out = root().join("web/sdk/src/generated/renderer");
            run(program(native_program("verdigris-bindgen"), &[]).arg(&module).arg(out).arg("renderer"))
        })
    })
}

/// The renderer as cargo leaves it.
fn renderer_module() -> PathBuf {
    build_folder().join("wasm32-unknown-unknown/browser/verdigris_renderer.wasm")
}

/// The page, the web component and the head of the tokens' own pages, bundled into `dist` in `web`, `web/component` and
/// `web/animation`.
fn web() -> Outcome {
    step("bundling the page", || {
        run(&mut program("node", &["web/scripts/abi.mjs"]))?;
        let component = ["web/component/src", "web/component/package.json", "web/component/vite.config.ts"];
        let page = ["web/src", "web/sdk/src", "web/index.html", "web/vite.config.ts", "package-lock.json"];
        let animation = [
            "web/animation/src",
            "web/animation/head.html",
            "web/animation/vite.config.ts",
            "web/sdk/src/generated/renderer",
        ];
        let inputs = [&component[..], &page[..], &animation[..]].concat();
        unless_done("web/dist", &inputs, || run(&mut program("npm", &["run", "--silent", "build"])))
    })
}

#[cfg(test)]
mod tests {
    use super::{forge, named};

    #[test]
    fn a_part_is_named_with_and_without_the_word_target() {
        for arguments in [&["cloudflare"][..], &["--target", "cloudflare"], &["--target=cloudflare"]] {
            let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
            assert_eq!(named(&arguments).collect::<Vec<_>>(), ["cloudflare"]);
        }
    }

    #[test]
    fn forge_is_seen_to_fail() {
        assert!(forge(&["--version"]).status().expect("forge starts").success());
        assert!(!forge(&["no-such-command"]).status().expect("forge starts").success());
    }
}
