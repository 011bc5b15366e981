//! Pictures: a seed, a few traits and a small network become pixels, the same ones on every machine.
//!
//! Three stages make a picture: a *concept* gives the fields of a place, a *style* colours them, a *composition* chooses
//! what is seen and lays marks and a frame over it. So any pixel can be computed alone and a picture has no size of its
//! own. `docs/protocol.md`, section 2.

use crate::kernel::Backend;
use crate::{Network, NetworkError};
#[cfg(feature = "png")]
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

mod band;
mod composition;
mod concept;
#[cfg(feature = "png")]
mod png;
mod stages;
mod style;
#[cfg(test)]
mod tests;
mod tiles;
mod traits;

use band::Band;

pub use concept::{LATENTS, features, latent};
pub use stages::{Colour, Composition, Concept, Fields, Inks, Place, Point, Stages, Style};
pub use style::{PALETTES, Palette};
pub use tiles::{TILE_BYTES, TILE_SIDE, TileProof, is_bondable, root_of, tile_leaf};
pub use traits::{TRAIT_KINDS, TraitKind, Traits};

/// Largest width and height of a picture.
pub const MAX_SIZE: u16 = 4096;

/// Why a picture cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Versions of the stages that this crate does not have.
    #[error(
        "stages {0} (concept {concept}, style {style}, composition {composition}) are unknown; this renderer's newest are {newest}",
        concept = .0 >> 16, style = .0 >> 8 & 255, composition = .0 & 255,
        newest = Stages::NEWEST
    )]
    Stages(u32),
    /// A trait outside its range, or a byte of the word that is no trait.
    #[error("byte {byte} of the traits word is {value}, it must be {}", if *most == 0 { "0: there is no such trait".into() } else { alloc::format!("0 to {most}") })]
    Traits {
        /// Place in the word, from its start.
        byte: usize,
        /// What it holds.
        value: u8,
        /// The most that it may hold.
        most: u8,
    },
    /// The network is none that draws.
    #[error(
        "this network is no picture model: it must take 6 inputs (6×1×1) and 32 latents that may each be anywhere in \
         [-128, 127], and give 3 u8 outputs (3×1×1)"
    )]
    Model,
    /// A width beyond the limits.
    #[error("a picture has 1 to {limit} pixels a side, not {size}")]
    Size {
        /// The width asked for.
        size: u16,
        /// The largest.
        limit: u16,
    },
    /// Rows that the picture does not have.
    #[error("rows {start}..{end} do not lie within a picture of {size} rows")]
    Rows {
        /// First row.
        start: u16,
        /// Row after the last.
        end: u16,
        /// Rows of the picture.
        size: u16,
    },
    /// A pixel that the picture does not have.
    #[error("pixel ({x}, {y}) does not lie within a picture of {size}×{size}")]
    Pixel {
        /// Its column.
        x: u16,
        /// Its row.
        y: u16,
        /// Width and height of the picture.
        size: u16,
    },
    /// A buffer that does not fit the pixels.
    #[error("{found} bytes were given where the pixels take {expected}")]
    Buffer {
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// A tile that the picture does not have.
    #[error("tile {index} does not exist; the picture has {count} tiles")]
    Tile {
        /// The tile asked for.
        index: u32,
        /// Tiles of the picture.
        count: u32,
    },
    /// The network refused its input.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The PNG could not be written.
    #[cfg(feature = "png")]
    #[error("the PNG could not be written: {0}")]
    Png(String),
}

/// Draws one token: its three stages.
#[derive(Clone)]
pub struct Painter {
    concept: Arc<dyn Concept + Send + Sync>,
    style: Arc<dyn Style + Send + Sync>,
    composition: Arc<dyn Composition + Send + Sync>,
}

impl core::fmt::Debug for Painter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Painter").finish_non_exhaustive()
    }
}

/// Concept 1 for a token: a network that gives the fields of a place.
///
/// # Errors
/// If the network is no picture model.
pub fn motif(
    network: &Network,
    seed: &[u8; 32],
    traits: Traits,
    backend: Backend,
) -> Result<impl Concept + Send + Sync + use<>, PictureError> {
    concept::Motif::new(network, seed, traits, backend)
}

