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

    /// `u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15`, each in [-128, 127].
    #[inline]
    pub(super) fn features(&self, x: u16, y: u16) -> [i16; 6] {
        let (u, v) = self.fold(self.centred(x), self.centred(y));
        let (u, v) = ((u * self.zoom) >> 4, (v * self.zoom) >> 4);
        let r = ((u * u + v * v) as u32).isqrt() as i32 - 1024;
        [u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15].map(|feature| feature as i16)
    }

    /// Centre of a column or row, in 1/2048 of half the picture's width: -2048 to 2047.
    fn centred(&self, at: u16) -> i32 {
        (2 * i32::from(at) + 1) * 2048 / self.size - 2048
    }

    fn fold(&self, u: i32, v: i32) -> (i32, i32) {
        let mirror = |at: i32| if at < 0 { -1 - at } else { at };
        match self.symmetry {
            0 => (u, v),
            1 => (mirror(u), v),
            2 => (mirror(u), mirror(v)),
            _ => {
                let (u, v) = (mirror(u), mirror(v));
                (u.max(v), u.min(v))
            }
        }
    }
}
