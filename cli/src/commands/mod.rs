//! The command's verbs, a file each.

pub mod certify;
pub mod challenge;
pub mod deploy;
pub mod mint;
pub mod pull_model;
pub mod raise;
pub mod render;
pub mod up;
pub mod verify;
pub mod withdraw;
