//! What a picture is, whoever draws it and however it is cut.

use super::*;
use crate::drawing::{Drawing, Kind};
use crate::{Domain, LatentDomain, NetworkSpec, Operation, genesis, reference};
use proptest::prelude::*;

fn painter(traits: Traits) -> Painter {
    let word = traits.to_word().expect("the traits are in range");
    Painter::new(&genesis(), RENDERER_VERSION, &[9; 32], &word).expect("the blueprint is valid")
}

fn traits() -> impl Strategy<Value = Traits> {
    let ranges = (0..16u8, 0..4u8, 0..4u8, 0..4u8);
    ranges.prop_map(|(palette, family, symmetry, density)| Traits { palette, family, symmetry, density })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_pixel_is_what_the_reference_and_the_style_say(traits in traits(), seed: [u8; 32], size in 1..=64u16) {
        let network = genesis();
        let style = style::Style::new(traits.palette);
        let grid = coordinates::Grid::new(size, traits);
        let word = traits.to_word()?;
        for backend in Backend::available() {
            let painter = Painter::with_backend(&network, RENDERER_VERSION, &seed, &word, backend)?;
            let picture = painter.draw(size)?;
            for (i, found) in picture.rgb().chunks_exact(3).enumerate().step_by(7) {
                let (x, y) = ((i % usize::from(size)) as u16, (i / usize::from(size)) as u16);
                let fields = reference::run(&network, &grid.features_at(x, y), &latent(&seed, traits))?;
                let expected = style.colour([fields[0] as u8, fields[1] as u8, fields[2] as u8]);
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
        let latent_domain = Some(LatentDomain { len: 24, lo: -128, hi: 127 });
        let operations = vec![
            Operation::Reshape { source: 0, shape: [1, 2, 3] },
            Operation::Resize { source: 1 },
            Operation::Reshape { source: 2, shape: [24, 1, 1] },
            last,
        ];
        let network = Network::new(NetworkSpec { input, latent: latent_domain, tables: vec![], operations })?;
        let painter = Painter::new(&network, RENDERER_VERSION, &[1; 32], &traits.to_word()?)?;
        let picture = painter.draw(5)?;
        let grid = coordinates::Grid::new(5, traits);
        let fields = reference::run(&network, &grid.features_at(3, 2), &latent(&[1; 32], traits))?;
        let expected = style::Style::new(traits.palette).colour([fields[0] as u8, fields[1] as u8, fields[2] as u8]);
        prop_assert_eq!(&picture.rgb()[3 * (2 * 5 + 3)..][..3], expected);
        prop_assert_eq!(painter.pixel(5, 3, 2)?, expected);
    }
}

/// Three outputs from 24 inputs with the first weights of some network.
fn picture_tail(network: &Network) -> Option<Operation> {
    network.spec().operations.iter().find_map(|operation| match operation {
        Operation::Linear(linear) if linear.weights.len() >= 72 => Some(Operation::Linear(crate::Linear {
            source: 3,
            outputs: 3,
            kernel: 1,
            stride: 1,
            activation: crate::Activation::Clip { shift: 5 },
            weights: linear.weights[..72].to_vec(),
            biases: vec![1000, -1000, 3],
            latent: Some(linear.weights[..72].to_vec()),
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
        let painter = Painter::new(&network, RENDERER_VERSION, &seed, &word).expect("the blueprint is valid");
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
    assert!(matches!(painter.pixel(8, 8, 0), Err(PictureError::Rows { .. })));
    assert!(matches!(painter.pixel(8, 0, u16::MAX), Err(PictureError::Rows { .. })));
    assert_eq!(Picture::from_rgb(2, vec![0; 11]), Err(PictureError::Buffer { expected: 12, found: 11 }));
}

#[test]
fn unknown_versions_traits_and_models_are_refused() {
    let network = genesis();
    let word = [0; 32];
    assert_eq!(Painter::new(&network, 2, &word, &word).err(), Some(PictureError::RendererVersion(2)));
    let cases: [(usize, u8); 6] = [(31, 16), (30, 4), (29, 4), (28, 4), (27, 1), (0, 255)];
    for (byte, value) in cases {
        let mut traits = word;
        traits[byte] = value;
        let error = Painter::new(&network, 1, &word, &traits).expect_err("it is no trait");
        assert!(error.to_string().starts_with(&format!("byte {byte} of the traits word is {value}")), "{error}");
    }
    assert!(Traits { density: 4, ..Traits::default() }.to_word().is_err());
    let mut spec = network.spec().clone();
    spec.input.lo = -127;
    let narrow = Network::new(spec).expect("it is a network, but no picture model");
    assert_eq!(Painter::new(&narrow, 1, &word, &word).err(), Some(PictureError::Model));
}

#[test]
fn traits_lie_at_the_end_of_their_word() {
    let traits = Traits { palette: 15, family: 1, symmetry: 2, density: 3 };
    let word = traits.to_word().expect("the traits are in range");
    assert_eq!(word[28..], [3, 2, 1, 15]);
    assert_eq!(Traits::from_word(&word), Ok(traits));
}

#[test]
fn the_family_is_a_switch_of_127_among_the_last_four_latents() {
    let latent = latent(&[0; 32], Traits { family: 2, ..Traits::default() });
    assert_eq!(latent[20..], [0, 0, 127, 0]);
    let hash = crate::keccak256(&[b"verdigris/latent/1".as_slice(), &[0; 32]].concat());
    assert_eq!(latent[0], i16::from(hash[0] as i8));
    assert_eq!(latent[19], i16::from(hash[19] as i8));
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
        coordinates::Grid::new(7, Traits { symmetry, density: 3, ..Traits::default() }).features_at(x, y)
    };
    assert_ne!(fold(0, 1, 2), fold(0, 5, 2));
    assert_eq!(fold(1, 1, 2), fold(1, 5, 2));
    assert_ne!(fold(1, 1, 2), fold(1, 1, 4));
    assert_eq!(fold(2, 1, 2), fold(2, 5, 4));
    assert_ne!(fold(2, 1, 2), fold(2, 2, 1));
    assert_eq!(fold(3, 1, 2), fold(3, 4, 5));
}

#[test]
fn features_stay_in_range_at_every_size() {
    for size in [1, 2, 3, 511, 512, 4095, 4096] {
        for symmetry in 0..4 {
            let grid = coordinates::Grid::new(size, Traits { symmetry, density: 3, ..Traits::default() });
            for at in [0, size / 2, size - 1] {
                for feature in grid.features_at(at, size - 1).into_iter().chain(grid.features_at(0, at)) {
                    assert!((-128..=127).contains(&feature), "{feature} at {at} of {size}");
                }
            }
        }
    }
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
