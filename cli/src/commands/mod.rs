//! The command's verbs, a file each.

pub mod certify;
pub mod challenge;
pub mod deploy;
pub mod evolve;
pub mod mint;
pub mod pull_model;
pub mod raise;
pub mod register;
pub mod render;
pub mod sign_model;
pub mod up;
pub mod verify;
pub mod verify_model;
pub mod withdraw;
