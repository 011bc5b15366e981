//! `cargo xtask chaos`: everything fails at once, on the host and in workerd, and nothing may be lost or done twice.

use crate::build;
use crate::place::native_program;
use crate::setup::set_up;
use crate::step::{Outcome, program, run, step};

/// Sets up, builds, and runs the fault suite with these flags.
pub fn chaos(flags: &[String]) -> Outcome {
    set_up()?;
    build::native()?;
    build::all()?;
    build::cloudflare()?;
    suite(flags)
}

/// Runs the suite on what has been built.
pub fn suite(flags: &[String]) -> Outcome {
    step("tests: everything fails at once", || run(program(native_program("chaos"), &[]).args(flags)))
}
