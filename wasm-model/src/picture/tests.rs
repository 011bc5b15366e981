//! What a picture is, whoever draws it and however it is cut.

use super::*;
use crate::drawing::{Drawing, Kind};
use crate::{Domain, LatentDomain, NetworkSpec, Operation, genesis, reference};
use proptest::prelude::*;

const STAGES: u32 = Stages::NEWEST.number();

fn painter(traits: Traits) -> Painter {
    let word = traits.to_word().expect("the traits are in range");
    Painter::new(&genesis(), STAGES, &[9; 32], &word).expect("the blueprint is valid")
}

fn traits() -> impl Strategy<Value = Traits> {
    let ranges = (0..20u8, 0..12u8, 0..6u8, 0..4u8, 0..6u8, 0..4u8, 0..4u8, any::<u16>());
    ranges.prop_map(|(palette, family, symmetry, density, texture, frame, marks, epoch)| Traits {
        palette,
        family,
        symmetry,
        density,
        texture,
        frame,
        marks,
        epoch,
    })
}

/// A pixel, stage by stage, with the network run by the reference.
fn plain_pixel(network: &Network, seed: &[u8; 32], traits: Traits, size: u16, x: u16, y: u16) -> Colour {
    let (look, arrangement) = (style::Look::new(traits), composition::Arrangement::new(seed, traits));
    let at = Point::of(size, x, y);
    let seen = arrangement.place(size, at).map(|place| {
        let made = reference::run(network, &features(place), &latent(seed, traits)).expect("the features are in range");
        look.colour(Fields { tone: made[0] as u8, accent: made[1] as u8, edge: made[2] as u8 }, at)
    });
    let mut colours = [seen.unwrap_or_default()];
    arrangement.finish(size, &[at], &mut colours, &look.inks());
    colours[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_pixel_is_what_the_reference_and_the_other_stages_say(traits in traits(), seed: [u8; 32], size in 1..=64u16) {
        let network = genesis();
        let word = traits.to_word()?;
        for backend in Backend::available() {
            let painter = Painter::with_backend(&network, STAGES, &seed, &word, backend)?;
            let picture = painter.draw(size)?;
            for (i, found) in picture.rgb().chunks_exact(3).enumerate().step_by(7) {
                let (x, y) = ((i % usize::from(size)) as u16, (i / usize::from(size)) as u16);
                let expected = plain_pixel(&network, &seed, traits, size, x, y);
                prop_assert_eq!(found, expected);
                prop_assert_eq!(painter.pixel(size, x, y)?, expected);
            }
        }
    }

    #[test]
    fn rows_alone_equal_rows_of_the_whole(traits in traits(), size in 1..=70u16, a: u16, b: u16) {
        let painter = painter(traits);
        let (start, end) = (a % (size + 1), b % (size + 1));
        let (start, end) = (start.min(end), start.max(end));
        let width = usize::from(size);
        let whole = painter.draw(size)?.into_rgb();
        let mut part = vec![0; 3 * width * usize::from(end - start)];
        painter.rows::<3>(size, start..end, &mut part)?;
        prop_assert_eq!(&part, &whole[3 * width * usize::from(start)..3 * width * usize::from(end)]);
        let mut rgba = vec![0; 4 * width * usize::from(end - start)];
        painter.rows::<4>(size, start..end, &mut rgba)?;
        for (rgba, rgb) in rgba.chunks_exact(4).zip(part.chunks_exact(3)) {
            prop_assert_eq!(&rgba[..3], rgb);
            prop_assert_eq!(rgba[3], 255);
        }
    }

    #[test]
    fn a_model_that_is_no_plain_chain_is_drawn_too(seed: u64, traits in traits()) {
        // Vectors made wide and narrow again: the block-wise engine does not take them.
        let mut drawing = Drawing::new(seed);
        let Some(last) = (0..50).find_map(|_| picture_tail(&drawing.network(Kind::Vector))) else { return Ok(()) };
        let input = Domain { shape: [6, 1, 1], lo: -128, hi: 127 };
        let latent_domain = Some(LatentDomain { len: 32, lo: -128, hi: 127 });
        let operations = vec![
            Operation::Reshape { source: 0, shape: [1, 2, 3] },
            Operation::Resize { source: 1 },
            Operation::Reshape { source: 2, shape: [24, 1, 1] },
            last,
        ];
        let network = Network::new(NetworkSpec { input, latent: latent_domain, tables: vec![], operations })?;
        let painter = Painter::new(&network, STAGES, &[1; 32], &traits.to_word()?)?;
        let expected = plain_pixel(&network, &[1; 32], traits, 5, 3, 2);
        let picture = painter.draw(5)?;
        prop_assert_eq!(&picture.rgb()[3 * (2 * 5 + 3)..][..3], expected);
        prop_assert_eq!(painter.pixel(5, 3, 2)?, expected);
    }
}

/// Three outputs from 24 inputs with the first weights of some network.
fn picture_tail(network: &Network) -> Option<Operation> {
    network.spec().operations.iter().find_map(|operation| match operation {
        Operation::Linear(linear) if linear.weights.len() >= 96 => Some(Operation::Linear(crate::Linear {
            source: 3,
            outputs: 3,
            kernel: 1,
            stride: 1,
            activation: crate::Activation::Clip { shift: 5 },
            weights: linear.weights[..72].to_vec(),
            biases: vec![1000, -1000, 3],
            latent: Some(linear.weights[..96].to_vec()),
        })),
        _ => None,
    })
}

#[test]
fn smooth_pixels_are_means_of_four() {
    let painter = painter(Traits { family: 2, ..Traits::default() });
    let (fine, smooth) = (painter.draw(34).expect("34 is a size"), painter.draw_smooth(17).expect("17 is a size"));
    let at = |x: usize, y: usize, c: usize| u32::from(fine.rgb()[3 * (34 * y + x) + c]);
    for (i, &found) in smooth.rgb().iter().enumerate() {
        let (x, y, c) = (2 * (i / 3 % 17), 2 * (i / 3 / 17), i % 3);
        let sum = at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c);
        assert_eq!(u32::from(found), (sum + 2) / 4);
    }
}

