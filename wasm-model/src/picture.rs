//! Pictures: a seed, a few traits and a small network become pixels, the same ones on every machine.
//!
//! The network maps one pixel's coordinates to three fields (tone, accent, shade), and the [`style`] maps those to a
//! colour. So any pixel can be computed alone and a picture has no size of its own. Renderer version 1 of
//! `docs/protocol.md`, section 2.

use crate::kernel::{Backend, Chain, Executor, LANES, Row};
use crate::{Network, NetworkError};
use alloc::boxed::Box;
#[cfg(feature = "png")]
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

mod coordinates;
#[cfg(feature = "png")]
mod png;
pub mod style;
#[cfg(test)]
mod tests;
mod tiles;
mod traits;

pub use tiles::{TILE_BYTES, TILE_SIDE, TileProof, is_bondable, root_of, tile_leaf};
pub use traits::{Traits, latent};

/// Largest width and height of a picture.
pub const MAX_SIZE: u16 = 4096;
/// The version of the rules in this module.
pub const RENDERER_VERSION: u16 = 1;

/// Why a picture cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// A renderer version that this crate does not have.
    #[error("renderer version {0} is unknown; this renderer draws version 1")]
    RendererVersion(u16),
    /// A trait outside its range, or a byte of the word that is no trait.
    #[error("byte {byte} of the traits word is {value}; {rule}")]
    Traits {
        /// Place in the word, from its start.
        byte: usize,
        /// What it holds.
        value: u8,
        /// What it may hold.
        rule: &'static str,
    },
    /// The network is none that draws.
    #[error(
        "this network is no picture model: it must take 6 inputs (6×1×1) and 24 latents that may each be anywhere in \
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

/// Draws one token: a picture model with the token's latent folded in.
#[derive(Clone, Debug)]
pub struct Painter {
    engine: Engine,
    traits: Traits,
    style: style::Style,
}

/// How the network is run.
#[derive(Clone, Debug)]
enum Engine {
    /// All layers on a block of pixels at once.
    Chain(Chain),
    /// Pixel after pixel: for models that are no plain chain of layers.
    General(Box<(Network, Vec<i16>, Backend)>),
}

impl Painter {
    /// Prepares a token's picture with the fastest backend.
    ///
    /// # Errors
    /// If the renderer version, the traits or the model are none that this renderer knows.
    pub fn new(
        network: &Network,
        renderer_version: u16,
        seed: &[u8; 32],
        traits: &[u8; 32],
    ) -> Result<Self, PictureError> {
        Self::with_backend(network, renderer_version, seed, traits, Backend::best())
    }

