//! Models outside the exact form: ONNX files that the function `onnx` runs (`functions/onnx`).
//!
//! Such a model is registered with the hash of its file and without a canonical form. The function that runs it has no
//! settings, no store and no network: it is handed the input and, until it keeps the model ready, the file. What is
//! here finds the file, checks it by its hash and asks.

use alloy_primitives::{B256, Bytes, keccak256};

use crate::config;
use crate::error::{Error, Result};
use crate::handoff::{self, Until};
use crate::infer::MAX_OUTPUT;
use crate::platform::{HttpRequest, Platform};
use crate::store;

/// The function's name, and its only path.
const FUNCTION: &str = "onnx";
/// Where it takes a [`Question`].
pub const PATH: &str = "/run";
/// Most bytes of a file: what a function of 128 MiB can read and run. Larger ones are for a server with a GPU.
pub const MAX_FILE: usize = 16 << 20;
/// Most bytes of an input or an output, as of every model.
pub const MAX_TENSORS: usize = MAX_OUTPUT;
/// Most bytes of a [`Question`].
pub const MAX_QUESTION: usize = HEAD + MAX_TENSORS + MAX_FILE;
/// Time in which whoever keeps the files must have answered.
const FETCH_MS: u64 = 20_000;
const HEAD: usize = 32 + 32 + 4;

/// What the function is asked: `model ‖ file_hash ‖ length of the input (32 bits, little-endian) ‖ input ‖ file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The model's id, for messages.
    pub model: B256,
    /// keccak256 of the file.
    pub file_hash: B256,
    /// All inputs, one after the other (`docs/protocol.md`, section 1.4).
    pub input: &'a [u8],
    /// The file; empty if the function may know it.
    pub file: &'a [u8],
}

impl<'a> Question<'a> {
    /// As one message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = (self.input.len() as u32).to_le_bytes();
        [self.model.as_slice(), self.file_hash.as_slice(), &length, self.input, self.file].concat()
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it ends too early.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let read = || {
            let (model, rest) = bytes.split_at_checked(32)?;
            let (file_hash, rest) = rest.split_at_checked(32)?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let (input, file) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            Some(Self { model: B256::from_slice(model), file_hash: B256::from_slice(file_hash), input, file })
        };
        read().ok_or_else(|| Error::Malformed { what: "the question", reason: "it ends too early".into() }.into())
    }
}

/// Makes a float that is no number the one NaN of its width: its sign and all of its payload but the first bit are zero
/// (IEEE 754-2019, 6.2.1). Which of the others comes out of a computation is the machine's choice.
pub fn settle_nan(big_endian: &mut [u8]) {
    let width = big_endian.len();
    let (infinity, nan): (u64, u64) = match width {
        2 => (0x7c00, 0x7e00),
        4 => (0x7f80_0000, 0x7fc0_0000),
        8 => (0x7ff0_0000_0000_0000, 0x7ff8_0000_0000_0000),
        _ => return,
    };
    let bits = big_endian.iter().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
    if bits & !(1 << (8 * width - 1)) > infinity {
        big_endian.copy_from_slice(&nan.to_be_bytes()[8 - width..]);
    }
}

/// Has a model run.
///
/// # Errors
/// What the function says, or [`Error::ModelUnusable`] if there is no such file where files are kept.
pub async fn run<P: Platform>(platform: &P, model: B256, file_hash: B256, input: &[u8], until: Until) -> Result<Bytes> {
    let question = Question { model, file_hash, input, file: &[] };
    match ask(platform, &question, until).await {
        Err(error) if matches!(*error, Error::Function { status: 404, .. }) => {
            let file = file(platform, model, file_hash, until).await?;
            ask(platform, &Question { file: &file, ..question }, until).await
        }
        other => other,
    }
}

async fn ask<P: Platform>(platform: &P, question: &Question<'_>, until: Until) -> Result<Bytes> {
    let content_type = "application/octet-stream";
    let answer = handoff::post_bytes(platform, FUNCTION, PATH, content_type, question.to_bytes(), until).await?;
    Ok(answer.body.into())
}

/// A file by its hash: from the store, else from where `models_url` says.
async fn file<P: Platform>(platform: &P, model: B256, hash: B256, until: Until) -> Result<Vec<u8>> {
    let key = format!("onnx:{hash}");
    if let Some(file) = store::get(platform, &key).await?
        && keccak256(&file) == hash
    {
        return Ok(file);
    }
    let unusable = |reason: String| Box::new(Error::ModelUnusable { model, reason });
    let Some(base) = config::endpoint(platform, "models_url").await? else {
        let reason = "it has no exact form, and setting \"models_url\" doesn't say where ONNX files are kept";
        return Err(unusable(reason.into()));
    };
    let path = config::path(platform, "models_path").await?;
    let request = HttpRequest {
        method: "GET",
        url: format!("{}{path}/{hash}.onnx", base.trim_end_matches('/')),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: until.left(platform.now_ms()).min(FETCH_MS),
        max_response: MAX_FILE,
    };
    let answer = platform.http(request).await?;
    match answer.status {
        200 if keccak256(&answer.body) == hash => {}
        200 => return Err(unusable(format!("the file that is kept as {hash}.onnx is another"))),
        404 | 410 => return Err(unusable(format!("its file, {hash}.onnx, is not where \"models_url\" says"))),
        status => {
            let (status, detail) = (if status < 500 { 502 } else { status }, format!("GET {hash}.onnx"));
            return Err(Error::Function { function: "models_url", status, detail }.into());
        }
    }
    store::put(platform, &key, &answer.body).await?;
    Ok(answer.body)
}

#[cfg(test)]
mod tests;