/// Style 1 for a token: a palette and a texture.
pub fn look(traits: Traits) -> impl Style + Send + Sync + use<> {
    style::Look::new(traits)
}

/// Composition 1 for a token: what is seen, marks and a frame.
pub fn arrangement(seed: &[u8; 32], traits: Traits) -> impl Composition + Send + Sync + use<> {
    composition::Arrangement::new(seed, traits)
}

impl Painter {
    /// Prepares a token's picture with the fastest backend.
    ///
    /// # Errors
    /// If the stages, the traits or the model are none that this renderer knows.
    pub fn new(network: &Network, stages: u32, seed: &[u8; 32], traits: &[u8; 32]) -> Result<Self, PictureError> {
        Self::with_backend(network, stages, seed, traits, Backend::best())
    }

    /// [`Self::new`] with a backend of one's choice.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn with_backend(
        network: &Network,
        stages: u32,
        seed: &[u8; 32],
        traits: &[u8; 32],
        backend: Backend,
    ) -> Result<Self, PictureError> {
        let unknown = || PictureError::Stages(stages);
        let stages = Stages::from_number(stages)?;
        let traits = Traits::from_word(traits)?;
        Ok(Self {
            concept: match stages.concept {
                1 => Arc::new(motif(network, seed, traits, backend)?),
                _ => return Err(unknown()),
            },
            style: match stages.style {
                1 => Arc::new(look(traits)),
                _ => return Err(unknown()),
            },
            composition: match stages.composition {
                1 => Arc::new(arrangement(seed, traits)),
                _ => return Err(unknown()),
            },
        })
    }

    /// A painter of any three stages, for new ones that no blueprint names yet.
    pub fn of_stages(
        concept: impl Concept + Send + Sync + 'static,
        style: impl Style + Send + Sync + 'static,
        composition: impl Composition + Send + Sync + 'static,
    ) -> Self {
        Self { concept: Arc::new(concept), style: Arc::new(style), composition: Arc::new(composition) }
    }

    /// The same painter with another concept, such as one whose network runs elsewhere.
    #[must_use]
    pub fn with_concept(&self, concept: impl Concept + Send + Sync + 'static) -> Self {
        Self { concept: Arc::new(concept), ..self.clone() }
    }

    /// Draws the whole picture.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`].
    pub fn draw(&self, size: u16) -> Result<Picture, PictureError> {
        check_size(size, MAX_SIZE)?;
        let mut rgb = vec![0; 3 * usize::from(size) * usize::from(size)];
        self.rows::<3>(size, 0..size, &mut rgb)?;
        Ok(Picture { size, rgb })
    }

    /// Draws at twice the size and takes the mean of each 2×2 pixels: smoother edges, four times the work.
    ///
    /// # Errors
    /// If `size` is not 1 to half of [`MAX_SIZE`].
    pub fn draw_smooth(&self, size: u16) -> Result<Picture, PictureError> {
        check_size(size, MAX_SIZE / 2)?;
        let mut rgb = vec![0; 3 * usize::from(size) * usize::from(size)];
        self.rows_smooth::<3>(size, 0..size, &mut rgb)?;
        Ok(Picture { size, rgb })
    }

    /// Draws some rows of the picture that [`Self::draw_smooth`] gives, 3 bytes (RGB) or 4 bytes (RGBA, opaque) a pixel.
    ///
    /// # Errors
    /// If `size` is not 1 to half of [`MAX_SIZE`], the rows are not in the picture or `out` is not as long as their pixels.
    pub fn rows_smooth<const BYTES: usize>(
        &self,
        size: u16,
        rows: Range<u16>,
        out: &mut [u8],
    ) -> Result<(), PictureError> {
        check_size(size, MAX_SIZE / 2)?;
        check_rows::<BYTES>(size, &rows, out)?;
        let mut band = Band::new(self, 2 * size, 0..2 * size, 2 * rows.start);
        for row in out.chunks_exact_mut(BYTES * usize::from(size)) {
            let upper = band.draw()?.to_vec();
            let quads = upper.as_chunks::<2>().0.iter().zip(band.draw()?.as_chunks::<2>().0);
            for (pixel, (upper, lower)) in row.as_chunks_mut::<BYTES>().0.iter_mut().zip(quads) {
                pixel[..3].copy_from_slice(&mean([upper[0], upper[1], lower[0], lower[1]]));
                pixel[3..].fill(255);
            }
        }
        Ok(())
    }

    /// Draws some rows of the picture of the given size, 3 bytes (RGB) or 4 bytes (RGBA, opaque) a pixel.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`], the rows are not in the picture or `out` is not as long as their pixels.
    pub fn rows<const BYTES: usize>(&self, size: u16, rows: Range<u16>, out: &mut [u8]) -> Result<(), PictureError> {
        check_size(size, MAX_SIZE)?;
        check_rows::<BYTES>(size, &rows, out)?;
        let mut band = Band::new(self, size, 0..size, rows.start);
        for row in out.chunks_exact_mut(BYTES * usize::from(size)) {
            for (pixel, colour) in row.as_chunks_mut::<BYTES>().0.iter_mut().zip(band.draw()?) {
                pixel[..3].copy_from_slice(colour);
                pixel[3..].fill(255);
            }
        }
        Ok(())
    }

    /// Computes one pixel alone.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`] or the pixel is not in the picture.
    pub fn pixel(&self, size: u16, x: u16, y: u16) -> Result<Colour, PictureError> {
        check_size(size, MAX_SIZE)?;
        if x >= size || y >= size {
            return Err(PictureError::Pixel { x, y, size });
        }
        let mut band = Band::new(self, size, x..x + 1, y);
        Ok(band.draw()?.first().copied().unwrap_or_default())
    }
}

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    size: u16,
    rgb: Vec<u8>,
}