#[test]
fn pictures_differ_by_seed_and_by_each_trait() {
    let network = genesis();
    let draw = |seed: [u8; 32], traits: Traits| {
        let word = traits.to_word().expect("the traits are in range");
        let painter = Painter::new(&network, STAGES, &seed, &word).expect("the blueprint is valid");
        painter.draw(16).expect("16 is a size").into_rgb()
    };
    let plain = Traits::default();
    let pictures = [
        draw([0; 32], plain),
        draw([1; 32], plain),
        draw([0; 32], Traits { palette: 1, ..plain }),
        draw([0; 32], Traits { family: 1, ..plain }),
        draw([0; 32], Traits { symmetry: 1, ..plain }),
        draw([0; 32], Traits { density: 1, ..plain }),
        draw([0; 32], Traits { texture: 1, ..plain }),
        draw([0; 32], Traits { frame: 1, ..plain }),
        draw([0; 32], Traits { marks: 2, ..plain }),
        draw([0; 32], Traits { epoch: 1, ..plain }),
    ];
    for (i, picture) in pictures.iter().enumerate() {
        assert!(!pictures[..i].contains(picture), "picture {i} equals an earlier one");
    }
}

#[test]
fn sizes_rows_and_buffers_are_checked() {
    let painter = painter(Traits::default());
    assert_eq!(painter.draw(0), Err(PictureError::Size { size: 0, limit: 4096 }));
    assert_eq!(painter.draw(4097), Err(PictureError::Size { size: 4097, limit: 4096 }));
    assert_eq!(painter.draw_smooth(2049), Err(PictureError::Size { size: 2049, limit: 2048 }));
    assert_eq!(painter.rows::<3>(8, 3..9, &mut []), Err(PictureError::Rows { start: 3, end: 9, size: 8 }));
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let reversed = painter.rows::<3>(8, 5..4, &mut []);
    assert_eq!(reversed, Err(PictureError::Rows { start: 5, end: 4, size: 8 }));
    assert_eq!(painter.rows::<3>(8, 0..1, &mut [0; 23]), Err(PictureError::Buffer { expected: 24, found: 23 }));
    assert_eq!(painter.pixel(8, 8, 0), Err(PictureError::Pixel { x: 8, y: 0, size: 8 }));
    assert_eq!(painter.pixel(8, 0, u16::MAX), Err(PictureError::Pixel { x: 0, y: u16::MAX, size: 8 }));
    assert_eq!(Picture::from_rgb(2, vec![0; 11]), Err(PictureError::Buffer { expected: 12, found: 11 }));
}

