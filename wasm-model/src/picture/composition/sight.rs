//! The part of the plane that is seen.

use super::super::Traits;
use super::super::stages::{Place, Point};
use super::{cosine, sine};

/// How points become places: mirrored, made denser, turned and shifted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    symmetry: u8,
    zoom: i32,
    cosine: i32,
    sine: i32,
    shift: [i32; 2],
}

impl Sight {
    pub(super) fn new(traits: Traits, choices: &[u8; 32]) -> Self {
        let zoom = [11, 14, 18, 22][usize::from(traits.density & 3)];
        // What is folded twice and more shows so little of the plane that it is drawn from further away.
        let zoom = if traits.symmetry < 4 { zoom } else { (zoom + 22) >> 1 };
        // What is left of the plane around a turned square.
        let room = 2040 - 91 * zoom;
        let shift = [choices[1], choices[2]].map(|choice| (i32::from(choice as i8) * room) >> 8);
        Self { symmetry: traits.symmetry, zoom, cosine: cosine(choices[0]), sine: sine(choices[0]), shift }
    }

    /// The first of the points that are mirrored onto one.
    #[inline]
    pub(super) fn first(&self, Point { p, q }: Point) -> Point {
        let (left, upper) = (-p.abs(), -q.abs());
        match self.symmetry {
            0 => Point { p, q },
            1 => Point { p: left, q },
            2 => Point { p, q: upper },
            3 => Point { p: p.max(q), q: p.min(q) },
            4 => Point { p: left, q: upper },
            _ => Point { p: left.max(upper), q: left.min(upper) },
        }
    }

    #[inline]
    pub(super) fn place(&self, Point { p, q }: Point) -> Place {
        let (p, q) = match self.symmetry {
            0 => (p, q),
            1 => (p.abs(), q),
            2 => (p, q.abs()),
            3 => (p.max(q), p.min(q)),
            4 => (p.abs(), q.abs()),
            _ => {
                let (p, q) = (p.abs(), q.abs());
                (p.max(q), p.min(q))
            }
        };
        let (p, q) = ((p * self.zoom) >> 5, (q * self.zoom) >> 5);
        Place {
            u: ((self.cosine * p - self.sine * q) >> 10) + self.shift[0],
            v: ((self.sine * p + self.cosine * q) >> 10) + self.shift[1],
        }
    }
}
