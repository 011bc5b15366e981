//! From a pixel's column and row to the six features that the network reads.

use super::Traits;

/// The coordinates of a picture of some size and some traits.
pub(super) struct Grid {
    size: i32,
    symmetry: u8,
    zoom: i32,
}

impl Grid {
    pub(super) fn new(size: u16, traits: Traits) -> Self {
        let zoom = [7, 10, 13, 16][usize::from(traits.density & 3)];
        Self { size: size.into(), symmetry: traits.symmetry, zoom }
    }

    /// The coordinate u of a column, before a kaleidoscope looks at both.
    pub(super) fn column(&self, x: u16) -> i32 {
        self.seen(self.centred(x), self.symmetry >= 1)
    }

    /// The coordinate v of a row, before a kaleidoscope looks at both.
    pub(super) fn row(&self, y: u16) -> i32 {
        self.seen(self.centred(y), self.symmetry >= 2)
    }

    /// `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`, each in [-128, 127].
    #[inline]
    pub(super) fn features(&self, u: i32, v: i32) -> [i16; 6] {
        // Both were made denser before; that keeps their order.
        let (u, v) = if self.symmetry == 3 { (u.max(v), u.min(v)) } else { (u, v) };
        let r = ((u * u + v * v) as u32).isqrt() as i32 - 1024;
        [u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15].map(|feature| feature as i16)
    }

    /// [`Self::features`] of a pixel.
    pub(super) fn features_at(&self, x: u16, y: u16) -> [i16; 6] {
        self.features(self.column(x), self.row(y))
    }

    /// Centre of a column or row, in 1/2048 of half the picture's width: -2048 to 2047.
    fn centred(&self, at: u16) -> i32 {
        (2 * i32::from(at) + 1) * 2048 / self.size - 2048
    }

    fn seen(&self, at: i32, mirrored: bool) -> i32 {
        let at = if mirrored && at < 0 { -1 - at } else { at };
        (at * self.zoom) >> 4
    }
}
