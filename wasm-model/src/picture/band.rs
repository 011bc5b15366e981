//! Rows of a picture on their way through the stages. Pixels that show the same place share its fields.

use super::stages::{Colour, Fields, Place, Point};
use super::{Painter, PictureError};
use alloc::vec::Vec;
use core::ops::Range;

/// So many pixels' fields are kept for rows further down: those of a whole picture of 1024².
const KEPT: usize = 1 << 20;

/// Rows of a picture, drawn from top to bottom.
pub(super) struct Band<'a> {
    painter: &'a Painter,
    size: u16,
    /// Number of the first column, and each column's coordinate.
    left: usize,
    columns: Vec<i32>,
    /// Number of the first row, and of the next one to draw.
    top: u16,
    next: u16,
    /// Fields of the first `kept` rows' pixels and of the newest row's; none where the motif is covered.
    fields: Vec<Option<Fields>>,
    kept: usize,
    row: Row,
}

/// What is made of one row.
#[derive(Default)]
struct Row {
    points: Vec<Point>,
    origins: Vec<Origin>,
    places: Vec<Place>,
    made: Vec<Fields>,
    colours: Vec<Colour>,
}

/// Where a pixel's fields come from.
#[derive(Clone, Copy)]
enum Origin {
    /// The next of those that the concept makes.
    Made,
    /// A pixel before it, by its number in [`Band::fields`].
    Twin(usize),
    /// Nowhere: the motif is covered.
    Covered,
}

impl<'a> Band<'a> {
    /// Begins at row `top` of a picture of the given size.
    pub(super) fn new(painter: &'a Painter, size: u16, columns: Range<u16>, top: u16) -> Self {
        Self {
            painter,
            size,
            left: columns.start.into(),
            columns: columns.map(|x| Point::coordinate(size, x)).collect(),
            top,
            next: top,
            fields: Vec::new(),
            kept: 0,
            row: Row::default(),
        }
    }

    /// The colours of the next row.
    ///
    /// # Errors
    /// If the concept's network refuses its input.
    pub(super) fn draw(&mut self) -> Result<&[Colour], PictureError> {
        self.fields.truncate(self.kept * self.columns.len());
        let mut row = core::mem::take(&mut self.row);
        self.find_origins(&mut row);
        row.made.resize(row.places.len(), Fields::default());
        self.painter.concept.fields(&row.places, &mut row.made)?;
        self.fill(&row);
        self.colour(&mut row);
        self.row = row;
        self.next += 1;
        if self.fields.len() + self.columns.len() <= KEPT {
            self.kept += 1;
        }
        Ok(&self.row.colours)
    }

    fn find_origins(&self, row: &mut Row) {
        let (composition, q) = (&self.painter.composition, Point::coordinate(self.size, self.next));
        row.points.clear();
        row.origins.clear();
        row.places.clear();
        for (column, &p) in self.columns.iter().enumerate() {
            let at = Point { p, q };
            let first = composition.first(at);
            let twin = if first == at { None } else { self.number_of(first) };
            let origin = match twin.filter(|&number| number < self.fields.len() + column) {
                Some(number) => Origin::Twin(number),
                None => composition.place(self.size, at).map_or(Origin::Covered, |place| {
                    row.places.push(place);
                    Origin::Made
                }),
            };
            row.points.push(at);
            row.origins.push(origin);
        }
    }

    /// The number in `fields` of the pixel whose middle a point is, if it lies in a row that is kept or in the next one.
    fn number_of(&self, at: Point) -> Option<usize> {
        let row = if at.q == Point::coordinate(self.size, self.next) {
            self.kept
        } else {
            let row = Point::nearest(self.size, at.q).checked_sub(self.top)?;
            let is_middle = Point::coordinate(self.size, self.top + row) == at.q;
            Some(usize::from(row)).filter(|&row| is_middle && row < self.kept)?
        };
        let column = usize::from(Point::nearest(self.size, at.p)).checked_sub(self.left)?;
        (self.columns.get(column) == Some(&at.p)).then(|| row * self.columns.len() + column)
    }

    /// Adds the row's fields.
    fn fill(&mut self, row: &Row) {
        let mut made = row.made.iter().copied();
        for origin in &row.origins {
            self.fields.push(match *origin {
                Origin::Made => made.next(),
                Origin::Twin(number) => self.fields[number],
                Origin::Covered => None,
            });
        }
    }

