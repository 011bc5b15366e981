//! What a fresh machine lacks: Rust's WebAssembly targets, npm packages, a browser, a GPU and peers for the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{build_folder, root};
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
    // rust-toolchain.toml names it, but a toolchain that is there already may lack it.
    let components = output(&mut program("rustup", &["component", "list", "--installed"]))?;
    if !components.lines().any(|line| line.starts_with("rust-src")) {
        step("adding Rust's own library, as source", || {
            run(&mut program("rustup", &["component", "add", "rust-src"]))
        })?;
    }
    unless_done("node_modules", &["package-lock.json"], || step("installing npm packages", || npm_ci(&root())))
}

/// Installs what a folder's lock file names, in the place of what is there.
fn npm_ci(folder: &Path) -> Outcome {
    let modules = folder.join("node_modules");
    if modules.is_symlink() {
        return Err(format!(
            "{} is a symbolic link, and `npm ci` would empty the folder that it leads to: remove the link and try again",
            modules.display()
        ));
    }
    run(program("npm", &["ci", "--no-fund", "--no-audit", "--loglevel=error"]).current_dir(folder))
}

/// Other people's nodes, services and libraries, which the tests talk to.
pub fn peers() -> Result<PathBuf, String> {
    packages("tests/peers", "peers", "installing peers for the tests")
}

/// What makes the documentation's reference pages.
pub fn page_makers() -> Result<PathBuf, String> {
    packages("docs/site", "docs", "installing what makes the reference pages")
}

/// Installs what a folder's lock file names into the build folder, once for each lock file, and gives where it is: packages
/// that are of no use to anything else don't lie in the checkout.
fn packages(named: &str, name: &str, title: &str) -> Result<PathBuf, String> {
    let (from, folder) = (root().join(named), build_folder().join(name));
    let stamp = folder.join("installed.json");
    let say = |error: std::io::Error| format!("{named} → {}: {error}", folder.display());
    let wanted = fs::read(from.join("package-lock.json")).map_err(say)?;
    if fs::read(&stamp).is_ok_and(|before| before == wanted) {
        return Ok(folder);
    }
    step(title, || {
        fs::create_dir_all(&folder).map_err(say)?;
        for (from, name) in [(&from, "package.json"), (&from, "package-lock.json"), (&root(), ".npmrc")] {
            fs::copy(from.join(name), folder.join(name)).map_err(say)?;
        }
        npm_ci(&folder)
    })?;
    fs::write(&stamp, wanted).map_err(say)?;
    Ok(folder)
}

/// Chromium and its driver, which only the tests need.
pub fn browser() -> Outcome {
    let present = |name: &str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if present("chromium") && present("chromedriver") {
        return Ok(());
    }
    debian("installing Chromium for the browser tests", &["chromium", "chromium-driver"])
}

/// A device that runs compute shaders, and be it this machine's CPU (Mesa's lavapipe).
pub fn gpu() -> Outcome {
    let loader = output(&mut program("/sbin/ldconfig", &["-p"])).is_ok_and(|known| known.contains("libvulkan.so.1"));
    let drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let has_files = |folder: &str| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if loader && drivers.into_iter().any(has_files) {
        return Ok(());
    }
    debian("installing a Vulkan driver for the GPU worker's tests", &["libvulkan1", "mesa-vulkan-drivers"])
}

/// Installs packages of Debian's.
fn debian(title: &str, packages: &[&str]) -> Outcome {
    step(title, || {
        let names = packages.join(" ");
        let install = format!("apt-get update -qq && apt-get install -y -qq --no-install-recommends {names}");
        let as_root = output(&mut program("id", &["-u"]))?.trim() == "0";
        let (shell, arguments) = if as_root { ("sh", vec!["-c"]) } else { ("sudo", vec!["-n", "sh", "-c"]) };
        run(program(shell, &arguments)
            .arg(install)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null()))
        .map_err(|reason| format!("{reason}; install {names} by hand and try again"))
    })
}

#[cfg(test)]
mod tests {
    use super::npm_ci;
    use std::fs;

    #[cfg(unix)]
    #[test]
    fn packages_are_not_installed_through_a_link_which_would_empty_what_it_leads_to() {
        let folder = std::env::temp_dir().join(format!("verdigris-xtask-{}", std::process::id()));
        let elsewhere = folder.join("elsewhere");
        fs::create_dir_all(&elsewhere).expect("a folder");
        fs::write(elsewhere.join("kept"), "").expect("a file");
        std::os::unix::fs::symlink(&elsewhere, folder.join("node_modules")).expect("a link");
        let refused = npm_ci(&folder);
        let kept = elsewhere.join("kept").exists();
        fs::remove_dir_all(&folder).expect("removed");
        assert!(refused.is_err_and(|reason| reason.contains("node_modules is a symbolic link")));
        assert!(kept);
    }
}
