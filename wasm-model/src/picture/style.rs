//! Style 1: a palette, and a texture laid over it, in integers (docs/protocol.md, section 2).

use super::Traits;
use super::stages::{Colour, Fields, Inks, Point, Style};

mod palettes;
mod texture;

pub use palettes::{PALETTES, Palette};
use texture::Texture;

/// A palette with its tones mixed, and a texture.
#[derive(Clone, Debug)]
pub(super) struct Look {
    tones: [Colour; 256],
    inks: Inks,
    texture: Texture,
}

impl Look {
    pub(super) fn new(traits: Traits) -> Self {
        let palette = &PALETTES[usize::from(traits.palette) % PALETTES.len()];
        let [dark, .., light] = palette.stops;
        Self {
            tones: core::array::from_fn(|tone| tone_colour(palette, tone)),
            inks: Inks { dark, light, accent: palette.accent },
            texture: Texture::of(traits.texture),
        }
    }
}

impl Style for Look {
    #[inline]
    fn colour(&self, fields: Fields, at: Point) -> Colour {
        let (tone, gain) = self.texture.over(fields.tone, 128 + i32::from(fields.edge), at);
        let base = self.tones[usize::from(tone)];
        let weight = (((5 * i32::from(fields.accent)) >> 2) - 32).clamp(0, 256);
        let gain = gain.max(0);
        core::array::from_fn(|i| {
            let mixed = (i32::from(base[i]) * (256 - weight) + i32::from(self.inks.accent[i]) * weight + 128) >> 8;
            ((mixed * gain) >> 8).min(255) as u8
        })
    }

    fn inks(&self) -> Inks {
        self.inks
    }
}

fn tone_colour(palette: &Palette, tone: usize) -> Colour {
    let (i, f) = (tone >> 6, (tone & 63) as u32);
    let mix = |a: u8, b: u8| ((u32::from(a) * (64 - f) + u32::from(b) * f + 32) >> 6) as u8;
    core::array::from_fn(|channel| mix(palette.stops[i][channel], palette.stops[i + 1][channel]))
}
