//! Runs a model on an input. The same input gives the same bytes, wherever and whenever it runs.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolValue;
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::network::Network;
use verdigris_model::picture::{Painter, Picture};

use crate::abi::{PictureInput, PictureOutput};
use crate::cid;
use crate::error::{Error, Result};
use crate::model::{Kind, Model};
use crate::words::Words;

/// Largest picture that is drawn for a request on the chain: what fits a function's time and memory.
pub const MAX_JOB_SIZE: u16 = 2048;
/// Largest picture that is drawn while the caller waits.
pub const MAX_DIRECT_SIZE: u16 = 512;
/// Longest title of a picture, in bytes.
pub const MAX_TITLE: usize = 64;
/// Longest title of a picture for which its title is the prompt, in bytes.
const MAX_PROMPT: usize = 1_024;
/// Most steps ([`Cost::steps`](verdigris_model::network::Cost::steps)) of one run of a tensor model: some seconds of a
/// function's time.
const MAX_STEPS: u64 = 4_000_000_000;
/// Most steps of a picture model a pixel: with it, the largest picture takes some seconds as well.
const MAX_PIXEL_STEPS: u64 = 12_000;
/// Most elements that a run may need at the same time: some tens of megabytes, since many run at once.
const MAX_LIVE_ELEMENTS: usize = 1 << 20;
/// Longest output of a tensor model; the hub takes no more.
pub(crate) const MAX_OUTPUT: usize = 16_384;

/// An answer, with what must be kept somewhere for it to be worth anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Inference {
    /// A tensor model's output.
    Tensor {
        /// The bytes.
        output: Bytes,
        /// What computed it, if another might have computed something else.
        engine: Option<String>,
    },
    /// A picture.
    Picture(Drawn),
}

/// A picture with its proof of identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What was asked.
    pub input: PictureInput,
    /// Merkle root over the picture's tiles.
    pub pixel_root: B256,
    /// The picture as a PNG file.
    pub png: Vec<u8>,
    /// What drew it, if another might have drawn something else.
    pub engine: Option<String>,
}

impl Inference {
    /// The bytes that the hub gets and the receipt speaks of.
    pub fn output(&self) -> Bytes {
        match self {
            Self::Tensor { output, .. } => output.clone(),
            Self::Picture(drawn) => picture_output(drawn.pixel_root, &cid::of(&drawn.png)),
        }
    }
}

/// `abi.encode(PictureOutput)`.
pub fn picture_output(pixel_root: B256, image_cid: &cid::Cid) -> Bytes {
    PictureOutput { pixelRoot: pixel_root, imageCid: image_cid.to_bytes().into() }.abi_encode().into()
}

/// Runs a model. Pictures larger than `max_size` are refused before anything is drawn.
///
/// # Errors
/// [`Error::BadInput`] if the input doesn't fit, [`Error::ModelUnusable`] if the model is too much for a function.
pub fn run(model: &Model, input: &[u8], max_size: u16) -> Result<Inference> {
    match model.kind {
        Kind::Tensor => tensor(model, input).map(|output| Inference::Tensor { output, engine: None }),
        Kind::Picture => picture(model, input, max_size).map(Inference::Picture),
    }
}

/// How many steps ([`Cost::steps`](verdigris_model::network::Cost::steps)) [`run`] takes; 0 for what it refuses.
pub fn steps(model: &Model, input: &[u8], max_size: u16) -> u64 {
    let steps = model.network.cost().steps();
    match model.kind {
        Kind::Tensor => steps,
        Kind::Picture => {
            let size = read_picture_input(input).map_or(0, |input| input.size);
            if size > max_size { 0 } else { steps.saturating_mul(u64::from(size).pow(2)) }
        }
    }
}

/// Draws a picture, of which a part is to be shown; gives also what answers with it.
///
/// # Errors
/// As [`run`], and if the model draws no pictures.
pub fn draw(model: &Model, input: &[u8], max_size: u16) -> Result<(Inference, Picture)> {
    if model.kind != Kind::Picture {
        return Err(Error::BadInput("the model draws no pictures, so there is no tile to show".into()).into());
    }
    let (input, picture) = paint(model, input, max_size)?;
    Ok((Inference::Picture(finish(input, &picture, None)?), picture))
}

fn picture(model: &Model, input: &[u8], max_size: u16) -> Result<Drawn> {
    let (input, picture) = paint(model, input, max_size)?;
    finish(input, &picture, None)
}

/// What answers with pixels that were drawn elsewhere.
pub(crate) fn picture_of(input: PictureInput, pixels: Vec<u8>, engine: Option<String>) -> Result<Inference> {
    let picture = Picture::from_rgb(input.size, pixels).map_err(|e| Error::Internal(e.to_string()))?;
    finish(input, &picture, engine).map(Inference::Picture)
}

fn finish(input: PictureInput, picture: &Picture, engine: Option<String>) -> Result<Drawn> {
    let pixel_root = picture.pixel_root().into();
    let png = picture.to_png().map_err(|e| Error::Internal(format!("the PNG cannot be written: {e}")))?;
    Ok(Drawn { input, pixel_root, png, engine })
}

fn paint(model: &Model, input: &[u8], max_size: u16) -> Result<(PictureInput, Picture)> {
    let input = picture_input(input, max_size)?;
    let steps = model.network.cost().steps();
    if steps > MAX_PIXEL_STEPS {
        let reason = format!("it takes {steps} steps a pixel, at most {MAX_PIXEL_STEPS} are done here");
        return Err(Error::ModelUnusable { model: model.id, reason }.into());
    }
    let picture = painter(model, &input)?.draw(input.size).map_err(|e| Error::BadInput(e.to_string()))?;
    Ok((input, picture))
}