impl Picture {
    /// Takes pixels that were made elsewhere, 3 bytes each, row by row.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`] or `rgb` is not as long as the pixels.
    pub fn from_rgb(size: u16, rgb: Vec<u8>) -> Result<Self, PictureError> {
        check_size(size, MAX_SIZE)?;
        let expected = 3 * usize::from(size) * usize::from(size);
        if rgb.len() != expected {
            return Err(PictureError::Buffer { expected, found: rgb.len() });
        }
        Ok(Self { size, rgb })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> u16 {
        self.size
    }

    /// The pixels, 3 bytes each, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixels, 3 bytes each, row by row.
    pub fn into_rgb(self) -> Vec<u8> {
        self.rgb
    }
}

fn check_size(size: u16, limit: u16) -> Result<(), PictureError> {
    if size == 0 || size > limit {
        return Err(PictureError::Size { size, limit });
    }
    Ok(())
}

/// That a buffer fits some rows of a picture.
fn check_rows<const BYTES: usize>(size: u16, rows: &Range<u16>, out: &[u8]) -> Result<(), PictureError> {
    const { assert!(BYTES == 3 || BYTES == 4, "RGB or RGBA") }
    if rows.start > rows.end || rows.end > size {
        return Err(PictureError::Rows { start: rows.start, end: rows.end, size });
    }
    let expected = BYTES * usize::from(size) * rows.len();
    if out.len() != expected {
        return Err(PictureError::Buffer { expected, found: out.len() });
    }
    Ok(())
}

/// The mean of four colours, a half rounded up.
fn mean(colours: [Colour; 4]) -> Colour {
    core::array::from_fn(|i| ((colours.iter().map(|colour| u16::from(colour[i])).sum::<u16>() + 2) / 4) as u8)
}

/// keccak256 of a label and a seed: where all that a seed decides comes from.
fn hash_of(label: &[u8], seed: &[u8; 32]) -> [u8; 32] {
    crate::keccak256(&[label, seed.as_slice()].concat())
}
