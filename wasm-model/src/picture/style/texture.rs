//! How a picture's surface is worked: grain, lines and dots that lie in the picture, not on the plane.

use super::super::stages::Point;

/// A texture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texture {
    Smooth,
    /// The grain of a film.
    Grain,
    /// A dark line at every 32nd tone, as on a map.
    Contour,
    /// Five flat tones with soft edges, as in a screen print.
    Poster,
    /// Slanted lines, hair-thin in the light, that thicken where it is dark, crossed where it is darkest.
    Hatch,
    /// Dots that grow with the tone, as in newsprint.
    Stipple,
}

impl Texture {
    pub(super) fn of(value: u8) -> Self {
        match value {
            0 => Self::Smooth,
            1 => Self::Grain,
            2 => Self::Contour,
            3 => Self::Poster,
            4 => Self::Hatch,
            _ => Self::Stipple,
        }
    }

    /// Changes tone and gain (256 is neutral) at a point.
    #[inline]
    pub(super) fn over(self, tone: u8, gain: i32, at: Point) -> (u8, i32) {
        let (x, y, t) = (at.p + 2048, at.q + 2048, i32::from(tone));
        match self {
            Self::Smooth => (tone, gain),
            Self::Grain => (tone, gain + ((noise(x as u32 >> 3, y as u32 >> 3) - 128) >> 1)),
            Self::Contour => {
                let from_line = (t & 31).min(32 - (t & 31));
                (tone, gain - 36 * (3 - from_line).max(0))
            }
            Self::Poster => {
                let (band, within) = ((t * 5) >> 8, (t * 5) & 255);
                ((band * 51 + (((within - 192).max(0) * 51) >> 6)) as u8, gain)
            }
            Self::Hatch => {
                let slanted = from_line(x + y) < ((208 - t) >> 2).max(6);
                let crossed = from_line(x - y) < (96 - t) >> 1;
                (tone, gain - 64 * i32::from(slanted) - 48 * i32::from(crossed))
            }
            Self::Stipple => {
                let (dx, dy) = ((x & 127) - 64, (y & 127) - 64);
                let is_dot = dx * dx + dy * dy <= 256 + 24 * t;
                (tone, if is_dot { gain } else { (gain * 100) >> 8 })
            }
        }
    }
}

/// The distance from the middle of one of the lines that lie 128 units apart.
#[inline]
fn from_line(at: i32) -> i32 {
    ((at & 127) - 64).abs()
}

/// A hash of two numbers, 0 to 255 (multiply and shift; the constants are those of xxHash and of Wellons' lowbias32).
#[inline]
fn noise(x: u32, y: u32) -> i32 {
    let mixed = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    ((mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d) >> 24) as i32
}
