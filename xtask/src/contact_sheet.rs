//! `cargo xtask contact-sheet`: draws the art model's contact sheets, to look at.

use crate::place::root;
use crate::step::{Outcome, cargo, run, step};

/// Draws 64 seeds, a sheet for each trait, one of epochs, and single pieces at 1024², into a folder.
pub fn contact_sheet(arguments: &[String]) -> Outcome {
    let folder = match arguments {
        [] => ".verdigris/contact-sheet",
        [folder] if !folder.starts_with('-') => folder,
        _ => return Err(format!("one folder is wanted, not `{}`", arguments.join(" "))),
    };
    step("drawing the contact sheets", || {
        let mut draw = cargo(&["run", "--quiet", "--release", "--package=verdigris-model", "--features=png"]);
        draw.args(["--example=contact_sheet", "--"]);
        run(draw.arg(root().join("models/atlas/atlas.vdgn")).arg(root().join(folder)))
    })
}
