//! Small exact drawings over the motif: discs, rings, bars and a seal, which the seed places.

use super::super::stages::{Colour, Inks, Point};
use super::{cosine, coverage, laid, length, sine};
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// Which ink a mark is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Light,
    Accent,
}

impl Ink {
    fn of(self, inks: &Inks) -> Colour {
        match self {
            Self::Light => inks.light,
            Self::Accent => inks.accent,
        }
    }
}

/// How far a shade of dark ink reaches beyond a mark, so that it stands out from whatever is below it.
const SHADE: i32 = 8;
/// Where a seal's upper left corner lies, both ways, and the side of one of its cells.
const SEAL_CORNER: i32 = 912;
const SEAL_CELL: i32 = 48;

/// A mark, and its ink. Lengths are in the units of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// All within a radius.
    Disc { x: i32, y: i32, radius: i32, ink: Ink },
    /// All within `half` of a circle.
    Ring { x: i32, y: i32, radius: i32, half: i32, ink: Ink },
    /// All within `half` of a segment, between its ends.
    Bar { x: i32, y: i32, dx: i32, dy: i32, length: i32, half: i32, ink: Ink },
    /// A square of 7 × 7 cells: a rim around 15 bits, mirrored.
    Seal { bits: u16 },
}

/// The marks of a trait's value.
pub(super) fn of(value: u8, choices: &[u8; 32]) -> Vec<Mark> {
    match value {
        0 => Vec::new(),
        1 => [Mark::Seal { bits: u16::from_le_bytes([choices[3], choices[4]]) }].into(),
        2 => orbits(choices),
        _ => constellation(choices),
    }
}

fn orbits(choices: &[u8; 32]) -> Vec<Mark> {
    let (x, y) = (signed(choices[5]) * 6, signed(choices[6]) * 6);
    let mut marks = Vec::new();
    for (n, least) in [260, 560, 900].into_iter().enumerate() {
        let (radius, angle) = (least + i32::from(choices[7 + n]), choices[10 + n]);
        marks.push(Mark::Ring { x, y, radius, half: 6, ink: Ink::Light });
        let (dx, dy) = ((cosine(angle) * radius) >> 10, (sine(angle) * radius) >> 10);
        marks.push(Mark::Disc { x: x + dx, y: y + dy, radius: 40, ink: Ink::Accent });
    }
    marks
}

fn constellation(choices: &[u8; 32]) -> Vec<Mark> {
    const STARS: usize = 7;
    let star = |n: usize| (signed(choices[5 + 2 * n]) * 11, signed(choices[6 + 2 * n]) * 11);
    let bars = (1..STARS).map(|n| {
        let ((x, y), (to_x, to_y)) = (star(n - 1), star(n));
        let (dx, dy) = (to_x - x, to_y - y);
        Mark::Bar { x, y, dx, dy, length: length(dx, dy), half: 4, ink: Ink::Light }
    });
    let discs = (0..STARS).map(|n| {
        let (x, y) = star(n);
        let ink = if n == 0 { Ink::Accent } else { Ink::Light };
        Mark::Disc { x, y, radius: 15 + i32::from(choices[19 + n] & 15), ink }
    });
    bars.chain(discs).collect()
}

fn signed(choice: u8) -> i32 {
    i32::from(choice as i8)
}

/// How far from its edge a mark, and its shade, covers nothing.
fn reach(size: u16) -> i32 {
    SHADE + 2048 / i32::from(size) + 2
}

impl Mark {
    /// Whether anything of it may lie within some heights.
    pub(super) fn meets(&self, size: u16, heights: &RangeInclusive<i32>) -> bool {
        let (top, bottom) = match *self {
            Self::Disc { y, radius, .. } => (y - radius, y + radius),
            Self::Ring { y, radius, half, .. } => (y - radius - half, y + radius + half),
            Self::Bar { y, dy, half, .. } => (y.min(y + dy) - half, y.max(y + dy) + half),
            Self::Seal { .. } => (SEAL_CORNER, SEAL_CORNER + 7 * SEAL_CELL),
        };
        *heights.start() < bottom + reach(size) && *heights.end() > top - reach(size)
    }

    #[inline]
    pub(super) fn lay(&self, size: u16, at: Point, colour: Colour, inks: &Inks) -> Colour {
        let is_near = |dx: i32, dy: i32, radius: i32| dx.abs().max(dy.abs()) < radius + reach(size);
        let (inside, ink) = match *self {
            Self::Disc { x, y, radius, ink } => {
                let (dx, dy) = (at.p - x, at.q - y);
                if !is_near(dx, dy, radius) {
                    return colour;
                }
                (radius - length(dx, dy), ink)
            }
            Self::Ring { x, y, radius, half, ink } => {
                let (dx, dy) = (at.p - x, at.q - y);
                if !is_near(dx, dy, radius + half) {
                    return colour;
                }
                (half - (length(dx, dy) - radius).abs(), ink)
            }
            Self::Bar { x, y, dx, dy, length, half, ink } => {
                let (px, py) = (at.p - x, at.q - y);
                let (along, across) = (px * dx + py * dy, (px * dy - py * dx).abs());
                if across >= (half + reach(size)) * length || along < 0 || along > dx * dx + dy * dy {
                    return colour;
                }
                (half - across / length, ink)
            }
            Self::Seal { bits } => return seal(bits, at).map_or(colour, |ink| ink.of(inks)),
        };
        match coverage(size, inside + SHADE) {
            0 => colour,
            shade => laid(laid(colour, inks.dark, shade >> 1), ink.of(inks), coverage(size, inside)),
        }
    }
}

/// The ink of a seal at a point, if that lies on it.
fn seal(bits: u16, at: Point) -> Option<Ink> {
    let (i, j) = (at.p - SEAL_CORNER, at.q - SEAL_CORNER);
    if !(0..7 * SEAL_CELL).contains(&i) || !(0..7 * SEAL_CELL).contains(&j) {
        return None;
    }
    // The cell's place among the 5 × 5 within the rim.
    let (i, j) = (i / SEAL_CELL - 1, j / SEAL_CELL - 1);
    let is_inner = (0..5).contains(&i) && (0..5).contains(&j);
    let is_light = is_inner && bits >> (3 * j + i.min(4 - i)) & 1 == 1;
    Some(if is_light { Ink::Light } else { Ink::Accent })
}
