//! The command's verbs, a file each.

pub mod certify;
pub mod deploy;
pub mod mint;
pub mod render;
pub mod up;
pub mod verify;
