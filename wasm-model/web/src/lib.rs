//! The browser's face of the renderer: a network, a seed and traits in, pixels out.
//!
//! Everything is in `verdigris-model`; here are only the types that JavaScript sees. Errors are thrown as `Error`.

use verdigris_model::Network;
use verdigris_model::picture::{self, Picture, PictureError};
use wasm_bindgen::prelude::*;

/// Draws one token.
#[wasm_bindgen]
pub struct Painter(picture::Painter);

#[wasm_bindgen]
impl Painter {
    /// Takes a model's canonical form, the versions of the stages, and the token's seed and traits (32 bytes each).
    ///
    /// # Errors
    /// If any of them is malformed.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8], stages: u32, seed: &[u8], traits: &[u8]) -> Result<Self, JsError> {
        let network = Network::from_bytes(model)?;
        Ok(Self(picture::Painter::new(&network, stages, &word("seed", seed)?, &word("traits", traits)?)?))
    }

    /// Rows `y0..y1` of the picture `size` pixels wide and high, RGBA.
    ///
    /// # Errors
    /// If the size is not 1 to 4096 or the rows are not in the picture.
    pub fn rows(&self, size: u16, y0: u16, y1: u16) -> Result<Vec<u8>, JsError> {
        let mut rgba = room(size, y0, y1);
        self.0.rows::<4>(size, y0..y1, &mut rgba)?;
        Ok(rgba)
    }

    /// Rows `y0..y1` of the picture, each pixel the mean of 2×2 samples, RGBA.
    ///
    /// # Errors
    /// If the size is not 1 to 2048 or the rows are not in the picture.
    #[wasm_bindgen(js_name = smoothRows)]
    pub fn smooth_rows(&self, size: u16, y0: u16, y1: u16) -> Result<Vec<u8>, JsError> {
        let mut rgba = room(size, y0, y1);
        self.0.rows_smooth::<4>(size, y0..y1, &mut rgba)?;
        Ok(rgba)
    }

    /// The whole picture, RGBA.
    ///
    /// # Errors
    /// If the size is not 1 to 4096.
    pub fn draw(&self, size: u16) -> Result<Vec<u8>, JsError> {
        self.rows(size, 0, size)
    }

    /// The whole picture, each pixel the mean of 2×2 samples, RGBA.
    ///
    /// # Errors
    /// If the size is not 1 to 2048.
    pub fn smooth(&self, size: u16) -> Result<Vec<u8>, JsError> {
        self.smooth_rows(size, 0, size)
    }
}

/// A buffer for some rows of a picture, RGBA; never larger than the largest picture, whatever is asked for.
fn room(size: u16, y0: u16, y1: u16) -> Vec<u8> {
    let most = picture::MAX_SIZE;
    vec![0; 4 * usize::from(size.min(most)) * usize::from(y1.saturating_sub(y0).min(most))]
}

/// The Merkle root over the 8×8 tiles of a picture given as RGBA: what the contract holds.
///
/// # Errors
/// If the bytes are not those of a picture of this size.
#[wasm_bindgen(js_name = pixelRoot)]
pub fn pixel_root(size: u16, rgba: &[u8]) -> Result<Vec<u8>, JsError> {
    let expected = 4 * usize::from(size) * usize::from(size);
    if rgba.len() != expected {
        return Err(PictureError::Buffer { expected, found: rgba.len() }.into());
    }
    let rgb = rgba.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    Ok(Picture::from_rgb(size, rgb)?.pixel_root().to_vec())
}

/// keccak256 of a model's canonical form, after the model was checked.
///
/// # Errors
/// If the model is malformed.
#[wasm_bindgen(js_name = canonicalHash)]
pub fn canonical_hash(model: &[u8]) -> Result<Vec<u8>, JsError> {
    Ok(Network::from_bytes(model)?.canonical_hash().to_vec())
}

fn word(what: &str, bytes: &[u8]) -> Result<[u8; 32], JsError> {
    bytes.try_into().map_err(|_| JsError::new(&format!("the {what} has {} bytes, it must have 32", bytes.len())))
}
