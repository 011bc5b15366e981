//! `cargo xtask up`: from a fresh clone to a running system.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::build;
use crate::place::{native_program, root};
use crate::setup::set_up;
use crate::step::Outcome;

/// Sets up, builds, and becomes `verdigris up`, so that Ctrl-C reaches it straight away.
pub fn up(flags: &[String]) -> Outcome {
    set_up()?;
    build::all()?;
    let error = stack(flags).exec();
    Err(format!("{}: {error}", native_program("verdigris").display()))
}

/// `verdigris up` with these flags, in the checkout.
pub fn stack(flags: &[String]) -> Command {
    let mut command = Command::new(native_program("verdigris"));
    command.current_dir(root()).arg("up").arg("--root").arg(root()).args(flags);
    command.env("VERDIGRIS_HOST", native_program("verdigris-host"));
    command
}
