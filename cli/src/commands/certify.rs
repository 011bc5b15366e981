//! `verdigris certify`: hands on to the program that reads ONNX. That one is apart because its reader takes long to
//! compile, and nothing else needs it; in a checkout it is built when it is first asked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::error::CliError;

/// The program's name, beside this one.
const PROGRAM: &str = "verdigris-certify";

/// Checks an ONNX file against the exact-network profile, and proves its ranges.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Certify {
    /// What `verdigris certify --help` lists
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Certify {
    /// Runs the program, and ends as it ends.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let program = program()?;
        let status = Command::new(&program).args(self.arguments).status().map_err(CliError::file(program))?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Where the program is; it is built if it has to be.
pub fn program() -> Result<PathBuf, CliError> {
    let program = std::env::current_exe().map_err(CliError::file(PROGRAM))?.with_file_name(PROGRAM);
    if !program.exists() {
        build(&program)?;
    }
    Ok(program)
}

/// Builds the program where this one was built.
fn build(program: &Path) -> Result<(), CliError> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
    let target = program.ancestors().nth(2).filter(|_| manifest.exists());
    let missing = || CliError::Argument(format!("{} is missing: it is installed with `verdigris`", program.display()));
    let target = target.ok_or_else(missing)?;
    eprintln!("building {PROGRAM}, the reader of ONNX files: once, for a minute or two …");
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--package", PROGRAM])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(target)
        .status()
        .map_err(CliError::file("cargo"))?;
    if status.success() { Ok(()) } else { Err(missing()) }
}