    fn colour(&self, row: &mut Row) {
        let Painter { style, composition, .. } = self.painter;
        let inks = style.inks();
        let fields = &self.fields[self.kept * self.columns.len()..];
        row.colours.clear();
        row.colours.extend(
            row.points
                .iter()
                .zip(fields)
                .map(|(&at, &fields)| fields.map_or(inks.dark, |fields| style.colour(fields, at))),
        );
        composition.finish(self.size, &row.points, &mut row.colours, &inks);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Traits;
    use super::super::composition::Arrangement;
    use super::super::stages::{Composition, Concept, Inks};
    use super::super::style::Look;
    use super::*;
    use alloc::sync::Arc;
    use alloc::vec;
    use core::sync::atomic::AtomicUsize;
    use core::sync::atomic::Ordering::Relaxed;

    /// A concept without a network that tells what was asked: both coordinates' lowest bytes. Counts the places.
    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl Concept for Counting {
        fn fields(&self, places: &[Place], fields: &mut [Fields]) -> Result<(), PictureError> {
            self.0.fetch_add(places.len(), Relaxed);
            for (place, fields) in places.iter().zip(fields) {
                let [tone, accent] = [place.u, place.v].map(|coordinate| coordinate as u8);
                *fields = Fields { tone, accent, edge: (place.u >> 8) as u8 ^ (place.v >> 4) as u8 };
            }
            Ok(())
        }
    }

    /// A composition that knows nothing of mirrors.
    struct Unaware(Arrangement);

    impl Composition for Unaware {
        fn place(&self, size: u16, at: Point) -> Option<Place> {
            self.0.place(size, at)
        }

        fn finish(&self, size: u16, points: &[Point], colours: &mut [Colour], inks: &Inks) {
            self.0.finish(size, points, colours, inks);
        }
    }

    /// Draws by what is mirrored and by each pixel on its own; the same must come. Gives for how many places both asked.
    fn places_asked(traits: Traits, size: u16, rows: Range<u16>) -> [usize; 2] {
        let (seed, look) = ([5; 32], Look::new(traits));
        let arrangement = || Arrangement::new(&seed, traits);
        let (few, all) = (Counting::default(), Counting::default());
        let aware = Painter::of_stages(few.clone(), look.clone(), arrangement());
        let unaware = Painter::of_stages(all.clone(), look, Unaware(arrangement()));
        let drawn = [aware, unaware].map(|painter| {
            let mut rgb = vec![0; 3 * usize::from(size) * rows.len()];
            painter.rows::<3>(size, rows.clone(), &mut rgb).expect("the rows are there");
            rgb
        });
        assert!(drawn[0] == drawn[1], "symmetry {} at {size}", traits.symmetry);
        [few, all].map(|asked| asked.0.load(Relaxed))
    }

    #[test]
    fn of_what_is_mirrored_one_part_is_computed() {
        let symmetric = |symmetry| Traits { symmetry, ..Traits::default() };
        let asked = |symmetry| places_asked(symmetric(symmetry), 64, 0..64);
        assert_eq!(asked(0), [4096, 4096]);
        for symmetry in [1, 2, 4] {
            assert_eq!(asked(symmetry), [if symmetry == 4 { 1024 } else { 2048 }, 4096]);
        }
        // Pixels on a mirror have no twin.
        assert_eq!([asked(3), asked(5)], [[64 * 65 / 2, 4096], [32 * 33 / 2, 4096]]);
        // Middles of pixels don't mirror onto each other at most other sizes, and rows may have their twins elsewhere.
        for (symmetry, size) in (0..6).flat_map(|symmetry| [1, 7, 60, 192, 250].map(|size| (symmetry, size))) {
            for frame in 0..4 {
                places_asked(Traits { frame, ..symmetric(symmetry) }, size, 0..size);
                places_asked(Traits { frame, ..symmetric(symmetry) }, size, size / 3..size);
            }
        }
    }

    #[test]
    fn what_is_mirrored_is_right_in_pictures_of_which_not_all_is_kept() {
        for symmetry in [2, 3, 5] {
            let [few, all] = places_asked(Traits { symmetry, ..Traits::default() }, 2048, 0..2048);
            assert!(few < all, "symmetry {symmetry}: {few} of {all}");
        }
    }

    #[test]
    fn of_points_with_the_same_place_the_first_comes_first() {
        for (symmetry, frame) in (0..6).flat_map(|symmetry| (0..4).map(move |frame| (symmetry, frame))) {
            let arrangement = Arrangement::new(&[7; 32], Traits { symmetry, frame, ..Traits::default() });
            for (p, q) in (-2048..2048).step_by(61).flat_map(|p| (-2048..2048).step_by(67).map(move |q| (p, q))) {
                let first = arrangement.first(Point { p, q });
                assert_eq!(
                    arrangement.place(512, first),
                    arrangement.place(512, Point { p, q }),
                    "{symmetry}: {p}, {q}"
                );
                assert!((first.q, first.p) <= (q, p), "{symmetry}: {first:?} for {p}, {q}");
                assert_eq!(arrangement.first(first), first);
            }
        }
    }

    #[test]
    fn each_column_is_nearest_to_its_middle() {
        for size in [1, 2, 3, 100, 192, 256, 1000, 2047, 2048, 4095, 4096] {
            for at in 0..size {
                assert_eq!(Point::nearest(size, Point::coordinate(size, at)), at, "of {size}");
            }
        }
    }
}