    /// [`Self::new`] with a backend of one's choice.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn with_backend(
        network: &Network,
        renderer_version: u16,
        seed: &[u8; 32],
        traits: &[u8; 32],
        backend: Backend,
    ) -> Result<Self, PictureError> {
        if renderer_version != RENDERER_VERSION {
            return Err(PictureError::RendererVersion(renderer_version));
        }
        let traits = Traits::from_word(traits)?;
        check_model(network)?;
        let latent = latent(seed, traits);
        let engine = match Chain::new(network, &latent, backend) {
            Some(chain) => Engine::Chain(chain),
            None => {
                Executor::new(network, &latent, backend)?;
                Engine::General((network.clone(), latent.to_vec(), backend).into())
            }
        };
        Ok(Self { engine, traits, style: style::Style::new(traits.palette) })
    }

    /// The token's traits.
    pub fn traits(&self) -> Traits {
        self.traits
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
        let width = usize::from(size);
        let mut rgb = vec![0; 3 * width * width];
        let mut wide = vec![0; 2 * 3 * 2 * width];
        for (y, row) in (0..size).zip(rgb.chunks_exact_mut(3 * width)) {
            self.rows::<3>(2 * size, 2 * y..2 * y + 2, &mut wide)?;
            let (upper, lower) = wide.split_at(3 * 2 * width);
            for (i, mean) in row.iter_mut().enumerate() {
                let at = 6 * (i / 3) + i % 3;
                let samples = [upper[at], upper[at + 3], lower[at], lower[at + 3]];
                *mean = ((samples.into_iter().map(u16::from).sum::<u16>() + 2) / 4) as u8;
            }
        }
        Ok(Picture { size, rgb })
    }

    /// Draws some rows of the picture of the given size, 3 bytes (RGB) or 4 bytes (RGBA, opaque) a pixel.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`], the rows are not in the picture or `out` is not as long as their pixels.
    pub fn rows<const BYTES: usize>(&self, size: u16, rows: Range<u16>, out: &mut [u8]) -> Result<(), PictureError> {
        const { assert!(BYTES == 3 || BYTES == 4, "RGB or RGBA") }
        check_size(size, MAX_SIZE)?;
        if rows.start > rows.end || rows.end > size {
            return Err(PictureError::Rows { start: rows.start, end: rows.end, size });
        }
        let expected = BYTES * usize::from(size) * rows.len();
        if out.len() != expected {
            return Err(PictureError::Buffer { expected, found: out.len() });
        }
        match &self.engine {
            Engine::Chain(chain) => self.rows_by_chain::<BYTES>(chain, size, rows, out),
            Engine::General(parts) => {
                let (network, latent, backend) = parts.as_ref();
                let executor = Executor::new(network, latent, *backend)?;
                self.rows_by_executor::<BYTES>(&executor, size, rows, out)?;
            }
        }
        Ok(())
    }

    /// Computes one pixel alone.
    ///
    /// # Errors
    /// If `size` is not 1 to [`MAX_SIZE`] or the pixel is not in the picture.
    pub fn pixel(&self, size: u16, x: u16, y: u16) -> Result<[u8; 3], PictureError> {
        check_size(size, MAX_SIZE)?;
        for at in [x, y] {
            if at >= size {
                return Err(PictureError::Rows { start: at, end: at.saturating_add(1), size });
            }
        }
        let features = coordinates::Grid::new(size, self.traits).features_at(x, y);
        let fields = match &self.engine {
            Engine::Chain(chain) => {
                let mut workspace = chain.workspace();
                put_features(chain.input(&mut workspace), 0, features);
                fields(chain.run(&mut workspace), 0)
            }
            Engine::General(parts) => {
                let (network, latent, backend) = parts.as_ref();
                let made = Executor::new(network, latent, *backend)?.run(&features)?;
                [made[0], made[1], made[2]].map(|field| field as u8)
            }
        };
        Ok(self.style.colour(fields))
    }

    fn rows_by_chain<const BYTES: usize>(&self, chain: &Chain, size: u16, rows: Range<u16>, out: &mut [u8]) {
        let grid = coordinates::Grid::new(size, self.traits);
        let mut workspace = chain.workspace();
        let columns: Vec<_> = (0..size).map(|x| grid.column(x)).collect();
        for (y, row) in rows.zip(out.chunks_exact_mut(BYTES * usize::from(size))) {
            let v = grid.row(y);
            for (columns, pixels) in columns.chunks(LANES).zip(row.chunks_mut(BYTES * LANES)) {
                let input = chain.input(&mut workspace);
                for (lane, &u) in columns.iter().enumerate() {
                    put_features(input, lane, grid.features(u, v));
                }
                let made = chain.run(&mut workspace);
                for (lane, pixel) in pixels.as_chunks_mut::<BYTES>().0.iter_mut().enumerate() {
                    put_colour(pixel, self.style.colour(fields(made, lane)));
                }
            }
        }
    }

    fn rows_by_executor<const BYTES: usize>(
        &self,
        executor: &Executor,
        size: u16,
        rows: Range<u16>,
        out: &mut [u8],
    ) -> Result<(), PictureError> {
        let grid = coordinates::Grid::new(size, self.traits);
        let places = rows.flat_map(|y| (0..size).map(move |x| (x, y)));
        for ((x, y), pixel) in places.zip(out.as_chunks_mut::<BYTES>().0) {
            let made = executor.run(&grid.features_at(x, y))?;
            put_colour(pixel, self.style.colour([made[0] as u8, made[1] as u8, made[2] as u8]));
        }
        Ok(())
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

fn check_model(network: &Network) -> Result<(), PictureError> {
    let spec = network.spec();
    let covers = |lo: i16, hi: i16| lo <= -128 && hi >= 127;
    let fits = spec.input.shape == [6, 1, 1]
        && covers(spec.input.lo, spec.input.hi)
        && spec.latent.as_ref().is_some_and(|latent| latent.len == 24 && covers(latent.lo, latent.hi))
        && network.output_shape() == [3, 1, 1]
        && !network.output_is_raw();
    if fits { Ok(()) } else { Err(PictureError::Model) }
}

fn put_features(input: &mut [Row], lane: usize, features: [i16; 6]) {
    for (row, pair) in input.iter_mut().zip(features.as_chunks::<2>().0) {
        row.0[lane] = Row::pair(pair[0], pair[1]);
    }
}

/// Tone, accent and shade of one lane. The activations are u8 values.
fn fields(made: &[Row], lane: usize) -> [u8; 3] {
    [made[0].get(0, lane) as u8, made[0].get(1, lane) as u8, made[1].get(0, lane) as u8]
}

fn put_colour<const BYTES: usize>(pixel: &mut [u8; BYTES], colour: [u8; 3]) {
    pixel[..3].copy_from_slice(&colour);
    pixel[3..].fill(255);
}