/// What draws an exact model's picture.
pub(crate) fn painter(model: &Model, input: &PictureInput) -> Result<Painter> {
    if input.title.len() > MAX_TITLE {
        let reason = format!("the title has {} bytes, at most {MAX_TITLE} are taken", input.title.len());
        return Err(Error::BadInput(reason).into());
    }
    Painter::new(&model.network, input.stages, &input.seed.0, &input.traits.0)
        .map_err(|e| Error::BadInput(e.to_string()).into())
}

/// Reads what is asked of a picture model.
///
/// # Errors
/// [`Error::BadInput`], also for a picture larger than `max_size`.
pub(crate) fn picture_input(bytes: &[u8], max_size: u16) -> Result<PictureInput> {
    let input = read_picture_input(bytes)?;
    if (1..=max_size).contains(&input.size) {
        return Ok(input);
    }
    let reason = format!("a picture of {0}×{0} pixels is asked for, 1 to {max_size} are drawn here", input.size);
    Err(Error::BadInput(reason).into())
}

/// Reads `abi.encode(PictureInput)`, strictly: only the one encoding of these values is taken.
///
/// # Errors
/// [`Error::BadInput`].
pub fn read_picture_input(bytes: &[u8]) -> Result<PictureInput> {
    let read = || {
        let words = Words(bytes.get(32..)?);
        Some(PictureInput {
            stages: words.narrow(0)?,
            size: words.narrow(1)?,
            seed: words.word(2)?,
            traits: words.word(3)?,
            title: String::from_utf8(words.bytes(4)?.to_vec()).ok()?,
        })
    };
    let Some(input) = read().filter(|input| input.abi_encode() == bytes) else {
        return Err(Error::BadInput("it is not abi.encode(PictureInput), in its standard form".into()).into());
    };
    if input.title.len() > MAX_PROMPT {
        let reason = format!("the title has {} bytes, at most {MAX_PROMPT} are taken", input.title.len());
        return Err(Error::BadInput(reason).into());
    }
    Ok(input)
}

fn tensor(model: &Model, input: &[u8]) -> Result<Bytes> {
    let network = &model.network;
    let bytes_out = network.output_len() * if network.output_is_raw() { 4 } else { 1 };
    let unusable = |reason| Box::new(Error::ModelUnusable { model: model.id, reason });
    if bytes_out > MAX_OUTPUT {
        return Err(unusable(format!("its output has {bytes_out} bytes, the hub takes {MAX_OUTPUT}")));
    }
    let (steps, live) = (network.cost().steps(), network.cost().live_elements);
    if steps > MAX_STEPS {
        return Err(unusable(format!("it takes {steps} steps, at most {MAX_STEPS} are done here")));
    }
    if live > MAX_LIVE_ELEMENTS {
        return Err(unusable(format!("it holds {live} elements at a time, at most {MAX_LIVE_ELEMENTS} are held here")));
    }
    let (values, latent) = values(network, input)?;
    let output = execute(network, &values, &latent)?;
    Ok(if network.output_is_raw() {
        output.iter().flat_map(|value| value.to_be_bytes()).collect()
    } else {
        // Activations are u8 by definition.
        output.iter().map(|&value| value as u8).collect()
    })
}

/// A tensor model's values and latents.
fn values(network: &Network, input: &[u8]) -> Result<(Vec<i16>, Vec<i16>)> {
    let (inputs, latents) = (network.input_len(), network.latent_len());
    if input.len() != inputs + latents {
        let expected = format!("{inputs} inputs and {latents} latents of one byte each");
        return Err(Error::BadInput(format!("it has {} bytes, the network takes {expected}", input.len())).into());
    }
    let (values, latent) = input.split_at(inputs);
    let spec = network.spec();
    Ok((widen(values, spec.input.lo), widen(latent, spec.latent.as_ref().map_or(0, |domain| domain.lo))))
}

/// Looks at the input of a tensor model that is run elsewhere, as [`run`] would.
///
/// # Errors
/// [`Error::BadInput`].
pub(crate) fn check_values(network: &Network, input: &[u8]) -> Result<()> {
    let (values, latent) = values(network, input)?;
    let spec = network.spec();
    let fits = |values: &[i16], lo: i16, hi: i16| values.iter().all(|value| (lo..=hi).contains(value));
    let latent_fits = spec.latent.as_ref().is_none_or(|domain| fits(&latent, domain.lo, domain.hi));
    if fits(&values, spec.input.lo, spec.input.hi) && latent_fits {
        return Ok(());
    }
    Err(Error::BadInput("a value of it lies outside the network's range".into()).into())
}

/// One byte a value: two's complement if the range has negatives.
fn widen(bytes: &[u8], lowest: i16) -> Vec<i16> {
    let signed = lowest < 0;
    bytes.iter().map(|&byte| if signed { i16::from(byte as i8) } else { i16::from(byte) }).collect()
}

fn execute(network: &Network, values: &[i16], latent: &[i16]) -> Result<Vec<i32>> {
    Executor::new(network, latent, Backend::best())
        .and_then(|executor| executor.run(values))
        .map_err(|e| Error::BadInput(e.to_string()).into())
}

#[cfg(test)]
pub(crate) mod tests;
