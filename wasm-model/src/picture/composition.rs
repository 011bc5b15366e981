//! Composition 1: which part of the plane is seen, mirrored how and turned which way; marks over it, a frame around.

use super::Traits;
use super::stages::{Colour, Composition, Inks, Place, Point};
use alloc::vec::Vec;

mod frame;
mod marks;
mod sight;

use frame::Frame;
use marks::Mark;
use sight::Sight;

/// The arrangement of one token.
#[derive(Clone, Debug)]
pub(super) struct Arrangement {
    sight: Sight,
    marks: Vec<Mark>,
    frame: Frame,
}

impl Arrangement {
    pub(super) fn new(seed: &[u8; 32], traits: Traits) -> Self {
        let choices = super::hash_of(b"verdigris/composition/1", seed);
        Self {
            sight: Sight::new(traits, &choices),
            marks: marks::of(traits.marks, &choices),
            frame: Frame::of(traits.frame),
        }
    }
}

impl Composition for Arrangement {
    #[inline]
    fn place(&self, size: u16, at: Point) -> Option<Place> {
        (!self.frame.covers(size, at)).then(|| self.sight.place(at))
    }

    #[inline]
    fn first(&self, at: Point) -> Point {
        self.sight.first(at)
    }

    fn finish(&self, size: u16, points: &[Point], colours: &mut [Colour], inks: &Inks) {
        let heights = points.iter().map(|at| at.q);
        let heights = heights.clone().min().unwrap_or(0)..=heights.max().unwrap_or(0);
        for mark in self.marks.iter().filter(|mark| mark.meets(size, &heights)) {
            for (&at, colour) in points.iter().zip(&mut *colours) {
                *colour = mark.lay(size, at, *colour, inks);
            }
        }
        if self.frame != Frame::None {
            for (&at, colour) in points.iter().zip(colours) {
                *colour = self.frame.lay(size, at, *colour, inks);
            }
        }
    }
}

/// How much of a pixel a shape covers, 0 to 256, whose edge is `inside` units away: from none to all over one pixel.
#[inline]
fn coverage(size: u16, inside: i32) -> i32 {
    (128 + ((inside * i32::from(size)) >> 4)).clamp(0, 256)
}

/// Lays ink over a colour.
#[inline]
fn laid(colour: Colour, ink: Colour, coverage: i32) -> Colour {
    core::array::from_fn(|i| {
        ((i32::from(colour[i]) * (256 - coverage) + i32::from(ink[i]) * coverage + 128) >> 8) as u8
    })
}

/// The distance of two coordinates from zero, rounded down.
#[inline]
fn length(x: i32, y: i32) -> i32 {
    ((x * x + y * y) as u32).isqrt() as i32
}

/// 1024 times the sine of a quarter turn, in 64ths of a turn.
const QUARTER: [i32; 17] = [0, 100, 200, 297, 392, 483, 569, 650, 724, 792, 851, 903, 946, 980, 1004, 1019, 1024];

/// `round(1024·sin(2π·angle/64))`.
const fn sine(angle: u8) -> i32 {
    let at = (angle & 31) as usize;
    let value = QUARTER[if at > 16 { 32 - at } else { at }];
    if angle & 32 == 0 { value } else { -value }
}

/// `round(1024·cos(2π·angle/64))`.
const fn cosine(angle: u8) -> i32 {
    sine(angle.wrapping_add(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_rounded_sines() {
        for angle in 0..=255u8 {
            let exact = 1024.0 * (core::f64::consts::TAU * f64::from(angle) / 64.0).sin();
            assert_eq!(sine(angle), exact.round() as i32, "{angle}");
        }
    }

    #[test]
    fn no_place_lies_beyond_the_plane() {
        for seed in 0..200u8 {
            for density in 0..4 {
                let traits = Traits { density, symmetry: seed % 6, ..Traits::default() };
                let arrangement = Arrangement::new(&[seed; 32], traits);
                for (p, q) in [(-2048, -2048), (2047, -2048), (-2048, 2047), (2047, 2047)] {
                    let Place { u, v } = arrangement.place(512, Point { p, q }).expect("no frame covers it");
                    assert!((-2048..2048).contains(&u) && (-2048..2048).contains(&v), "{seed} {density}: {u}, {v}");
                }
            }
        }
    }

    #[test]
    fn what_a_frame_covers_is_the_frame_whatever_lies_below() {
        let inks = Inks { dark: [1, 2, 3], light: [250, 251, 252], accent: [9, 90, 200] };
        for (frame, size) in (0..4).flat_map(|frame| [7, 64, 500].map(|size| (frame, size))) {
            let arrangement = Arrangement::new(&[5; 32], Traits { frame, ..Traits::default() });
            for (x, y) in (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).step_by(11) {
                let at = Point::of(size, x, y);
                if arrangement.place(size, at).is_none() {
                    let mut ends = [[0; 3], [255; 3]];
                    arrangement.finish(size, &[at, at], &mut ends, &inks);
                    assert_eq!(ends[0], ends[1], "frame {frame} at {x}, {y} of {size}");
                }
            }
        }
    }
}
