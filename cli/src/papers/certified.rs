//! The ONNX file against the canonical form: certified again, byte for byte.

use std::path::Path;
use std::process::Command;

use verdigris_provenance::{MAX_MODEL, Outcome, read_bounded};

use crate::commands::certify;
use crate::error::CliError;

/// Certifies an ONNX file again and compares what comes out with a canonical form.
pub fn check(onnx: &Path, form: &[u8]) -> Result<Outcome, CliError> {
    // A folder of its own, in which nobody else can have put anything.
    let place = tempfile::tempdir().map_err(CliError::file(std::env::temp_dir()))?;
    let output = place.path().join("certified.vdgn");
    let program = certify::program()?;
    let run =
        Command::new(&program).arg(onnx).arg("--output").arg(&output).output().map_err(CliError::file(program))?;
    if !run.status.success() {
        return Ok(Outcome::Fails(String::from_utf8_lossy(&run.stderr).trim().to_owned()));
    }
    let made = read_bounded(&output, MAX_MODEL)?;
    Ok(match made.iter().zip(form).position(|(one, other)| one != other) {
        None if made.len() == form.len() => Outcome::Holds(format!("{} bytes", form.len())),
        None => Outcome::Fails(format!("it has {} bytes, certified are {}", form.len(), made.len())),
        Some(at) => Outcome::Fails(format!("it differs from byte {at} on")),
    })
}
