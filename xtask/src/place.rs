//! Where things lie: the checkout, the build folder, the tools that npm installed.

use std::fs;
use std::path::PathBuf;

/// The checkout's top folder: that which `cargo xtask` runs in, even if this program was built in another checkout that
/// shares its target folder.
pub fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_path_buf()
}

/// Where cargo puts what it builds: `CARGO_TARGET_DIR`, or `target` in the checkout.
pub fn build_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A program of Foundry's that npm installed: itself, and not the script of its name in `node_modules/.bin`, which ends
/// with success whatever becomes of the program.
pub fn foundry_program(name: &str) -> PathBuf {
    let packages = fs::read_dir(root().join("node_modules/@foundry-rs")).into_iter().flatten().flatten();
    let installed = packages.map(|package| package.path().join("bin").join(name)).find(|path| path.is_file());
    installed.unwrap_or_else(|| name.into())
}

/// A native program of this workspace.
pub fn native_program(name: &str) -> PathBuf {
    build_folder().join("debug").join(name)
}