#[test]
fn unknown_versions_traits_and_models_are_refused() {
    let network = genesis();
    let word = [0; 32];
    for stages in [0, 2, 0x01_01_00, 0x01_02_01, 0x02_01_01, 0x01_01_01_01] {
        assert_eq!(Painter::new(&network, stages, &word, &word).err(), Some(PictureError::Stages(stages)));
    }
    let cases = [(31, 20), (30, 12), (29, 6), (28, 4), (27, 6), (26, 4), (25, 4), (24, 1), (21, 1), (0, 255)];
    for (byte, value) in cases {
        let mut traits = word;
        traits[byte] = value;
        let error = Painter::new(&network, STAGES, &word, &traits).expect_err("it is no trait");
        assert!(error.to_string().starts_with(&format!("byte {byte} of the traits word is {value}")), "{error}");
    }
    assert!(Traits { density: 4, ..Traits::default() }.to_word().is_err());
    let mut spec = network.spec().clone();
    spec.input.lo = -127;
    let narrow = Network::new(spec).expect("it is a network, but no picture model");
    assert_eq!(Painter::new(&narrow, STAGES, &word, &word).err(), Some(PictureError::Model));
}

#[test]
fn traits_lie_at_the_end_of_their_word() {
    let traits =
        Traits { palette: 15, family: 11, symmetry: 5, density: 3, texture: 4, frame: 2, marks: 1, epoch: 258 };
    let word = traits.to_word().expect("the traits are in range");
    assert_eq!(word[20..], [0, 0, 1, 2, 0, 1, 2, 4, 3, 5, 11, 15]);
    assert_eq!(Traits::from_word(&word), Ok(traits));
}

#[test]
fn the_family_is_a_switch_of_127_among_the_last_twelve_latents() {
    let latent = latent(&[0; 32], Traits { family: 9, ..Traits::default() });
    assert_eq!(latent[20..], core::array::from_fn::<i16, 12, _>(|i| if i == 9 { 127 } else { 0 }));
    let hash = crate::keccak256(&[b"verdigris/latent/2".as_slice(), &[0; 32]].concat());
    assert_eq!(latent[0], i16::from(hash[0] as i8));
    assert_eq!(latent[19], i16::from(hash[19] as i8));
}

#[test]
fn each_epoch_turns_the_latents_by_the_same_step_for_ever() {
    let at = |epoch| latent(&[3; 32], Traits { epoch, ..Traits::default() });
    for i in 0..20 {
        let turn = |from: u16| (at(from + 1)[i] - at(from)[i]) as i8;
        assert_eq!([turn(1), turn(77), turn(65_534)], [turn(0); 3], "latent {i}");
        assert!((-16..16).contains(&turn(0)), "latent {i} turns by {}", turn(0));
    }
    assert_ne!(at(0), at(1));
    assert_eq!(at(0), at(256), "256 steps are whole turns");
}

/// A style that turns any other's colours round.
struct Negative<S>(S);

impl<S: Style> Style for Negative<S> {
    fn colour(&self, fields: Fields, at: Point) -> Colour {
        self.0.colour(fields, at).map(|channel| 255 - channel)
    }

    fn inks(&self) -> Inks {
        self.0.inks()
    }
}

/// A composition that shows only the left half.
struct Curtain;

impl Composition for Curtain {
    fn place(&self, _: u16, at: Point) -> Option<Place> {
        (at.p < 0).then_some(Place { u: at.p, v: at.q })
    }

    fn finish(&self, _: u16, points: &[Point], colours: &mut [Colour], inks: &Inks) {
        for (at, colour) in points.iter().zip(colours) {
            *colour = if at.p < 0 { *colour } else { inks.accent };
        }
    }
}

/// A concept without a network: one half of the plane is dark, the other light.
struct Halves;

impl Concept for Halves {
    fn fields(&self, places: &[Place], fields: &mut [Fields]) -> Result<(), PictureError> {
        for (place, fields) in places.iter().zip(fields) {
            *fields = Fields { tone: if place.u < 0 { 0 } else { 255 }, accent: 0, edge: 128 };
        }
        Ok(())
    }
}

