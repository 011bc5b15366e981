//! The program that draws tokens in pages of their own, as the web tools have built it: what the `Renderer` contract is
//! deployed with.

use std::path::Path;

use alloy_primitives::{B256, keccak256};
use verdigris_provenance::read_bounded;

use crate::error::CliError;

/// Where it is built, in the checkout.
pub const FOLDER: &str = "web/animation/dist";

/// The most that is read of a file, in bytes: more than anybody would pay to keep on a chain.
const MOST: usize = 1 << 20;

/// The head of the tokens' pages.
pub struct Head {
    /// Everything of a page up to the token's values.
    pub html: Vec<u8>,
    /// keccak256 of the renderer that is packed in it.
    pub wasm_hash: B256,
}

impl Head {
    /// Reads it from the folder that it was built into.
    pub fn read(folder: &Path) -> Result<Self, CliError> {
        let read = |name: &str| {
            read_bounded(&folder.join(name), MOST).map_err(|error| {
                CliError::Argument(format!(
                    "the head of the tokens' pages: {error}; `cargo xtask build native renderer web` makes it, and `--renderer none` does without"
                ))
            })
        };
        let (html, wasm) = (read("head.html")?, read("renderer.wasm")?);
        if html.is_empty() {
            return Err(CliError::malformed(folder.join("head.html").display().to_string(), "it is empty"));
        }
        Ok(Self { html, wasm_hash: keccak256(wasm) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_is_not_built_is_named_with_what_builds_it() {
        let folder = std::env::temp_dir().join("verdigris-no-head-here");
        let error = Head::read(&folder).err().expect("there is none").to_string();
        assert!(error.contains("head.html") && error.contains("cargo xtask build"), "{error}");
    }
}
