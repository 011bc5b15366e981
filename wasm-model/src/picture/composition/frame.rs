//! What lies around the picture.

use super::super::stages::{Colour, Inks, Point};
use super::{coverage, laid, length};

/// Half the width of a mat's window, and the radius of a tondo's.
const MAT: i32 = 1700;
const TONDO: i32 = 1780;

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    None,
    /// A thin light line near the edge.
    Keyline,
    /// Light paper with a window, and a thin dark line around that.
    Mat,
    /// A round window in the dark, with a ring of the accent around it.
    Tondo,
}

impl Frame {
    pub(super) fn of(value: u8) -> Self {
        match value {
            0 => Self::None,
            1 => Self::Keyline,
            2 => Self::Mat,
            _ => Self::Tondo,
        }
    }

    /// Whether nothing of the motif is seen at a point.
    #[inline]
    pub(super) fn covers(self, size: u16, at: Point) -> bool {
        match self {
            Self::None | Self::Keyline => false,
            Self::Mat => coverage(size, from_middle(at) - MAT) == 256,
            Self::Tondo => coverage(size, length(at.p, at.q) - TONDO) == 256,
        }
    }

    #[inline]
    pub(super) fn lay(self, size: u16, at: Point, colour: Colour, inks: &Inks) -> Colour {
        let lay = |colour, ink, inside| laid(colour, ink, coverage(size, inside));
        match self {
            Self::None => colour,
            Self::Keyline => lay(colour, inks.light, 10 - (from_middle(at) - 1890).abs()),
            Self::Mat => {
                let m = from_middle(at);
                lay(lay(colour, inks.light, m - MAT), inks.dark, 5 - (m - 1716).abs())
            }
            Self::Tondo => {
                let radius = length(at.p, at.q);
                lay(lay(colour, inks.dark, radius - TONDO), inks.accent, 8 - (radius - 1830).abs())
            }
        }
    }
}

/// The distance from the middle as a square's half width.
fn from_middle(at: Point) -> i32 {
    at.p.abs().max(at.q.abs())
}