#[test]
fn a_new_stage_stands_beside_the_others_and_changes_none_of_them() {
    let (seed, traits) = ([9; 32], Traits { palette: 3, ..Traits::default() });
    let motif = || concept::Motif::new(&genesis(), &seed, traits, Backend::best()).expect("it is a picture model");
    let arrangement = || composition::Arrangement::new(&seed, traits);
    let plain = Painter::of_stages(motif(), style::Look::new(traits), arrangement()).draw(40).expect("a size");
    assert_eq!(plain, painter(traits).draw(40).expect("a size"));

    let negative = Painter::of_stages(motif(), Negative(style::Look::new(traits)), arrangement());
    let turned: Vec<_> = plain.rgb().iter().map(|channel| 255 - channel).collect();
    assert_eq!(negative.draw(40).expect("a size").rgb(), turned);

    let half = Painter::of_stages(motif(), style::Look::new(traits), Curtain).draw(40).expect("a size");
    let accent = PALETTES[3].accent;
    assert_ne!(half.rgb()[..3], accent);
    for (i, pixel) in half.rgb().chunks_exact(3).enumerate() {
        assert!(i % 40 < 20 || pixel == accent, "pixel {i}");
    }

    let halves = Painter::of_stages(Halves, style::Look::new(traits), Curtain).draw(40).expect("a size");
    let dark = style::Look::new(traits).inks().dark;
    assert!(halves.rgb().chunks_exact(3).enumerate().all(|(i, pixel)| i % 40 >= 20 || pixel == dark));
}

#[test]
fn every_tile_climbs_to_the_root() {
    // 20 is no multiple of 8: the last tiles of each row and column reach beyond the picture.
    for size in [1, 8, 20] {
        let picture = painter(Traits::default()).draw(size).expect("the size is valid");
        for index in 0..picture.tile_count() {
            let TileProof { tile, leaf, proof } = picture.tile_proof(index).expect("the tile exists");
            assert_eq!(leaf, tile_leaf(size, index, &tile));
            let root = proof.iter().fold(leaf, |node, sibling| {
                let (low, high) = if node < *sibling { (node, *sibling) } else { (*sibling, node) };
                crate::keccak256(&[low, high].concat())
            });
            assert_eq!(root, picture.pixel_root(), "tile {index} of {size}");
        }
        let count = picture.tile_count();
        assert_eq!(picture.tile_proof(count), Err(PictureError::Tile { index: count, count }));
    }
}

#[test]
fn roots_are_those_of_openzeppelins_library() {
    // From StandardMerkleTree.of(values, ["uint32", "uint32", "bytes32[6]"]).root, @openzeppelin/merkle-tree 1.0.8.
    let ramp = |size: u16| {
        let rgb = (0..3 * u32::from(size) * u32::from(size)).map(|i| (i * i / 7) as u8).collect();
        Picture::from_rgb(size, rgb).expect("the length fits").pixel_root()
    };
    let hex = |root: [u8; 32]| root.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(ramp(1)), "53401a3a77f6d8e5e1cde560feaf71290f8f3ba55bd18bcdd3d855444a4f033f");
    assert_eq!(hex(ramp(20)), "552896b2e8fc0a23676085532c2d6bc2f7178c63a24d46d1c40301f7df4e0f87");
    assert_eq!(hex(ramp(64)), "e1c129f9d461fb52abc0e7ab20aca4c468c6d43adcda7b470c6290376941e2fc");
}

#[test]
fn symmetries_fold_the_plane() {
    let fold = |symmetry, x, y| {
        let arrangement = composition::Arrangement::new(&[0; 32], Traits { symmetry, ..Traits::default() });
        arrangement.place(8, Point::of(8, x, y)).expect("no frame covers it")
    };
    let is_same = |symmetry, a: [u16; 2], b: [u16; 2]| fold(symmetry, a[0], a[1]) == fold(symmetry, b[0], b[1]);
    let folds = |symmetry| {
        [is_same(symmetry, [1, 2], [6, 2]), is_same(symmetry, [1, 2], [1, 5]), is_same(symmetry, [1, 2], [2, 1])]
    };
    assert_eq!(folds(0), [false, false, false]);
    assert_eq!(folds(1), [true, false, false]);
    assert_eq!(folds(2), [false, true, false]);
    assert_eq!(folds(3), [false, false, true]);
    assert_eq!(folds(4), [true, true, false]);
    assert_eq!(folds(5), [true, true, true]);
}

#[cfg(feature = "png")]
#[test]
fn a_png_holds_the_same_pixels_and_is_always_the_same_file() {
    let picture = painter(Traits::default()).draw(33).expect("33 is a size");
    let file = picture.to_png().expect("it can be written");
    assert_eq!(file, picture.to_png().expect("it can be written"));
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("it is a PNG");
    let mut rgb = vec![0; reader.output_buffer_size().expect("it fits in memory")];
    let info = reader.next_frame(&mut rgb).expect("it has a frame");
    assert_eq!((info.width, info.height, info.color_type), (33, 33, ::png::ColorType::Rgb));
    assert_eq!(rgb, picture.rgb());
}
