//! The three stages that make a picture, and what they hand each other (docs/protocol.md, section 2).
//!
//! A stage knows nothing of the others but these types, so a new one can stand beside those that are there:
//!
//! ```text
//! Point ─► Composition ─► Place ─► Concept ─► Fields ─► Style ─► Colour ─► Composition ─► Colour
//! ```

use super::PictureError;
use core::fmt;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// Where a pixel lies in the picture: both coordinates in [-2048, 2047], whatever the picture's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// From left to right.
    pub p: i32,
    /// From top to bottom.
    pub q: i32,
}

impl Point {
    /// The middle of a pixel.
    #[inline]
    pub fn of(size: u16, x: u16, y: u16) -> Self {
        Self { p: Self::coordinate(size, x), q: Self::coordinate(size, y) }
    }

    /// The middle of a column or row.
    #[inline]
    pub(super) fn coordinate(size: u16, at: u16) -> i32 {
        (2 * i32::from(at) + 1) * 2048 / i32::from(size) - 2048
    }

    /// The column or row whose middle it is, if it is one's middle.
    #[inline]
    pub(super) fn nearest(size: u16, coordinate: i32) -> u16 {
        (((coordinate + 2048) * i32::from(size) + 2047) >> 12) as u16
    }
}

/// Where on the concept's endless plane a point looks: both coordinates in [-2048, 2047].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First coordinate.
    pub u: i32,
    /// Second coordinate.
    pub v: i32,
}

/// What a concept says of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// From dark to light.
    pub tone: u8,
    /// How much of the accent lies over it.
    pub accent: u8,
    /// Shadow below 128, light above.
    pub edge: u8,
}

/// The colours that a style lends to the composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inks {
    /// The darkest.
    pub dark: Colour,
    /// The lightest.
    pub light: Colour,
    /// What stands against both.
    pub accent: Colour,
}

/// The motif: fields of places.
pub trait Concept {
    /// Fills `fields` with those of `places`, which are equally many.
    ///
    /// # Errors
    /// If the concept's network refuses its input.
    fn fields(&self, places: &[Place], fields: &mut [Fields]) -> Result<(), PictureError>;
}

/// The look: colours of fields.
pub trait Style {
    /// The colour of a pixel at a point.
    fn colour(&self, fields: Fields, at: Point) -> Colour;

    /// The colours for frame and marks.
    fn inks(&self) -> Inks;
}

/// The arrangement: which places are seen, and what lies over them.
pub trait Composition {
    /// The place that a point shows; none where the motif is wholly covered.
    fn place(&self, size: u16, at: Point) -> Option<Place>;

    /// The first point, from top to bottom and then from left to right, that [`Self::place`] gives what it gives for this
    /// one, as far as mirrors tell.
    fn first(&self, at: Point) -> Point {
        at
    }

    /// Lays marks and frame over the colours of equally many points. Where [`Self::place`] gave none, a colour doesn't
    /// count.
    fn finish(&self, size: u16, points: &[Point], colours: &mut [Colour], inks: &Inks);
}

/// The versions of the stages, as a blueprint names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stages {
    /// What turns seed, traits and network into fields.
    pub concept: u8,
    /// What turns fields into colours.
    pub style: u8,
    /// What arranges and frames.
    pub composition: u8,
}

impl Stages {
    /// The newest version of each; all from 1 on are here.
    pub const NEWEST: Self = Self { concept: 1, style: 1, composition: 1 };

    /// Reads `concept · 65536 + style · 256 + composition`.
    ///
    /// # Errors
    /// If this renderer has not all of them.
    pub fn from_number(number: u32) -> Result<Self, PictureError> {
        let [zero, concept, style, composition] = number.to_be_bytes();
        let is_known = zero == 0
            && (1..=Self::NEWEST.concept).contains(&concept)
            && (1..=Self::NEWEST.style).contains(&style)
            && (1..=Self::NEWEST.composition).contains(&composition);
        if is_known { Ok(Self { concept, style, composition }) } else { Err(PictureError::Stages(number)) }
    }

    /// The number that stands in a blueprint.
    pub const fn number(self) -> u32 {
        u32::from_be_bytes([0, self.concept, self.style, self.composition])
    }
}

impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.concept, self.style, self.composition)
    }
}
